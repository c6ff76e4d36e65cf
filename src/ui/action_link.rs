//! A link that is the next thing to do.

use leptos::prelude::*;

/// A link drawn as the page's main button.
#[component]
pub(crate) fn ActionLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// The text.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! { <p><a class="primary" href=href>{label}</a></p> }
}
