//! A text field with its label above and a hint or an error below.

use leptos::html;
use leptos::prelude::*;

use crate::platform::page::after_render;

/// A text field. It shows its error once it has lost the focus, and at each key from then on; at once if `is_submitted`.
#[component]
pub(crate) fn TextField(
    /// Its id in the page.
    #[prop(into)]
    id: String,
    /// What it is for.
    label: &'static str,
    /// What may be typed.
    hint: &'static str,
    /// What is typed.
    value: RwSignal<String>,
    /// What is wrong with it, if anything.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Whether the form was submitted: then an empty field is wrong, too.
    is_submitted: RwSignal<bool>,
    /// Whether it gets the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
    /// The keyboard of touch devices: `text`, `numeric`.
    #[prop(default = "text")]
    input_mode: &'static str,
) -> impl IntoView {
    let was_left = RwSignal::new(false);
    let shown = Memo::new(move |_| {
        let shows_error = shows_error(was_left.get(), value.with(String::is_empty), is_submitted.get());
        error.get().filter(|_| shows_error)
    });
    let is_wrong = move || shown.with(Option::is_some);
    let note_id = format!("{id}-note");
    let input = NodeRef::<html::Input>::new();
    if autofocus {
        // The attribute works in a dialog only: elsewhere browsers follow it once per document.
        input.on_load(|input| after_render(move || _ = input.focus()));
    }
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                node_ref=input
                type="text"
                dir="auto"
                inputmode=input_mode
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                autofocus=autofocus
                aria-describedby=note_id.clone()
                aria-invalid=move || is_wrong().then_some("true")
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
                on:change=move |_| was_left.set(true)
            />
            <FieldNote id=note_id error=shown hint/>
        </div>
    }
}

/// The text below a field: its error, or else a hint.
#[component]
pub(crate) fn FieldNote(
    /// Its id in the page, by which the field names it.
    #[prop(into)]
    id: String,
    /// What is wrong with the field, if anything.
    error: Memo<Option<String>>,
    /// What may be typed.
    hint: &'static str,
) -> impl IntoView {
    view! {
        <p id=id class=move || if error.with(Option::is_some) { "failure" } else { "hint" }>
            {move || error.get().unwrap_or_else(|| hint.to_owned())}
        </p>
    }
}

/// Whether a field shows its error. An empty field shows none until the form is submitted, since the user may still fill it.
const fn shows_error(was_left: bool, is_empty: bool, is_submitted: bool) -> bool {
    is_submitted || was_left && !is_empty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_says_what_is_wrong_once_it_was_filled_and_left() {
        for (was_left, is_empty, is_submitted, expected) in [
            (false, false, false, false),
            (true, false, false, true),
            (true, true, false, false),
            (false, true, true, true),
            (false, false, true, true),
        ] {
            assert_eq!(shows_error(was_left, is_empty, is_submitted), expected, "{was_left} {is_empty} {is_submitted}");
        }
    }
}
