//! Tables: all of them, and one with its queue, notifications and history.

mod alert_form;
mod announcements;
mod charts;
mod history;
mod hours_draft;
mod live_history;
mod poster;
mod queue_panel;
mod queue_position;
mod summary;
mod table_card;
mod table_page;
mod table_surface;
mod table_topic;
mod tables_page;
mod texts;

pub(crate) use alert_form::AlertForm;
pub(crate) use table_page::TablePage;
pub(crate) use tables_page::TablesPage;
