//! What is shown while data or code load.

use leptos::prelude::*;

/// Four cards.
#[component]
pub(crate) fn CardSkeletons() -> impl IntoView {
    let cards = (0..4).map(|_| view! { <div class="skeleton"></div> }).collect_view();
    view! { <div class="tables" aria-busy="true"><span class="visually-hidden" role="status">"Loading"</span>{cards}</div> }
}

/// The rows of a list.
#[component]
pub(crate) fn RowSkeletons() -> impl IntoView {
    let rows = (0..5).map(|_| view! { <div class="skeleton row"></div> }).collect_view();
    view! { <div aria-busy="true"><span class="visually-hidden" role="status">"Loading"</span>{rows}</div> }
}

/// A whole page.
#[component]
pub(crate) fn PageSkeleton() -> impl IntoView {
    view! {
        <div aria-busy="true">
            <span class="visually-hidden" role="status">"Loading"</span>
            <div class="skeleton big"></div>
        </div>
    }
}
