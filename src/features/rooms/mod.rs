//! Stub.
use leptos::prelude::*;
/// Page.
#[component]
pub(crate) fn RoomsPage() -> impl IntoView {}
/// Page.
#[component]
pub(crate) fn RoomPage(id: domain::room::RoomId) -> impl IntoView { _ = id; }
