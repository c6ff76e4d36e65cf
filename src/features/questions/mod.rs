//! Stub.
use leptos::prelude::*;
/// Page.
#[component]
pub(crate) fn QuestionsPage() -> impl IntoView {}
