//! A button for something that takes its time: says so while it does, and why it could not be done.

use leptos::prelude::*;

use crate::state::attempt::Progress;

/// The button that submits a form, and what is wrong below it.
#[component]
pub(crate) fn ActionButton(
    /// What it does.
    label: &'static str,
    /// What it says meanwhile.
    running: &'static str,
    /// How it goes.
    #[prop(into)]
    progress: Signal<Progress>,
    /// The style sheet's name for what it does: `primary` or `danger`.
    #[prop(default = "primary")]
    class: &'static str,
) -> impl IntoView {
    let is_running = Memo::new(move |_| progress.with(Progress::is_running));
    let failure = Memo::new(move |_| progress.with(|progress| progress.failure().map(|failure| failure.message.clone())));
    view! {
        <button class=class type="submit" disabled=move || is_running.get()>
            {move || if is_running.get() { running } else { label }}
        </button>
        <p class="failure" role="alert">
            {move || failure.get()}
        </p>
    }
}
