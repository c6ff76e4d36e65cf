//! Stub.
use leptos::prelude::*;
/// Page.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {}
