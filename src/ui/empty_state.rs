//! Shown in place of missing content: why it is missing, and what to do.

use leptos::prelude::*;

/// A title, a sentence, and optionally what to do.
#[component]
pub(crate) fn EmptyState(
    /// What is the case.
    #[prop(into)]
    title: String,
    /// The reason, or what happens next.
    #[prop(into)]
    body: String,
    /// What to do.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="notice">
            <h2>{title}</h2>
            <p>{body}</p>
            {children.map(|children| children())}
        </div>
    }
}
