//! Stub.
use leptos::prelude::*;
/// Page.
#[component]
pub(crate) fn AdminPage() -> impl IntoView {}
