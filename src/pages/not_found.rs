//! There is no page at this address.

use leptos::prelude::*;

use crate::browser::page;
use crate::components::notice::Notice;

/// The page.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    page::set_title("Not found · Rally");
    view! {
        <h1 tabindex="-1">"Not found"</h1>
        <Notice title="There is no page at this address" text="The link may be old, or not have been copied whole.".to_owned()>
            <a class="primary" href="/">
                "See all tables"
            </a>
        </Notice>
    }
}
