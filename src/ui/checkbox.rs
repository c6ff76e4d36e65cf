//! Something that can be ticked, and one choice of several.

use leptos::prelude::*;

/// A checkbox with its label. `checked` is its state; `on_change` gets the state that the user chooses.
#[component]
pub(crate) fn Checkbox(
    /// What it is for.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    #[prop(into)]
    checked: Signal<bool>,
    /// Gets whether it is to be ticked.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="option">
            <input type="checkbox" prop:checked=checked on:change=move |event| on_change.run(event_target_checked(&event))/>
            {label}
        </label>
    }
}

/// A radio button with its label. `checked` is its state; `on_choose` is called when the user chooses it.
#[component]
pub(crate) fn Radio(
    /// The group that it belongs to.
    name: &'static str,
    /// What it is for.
    #[prop(into)]
    label: String,
    /// Whether it is chosen.
    #[prop(into)]
    checked: Signal<bool>,
    /// Called when it is chosen.
    #[prop(into)]
    on_choose: Callback<()>,
) -> impl IntoView {
    view! {
        <label class="option">
            <input type="radio" name=name value=label.clone() prop:checked=checked on:change=move |_| on_choose.run(())/>
            {label}
        </label>
    }
}
