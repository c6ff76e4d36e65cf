//! A room as its host runs it, and as it is projected.

mod audience;
mod current_question;
mod host_page;
mod live_results;
mod people_panel;
mod pick_flow;
mod projected_question;
mod projection_size;
mod projector_page;
mod question_picker;
mod room_settings;
mod score_sheet;
mod settings_draft;
mod stage;
mod texts;

pub(crate) use host_page::HostPage;
pub(crate) use projector_page::ProjectorPage;
