//! The bell: rings once when a table gets free. Says whether it is set by more than its colour.

use crate::browser::element::{Element, el_class, svg};

/// The bell of something called `name`; `is_set` says whether it will ring, `on_press` hears that it is to be the other
/// way.
pub(crate) fn bell(
    name: impl Fn() -> String + 'static,
    is_set: impl Fn() -> bool + Copy + 'static,
    on_press: impl Fn() + 'static,
) -> Element {
    let drawing = svg("svg").set("viewBox", "0 0 24 24").set("aria-hidden", "true").child(
        svg("path").set("d", "M12 3a6 6 0 0 0-6 6c0 6-2 7-2 9h16c0-2-2-3-2-9a6 6 0 0 0-6-6M9.5 20a2.5 2.5 0 0 0 5 0"),
    );
    let word = move || if is_set() { "Will ring" } else { "Tell me" }.to_owned();
    el_class("button", "bell")
        .set("type", "button")
        .live("aria-pressed", move || Some(is_set().to_string()))
        .on_click(on_press)
        .child(drawing)
        .live_text(word)
        .child(el_class("span", "unseen").live_text(move || format!(" when {} gets free", name())))
}
