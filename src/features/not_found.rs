//! The page for an unknown address.

use leptos::prelude::*;

use crate::ui::{ActionLink, EmptyState, PageHeading, PageTitle};

/// The page.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    view! {
        <PageTitle title="Not found"/>
        <PageHeading title="Not found"/>
        <EmptyState title="There is no page at this address" body="The link may be old or incomplete.">
            <ActionLink href="/" label="See all tables"/>
        </EmptyState>
    }
}
