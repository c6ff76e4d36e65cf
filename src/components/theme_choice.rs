//! Light, dark, or as the system has it.

use leptos::prelude::*;

use crate::state::theme::Theme;

/// The choice.
#[component]
pub(crate) fn ThemeOptions(
    /// What holds.
    #[prop(into)]
    theme: Signal<Theme>,
    /// Chooses another.
    #[prop(into)]
    on_choose: Callback<Theme>,
) -> impl IntoView {
    let option = move |choice: Theme| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name="theme"
                    prop:checked=move || theme.get() == choice
                    on:change=move |_| on_choose.run(choice)
                />
                {choice.label()}
            </label>
        }
    };
    view! {
        <fieldset class="theme-choice">
            <legend>"Theme"</legend>
            {Theme::ALL.map(option).into_iter().collect_view()}
        </fieldset>
    }
}
