//! Stub.
use leptos::prelude::*;
/// Page.
#[component]
pub(crate) fn HostPage(id: domain::room::RoomId) -> impl IntoView { _ = id; }
/// Page.
#[component]
pub(crate) fn ProjectorPage(id: domain::room::RoomId) -> impl IntoView { _ = id; }
