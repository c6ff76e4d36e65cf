//! What is said where there is nothing else to show: what is the matter, and what to do.

use leptos::prelude::*;

/// The notice. What to press, if there is anything, comes as children.
#[component]
pub(crate) fn Notice(
    /// What is the matter.
    title: &'static str,
    /// Why, and what to do.
    text: String,
    /// A way on.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="notice">
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}
