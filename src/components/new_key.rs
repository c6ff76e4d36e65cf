//! A key that was just made: shown this once.

use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;

/// The key of the device of that name: `copied` is what came of copying it, true if it is on the clipboard.
pub(crate) fn new_key(
    device: &str,
    key: &str,
    copied: ReadSignal<Option<bool>>,
    on_copy: impl Fn() + 'static,
    on_done: impl Fn() + 'static,
) -> Element {
    let outcome = move || match copied.get() {
        None => "",
        Some(true) => "Copied.",
        Some(false) => "This browser does not let us copy it. Select it and copy it yourself.",
    };
    let copy = el_class("button", "primary").set("type", "button").on_click(on_copy).text("Copy");
    let done = el("button").set("type", "button").on_click(on_done).text("I have it");
    el_class("div", "new-key")
        .set("role", "group")
        .set("aria-label", "The new key")
        .child(el("h3").text(&format!("The key of “{device}”")))
        .child(el("p").text("Put it into the device now: it is shown this once, and nobody can look it up later."))
        .child(el_class("code", "new-key-text").set("tabindex", "0").text(key).focused())
        .child(el_class("div", "actions").child(copy).child(done))
        .child(el_class("p", "hint").set("role", "status").live_text(move || outcome().to_owned()))
}
