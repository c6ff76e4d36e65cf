//! Stub.
use leptos::prelude::*;
/// Page.
#[component]
pub(crate) fn ItemsPage() -> impl IntoView {}
/// Page.
#[component]
pub(crate) fn ItemPage(key: domain::item::ItemKey) -> impl IntoView { _ = key; }
