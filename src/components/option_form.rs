//! One option of a question, as its author writes it: what is offered, whether it is right, what is said of it afterwards,
//! and its place among the others.

use super::field::option;
use crate::browser::element::{Element, el, el_class};
use crate::browser::page;
use crate::reactive::*;
use crate::state::question_checks::Checks;
use crate::state::question_draft::QuestionDraft;

/// The option at `place`, of so many; as an item of a list.
pub(crate) fn option_form(draft: QuestionDraft, checks: Checks, place: usize, count: usize) -> Element {
    let number = (place + 1).to_string();
    let id = move |what: &str| ["option-", &place.to_string(), "-", what].concat();
    let text = draft.field(move |draft| Some(&mut draft.options.get_mut(place)?.text));
    let feedback = draft.field(move |draft| Some(&mut draft.options.get_mut(place)?.feedback));
    let input = |what: &'static str, label: &str, placeholder: &str, value: RwSignal<String>| {
        let property = StoredValue::new(["options[", &place.to_string(), "].", what].concat());
        let wrong = move || property.with_value(|property| checks.about(property));
        let input = el("input")
            .set("id", &id(what))
            .set("type", "text")
            .set("autocomplete", "off")
            .set("aria-label", &["Option ", &number, label].concat())
            .set("aria-describedby", &id(&[what, "-below"].concat()))
            .set("placeholder", placeholder)
            .live("aria-invalid", move || wrong().map(|_| "true".to_owned()))
            .typed(value)
            .on("change", move || property.with_value(|property| checks.leave(property)));
        let below = el_class("p", "failure").set("id", &id(&[what, "-below"].concat()));
        [input, below.live_text(move || wrong().unwrap_or_default())]
    };
    let is_correct = move || draft.with(|draft| draft.options.get(place).is_some_and(|option| option.is_correct));
    let set_correct = move |on: bool| {
        draft.change(|draft| draft.options.iter_mut().skip(place).take(1).for_each(|option| option.is_correct = on));
    };
    let tick = el("input")
        .set("type", "checkbox")
        .set("id", &id("correct"))
        .set("aria-label", &["Option ", &number, " is right"].concat())
        .ticked(is_correct, set_correct);
    let button = |what: &str, sign: &str, label: &str, is_possible: bool| {
        let button = el_class("button", "small")
            .set("type", "button")
            .set("id", &id(what))
            .set("aria-label", &[label, " option ", &number].concat())
            .text(sign);
        if is_possible { button } else { button.set("disabled", "") }
    };
    let shift = move |first: usize, focused: String| {
        draft.swap_options(first);
        page::after_changes(move || _ = page::focus(&focused));
    };
    // Where it is afterwards: pressing on moves it on, until it is at the end.
    let focus_of = move |to: usize, what: &str| {
        let what = match to {
            0 => "down",
            _ if to + 1 == count => "up",
            _ => what,
        };
        ["#option-", &to.to_string(), "-", what].concat()
    };
    let up = move || shift(place.saturating_sub(1), focus_of(place.saturating_sub(1), "up"));
    let down = move || shift(place, focus_of(place + 1, "down"));
    let remove = move || {
        draft.remove_option(place);
        page::after_changes(|| _ = page::focus(".add-option"));
    };
    let moves = el_class("div", "actions")
        .child(button("up", "↑", "Move up", place > 0).on_click(up))
        .child(button("down", "↓", "Move down", place + 1 < count).on_click(down))
        .child(button("remove", "✕", "Remove", true).on_click(remove));
    el_class("li", "question-option")
        .child(option(tick, "Right"))
        .child(el_class("div", "field").children(input("text", "", "What is offered", text)).children(input(
            "feedback",
            ": feedback",
            "What is said of it afterwards",
            feedback,
        )))
        .child(moves)
}
