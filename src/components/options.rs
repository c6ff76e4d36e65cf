//! A question's options: to choose from, or as bars with what became of each.

use domain::pick::OptionView;

use crate::browser::element::{Element, el, el_class};

/// What became of an option for somebody who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Right, and chosen.
    Correct,
    /// Right, and not chosen.
    Missed,
    /// Wrong, and chosen.
    Wrong,
    /// Right; nobody asks whether it was chosen.
    Right,
}

impl Mark {
    /// As attributes and style sheets name it.
    const fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Missed => "missed",
            Self::Wrong => "wrong",
            Self::Right => "right",
        }
    }

    /// A sign and a word: never by colour alone.
    const fn words(self) -> &'static str {
        match self {
            Self::Correct => "✓ Right",
            Self::Missed => "○ Missed",
            Self::Wrong => "✗ Wrong",
            Self::Right => "✓ Right",
        }
    }
}

/// The letter of an option.
pub(crate) fn letter(place: usize) -> String {
    // A question has ten options at most.
    char::from(b'A' + (place % 26) as u8).to_string()
}

/// An option that can be chosen: one of several if it `is_single`.
pub(crate) fn choice(
    place: usize,
    option: &OptionView,
    is_single: bool,
    is_chosen: impl Fn() -> bool + 'static,
    is_closed: impl Fn() -> bool + 'static,
    on_choose: impl Fn(bool) + 'static,
) -> Element {
    let input = el("input")
        .set("type", if is_single { "radio" } else { "checkbox" })
        .set("name", "answer")
        .live_flag("disabled", is_closed)
        .ticked(is_chosen, on_choose);
    el_class("label", "choice")
        .set("data-option", &place.to_string())
        .child(input)
        .child(el_class("span", "choice-letter").set("aria-hidden", "true").text(&letter(place)))
        .child(el("span").text(&option.text))
}

/// An option with how many chose it; `count` and the whole may change.
pub(crate) fn bar(
    place: usize,
    text: &str,
    mark: Option<Mark>,
    feedback: &str,
    count: impl Fn() -> (u32, u32) + Copy + 'static,
) -> Element {
    let share = move || {
        let (count, all) = count();
        (count * 100).checked_div(all).unwrap_or_default()
    };
    let words = el_class("span", "bar-text")
        .child(el_class("span", "choice-letter").set("aria-hidden", "true").text(&letter(place)))
        .child(el("span").text(text));
    let mut head = el_class("div", "bar-head").child(words);
    if let Some(mark) = mark {
        head = head.child(el_class("strong", "bar-mark").text(mark.words()));
    }
    let drawn = el_class("progress", "bar-drawn")
        .set("max", "100")
        .set("aria-hidden", "true")
        .set("tabindex", "-1")
        .live("value", move || Some(share().to_string()));
    let said = move || [&count().0.to_string(), " · ", &share().to_string(), " %"].concat();
    let row = el_class("li", "bar")
        .set("data-option", &place.to_string())
        .live("data-count", move || Some(count().0.to_string()))
        .child(head.child(el_class("span", "bar-count").live_text(said)))
        .child(drawn);
    let row = match mark {
        Some(mark) => row.set("data-mark", mark.name()),
        None => row,
    };
    if feedback.is_empty() { row } else { row.child(el_class("p", "bar-feedback").text(feedback)) }
}
