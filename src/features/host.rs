//! A room as its host runs it, and as it is projected.

mod answers_panel;
mod audience;
mod controls;
mod host_bar;
mod host_page;
mod people_panel;
mod pick_dialogs;
mod pick_flow;
mod projected_end;
mod projected_question;
mod projector_page;
mod quick_poll;
mod room_dialogs;
mod room_settings;
mod run_list;
mod run_list_panel;
mod score_sheet;
mod session_state;
mod settings_draft;
mod shown_answers;
mod side_panel;
mod stage;
mod stage_panel;
mod texts;

pub(crate) use host_page::HostPage;
pub(crate) use projector_page::ProjectorPage;
pub(crate) use quick_poll::PollForm;
