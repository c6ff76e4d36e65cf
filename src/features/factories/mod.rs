//! Stub.
use leptos::prelude::*;
/// Page.
#[component]
pub(crate) fn FactoriesPage() -> impl IntoView {}
