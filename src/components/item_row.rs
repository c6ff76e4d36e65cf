//! One item of many: its key, how its value begins, and when it was written. Shows for a moment that it has changed.

use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::items::ItemRow;
use crate::state::ticking::to_the_second;

/// The row, as an item of a list; `address` is its page's, `today` is the day where it is looked at.
pub(crate) fn item_row(row: ReadSignal<ItemRow>, address: &str, today: ReadSignal<i64>) -> Element {
    let key = row.with_untracked(|row| row.key.clone());
    let first = row.with_untracked(|row| row.rev);
    // One of two names for the same movement, in turns: it begins anew with each change.
    let beat = move || {
        let rev = row.with(|row| row.rev);
        (rev != first).then(|| if rev.is_multiple_of(2) { "even" } else { "odd" }.to_owned())
    };
    el_class("li", "item-row")
        .set("data-item", &key)
        .live("data-beat", beat)
        .child(el_class("a", "item-key").set("href", address).child(el("span").text(&key)))
        .child(el("code").live_text(move || row.with(|row| row.preview.clone())))
        .child(el_class("span", "item-time").live_text(move || to_the_second(row.with(|row| row.at), today.get())))
}
