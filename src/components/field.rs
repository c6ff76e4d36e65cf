//! One line to type, with what it is for above it and what is wrong with it below.

use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;

/// A field.
pub(crate) struct Field {
    /// Its name in the page, once.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) label: &'static str,
    /// What may be typed.
    pub(crate) hint: &'static str,
    /// What is typed.
    pub(crate) value: RwSignal<String>,
    /// Whether it says what is wrong even if nothing has been typed: the form was submitted.
    pub(crate) insist: RwSignal<bool>,
}

impl Field {
    /// Draws it. It says what is wrong once it has been left, and at each key from then on.
    pub(crate) fn draw(self, error: impl Fn() -> Option<String> + 'static) -> Element {
        self.draw_with(error, false)
    }

    /// Draws it, with the focus in it.
    pub(crate) fn draw_focused(self, error: impl Fn() -> Option<String> + 'static) -> Element {
        self.draw_with(error, true)
    }

    fn draw_with(self, error: impl Fn() -> Option<String> + 'static, focused: bool) -> Element {
        let Self { id, label, hint, value, insist } = self;
        let (shown, left) = (RwSignal::new(None::<String>), RwSignal::new(false));
        follow(move || {
            let typed = left.get() && value.with(|value| !value.is_empty());
            shown.set(error().filter(|_| typed || insist.get()));
        });
        let wrong = move || shown.with(Option::is_some);
        let below = format!("{id}-below");
        let mut input = el("input")
            .set("id", &id)
            .set("type", "text")
            .set("autocomplete", "off")
            .set("autocapitalize", "none")
            .set("spellcheck", "false")
            .set("aria-describedby", &below)
            .live("aria-invalid", move || wrong().then(|| "true".to_owned()))
            .typed(value)
            .on("change", move || left.set(true));
        if focused {
            input = input.focused();
        }
        let note = el("p")
            .set("id", &below)
            .live("class", move || Some(if wrong() { "failure" } else { "hint" }.to_owned()))
            .live_text(move || shown.get().unwrap_or_else(|| hint.to_owned()));
        el_class("div", "field").child(el("label").set("for", &id).text(label)).child(input).child(note)
    }
}

/// One of several of which one is chosen, as long as `is_chosen` says so; `choose` hears that it is to be.
pub(crate) fn radio(
    group: &str,
    label: &str,
    is_chosen: impl Fn() -> bool + 'static,
    choose: impl Fn() + 'static,
) -> Element {
    let input = el("input").set("type", "radio").set("name", group).set("value", label);
    option(input.ticked(is_chosen, move |_| choose()), label)
}

/// Something that can be ticked, or chosen from several.
pub(crate) fn option(input: Element, label: &str) -> Element {
    el_class("label", "option").child(input).text(label)
}
