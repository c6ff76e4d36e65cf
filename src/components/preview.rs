//! A question's text as participants would see it, beside what its author types. Never makes the HTML.

use super::question_text::question_text;
use crate::browser::element::{Element, el_class};
use crate::reactive::*;

/// The preview of what has this HTML.
pub(crate) fn preview(html: ReadSignal<String>) -> Element {
    let content = |html: &String| {
        Some(if html.is_empty() {
            el_class("p", "hint").text("What participants will see.")
        } else {
            question_text(html)
        })
    };
    el_class("div", "preview").set("aria-label", "Preview").set("role", "region").part(move || html.get(), content)
}
