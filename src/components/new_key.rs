//! A key that was just made: shown this once.

use leptos::prelude::*;

/// The key.
#[component]
pub(crate) fn NewKey(
    /// The device that it is for.
    device: String,
    /// The key itself.
    key: String,
    /// What came of copying it: true if it is on the clipboard.
    #[prop(into)]
    copied: Signal<Option<bool>>,
    /// Wants it copied.
    #[prop(into)]
    on_copy: Callback<String>,
    /// Has it, and wants it off the screen.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let copy = key.clone();
    let outcome = move || match copied.get() {
        None => "",
        Some(true) => "Copied.",
        Some(false) => "This browser does not let us copy it. Select it and copy it yourself.",
    };
    view! {
        <div class="new-key" role="group" aria-label="The new key">
            <h3>"The key of “" {device} "”"</h3>
            <p>"Put it into the device now: it is shown this once, and nobody can look it up later."</p>
            <code class="new-key-text" tabindex="0">
                {key}
            </code>
            <div class="actions">
                <button class="primary" type="button" on:click=move |_| on_copy.run(copy.clone())>
                    "Copy"
                </button>
                <button type="button" on:click=move |_| on_done.run(())>
                    "I have it"
                </button>
            </div>
            <p class="hint" role="status">
                {outcome}
            </p>
        </div>
    }
}
