//! Stub.
use leptos::prelude::*;
/// Page.
#[component]
pub(crate) fn TablePage(id: domain::table::TableId) -> impl IntoView { _ = id; }
