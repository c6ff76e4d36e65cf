//! What is said where there is nothing else to show: what is the matter, and what to do.

use crate::browser::element::{Element, el, el_class};

/// The notice: what is the matter; why, and what to do. A way on may be put at its end.
pub(crate) fn notice(title: &str, text: &str) -> Element {
    el_class("div", "notice").child(el("h2").text(title)).child(el("p").text(text))
}

/// A link that is the thing to do.
pub(crate) fn way_on(address: &str, text: &str) -> Element {
    el_class("a", "primary").set("href", address).text(text)
}

/// A button that is the thing to do.
pub(crate) fn try_again(on_try: impl Fn() + 'static) -> Element {
    el_class("button", "primary").set("type", "button").on_click(on_try).text("Try again")
}
