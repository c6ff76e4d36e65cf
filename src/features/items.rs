//! Items: all of them, found by their groups and keys, and one with its changes, its history and its alert.

mod alert_draft;
mod alert_form;
mod differences;
mod filter;
mod history;
mod history_panel;
mod item_page;
mod item_row;
mod items_page;
mod json_lines;
mod json_view;
mod pointer_select;
mod recent;
mod row_clocks;
mod summary;
mod texts;
mod trend;
mod trend_panel;

pub(crate) use item_page::ItemPage;
pub(crate) use items_page::ItemsPage;
