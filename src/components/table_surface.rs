//! A table as it is seen from above: its own green when it is free, dark red when somebody plays, hatched without signal.
//! Word, sign and colour say the same.

use domain::table::{Table, TableStatus};
use domain::time::Timestamp;

use crate::browser::element::{Element, el_class, svg};
use crate::reactive::*;
use crate::state::words;

/// The table.
pub(crate) fn table_surface(table: ReadSignal<Table>, now: ReadSignal<Timestamp>) -> Element {
    let status = move || table.with(|table| table.status);
    let sign = svg("svg")
        .set("viewBox", "0 0 24 24")
        .set("aria-hidden", "true")
        .child(svg("path").live("d", move || Some(sign(status()).to_owned())));
    let word = el_class("span", "surface-status").child(sign).live_text(move || words::status(status()).to_owned());
    let since = el_class("time", "surface-since")
        .live("datetime", move || Some(table.with(|table| table.since.to_string())))
        .live_text(move || table.with(|table| words::lasting(now.get().since(table.since))));
    el_class("span", "table-surface")
        .live("data-status", move || Some(words::status_name(status()).to_owned()))
        .child(el_class("span", "surface-name").live_text(move || table.with(|table| table.name().to_owned())))
        .child(
            el_class("span", "surface-id")
                .live_text(move || table.with(|table| words::id_beside_name(table).to_owned())),
        )
        .child(word)
        .child(since)
}

/// A ball at rest; a bat and a ball; a ball that is crossed out.
const fn sign(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 3.2a5.8 5.8 0 1 1 0 11.6 5.8 5.8 0 0 1 0-11.6Z",
        TableStatus::Busy => {
            "M10 2.5a7.5 7.5 0 0 1 7.3 9.2l-8 6.2-5.6-5.3A7.5 7.5 0 0 1 10 2.5ZM3.6 15.1l4.2 4-1.6 2.4a1.9 1.9 0 0 1-2.9.3\
             l-.9-.9a1.9 1.9 0 0 1 .2-2.8ZM19 15.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z"
        }
        TableStatus::NoSignal => {
            "M4.3 2.6 21.4 19.7l-1.9 1.9-2.3-2.3A9 9 0 0 1 4.7 6.8L2.4 4.5ZM7 9.1a5.8 5.8 0 0 0 7.9 7.9Z\
             M12 3a9 9 0 0 1 7.9 13.2l-2.4-2.4A5.8 5.8 0 0 0 10.2 6.5L7.8 4.1A9 9 0 0 1 12 3Z"
        }
    }
}
