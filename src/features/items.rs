//! Items: all of them, found by the beginning of their keys, and one with its changes, its history and its alert.

mod alert_draft;
mod alert_panel;
mod filter;
mod history;
mod item_page;
mod item_row;
mod items_page;
mod json_lines;
mod json_view;
mod pointer_select;
mod summary;
mod texts;
mod trend;
mod trend_panel;

pub(crate) use item_page::ItemPage;
pub(crate) use items_page::ItemsPage;
