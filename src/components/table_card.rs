//! One table on the page of all: a way to its own page.

use domain::table::Table;
use domain::time::Timestamp;

use super::table_surface::table_surface;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::routes::Route;
use crate::state::words;

/// The card, as an item of a list, with what stands below it.
pub(crate) fn table_card(table: ReadSignal<Table>, now: ReadSignal<Timestamp>, below: Element) -> Element {
    let id = table.with_untracked(|table| table.id.clone());
    let status = move || Some(words::status_name(table.with(|table| table.status)).to_owned());
    let link = el_class("a", "table-card")
        .set("data-table", id.as_str())
        .set("href", &Route::Table(id).to_string())
        .live("data-status", status)
        .child(table_surface(table, now));
    el("li").child(link).child(below)
}
