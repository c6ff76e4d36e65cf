//! A question's text, and how long there still is. The text is HTML that the server has sanitized.

use crate::browser::element::{Element, el_class};
use crate::state::rooms::countdown;

/// The text.
pub(crate) fn question_text(html: &str) -> Element {
    el_class("div", "question-text").sanitized_html(html)
}

/// The seconds that are left, as they pass. Those who listen hear of ten seconds and of the end, not of each.
pub(crate) fn clock_of(left: impl Fn() -> u64 + Copy + 'static) -> Element {
    let spoken = move || match left() {
        0 => "Time is up".to_owned(),
        1..=10 => "Ten seconds left".to_owned(),
        _ => String::new(),
    };
    el_class("p", "countdown")
        .set("data-countdown", "")
        .live_flag("data-short", move || left() <= 10)
        .child(el_class("span", "countdown-time").set("aria-hidden", "true").live_text(move || countdown(left())))
        .child(el_class("span", "unseen").set("role", "timer").set("aria-live", "polite").live_text(spoken))
}
