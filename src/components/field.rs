//! One line to type, with what it is for above it and what is wrong with it below.

use leptos::prelude::*;

/// The field. It says what is wrong once it has been left, and at each key from then on.
#[component]
pub(crate) fn Field(
    /// Its name in the page, once.
    id: String,
    /// What it is for.
    label: &'static str,
    /// What may be typed.
    #[prop(optional)]
    hint: &'static str,
    /// What is typed.
    value: RwSignal<String>,
    /// What is wrong with it.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Whether it says so even if nothing has been typed: the form was submitted.
    #[prop(into)]
    insist: Signal<bool>,
    /// Whether the focus is in it as soon as it is there.
    #[prop(optional)]
    focused: bool,
) -> impl IntoView {
    let left = RwSignal::new(false);
    // What has not been typed yet is not wrong yet.
    let shown = Memo::new(move |_| {
        let typed = left.get() && value.with(|value| !value.is_empty());
        error.get().filter(|_| typed || insist.get())
    });
    let (below, input) = (format!("{id}-below"), NodeRef::<leptos::html::Input>::new());
    if focused {
        Effect::new(move || {
            if let Some(input) = input.get() {
                // It fails only where it is no longer on the page.
                _ = input.focus();
            }
        });
    }
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=below.clone()
                aria-invalid=move || shown.get().is_some().then_some("true")
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
                on:change=move |_| left.set(true)
                node_ref=input
            />
            <p id=below class=move || if shown.get().is_some() { "failure" } else { "hint" }>
                {move || shown.get().unwrap_or_else(|| hint.to_owned())}
            </p>
        </div>
    }
}
