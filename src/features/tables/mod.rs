//! Tables: all of them, and one with its queue, notifications and history.

mod bell;
mod summary;
mod table_card;
mod table_page;
mod table_surface;
mod tables_page;
mod texts;

pub(crate) use table_page::TablePage;
pub(crate) use tables_page::TablesPage;
