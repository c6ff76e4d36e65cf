//! Where tables will be, while they are asked for. index.html shows the same before the site has started.

use leptos::prelude::*;

/// The places of some tables.
#[component]
pub(crate) fn Skeleton() -> impl IntoView {
    view! {
        <div class="tables" aria-hidden="true">
            <div class="skeleton"></div>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
        </div>
        <p class="unseen">"Loading"</p>
    }
}
