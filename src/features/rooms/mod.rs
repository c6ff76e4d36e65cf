//! Rooms: all of them, and one as its participants see it. The view model of a room and what draws its questions are shared with the
//! host's pages.

pub(crate) mod join_info;
pub(crate) mod options;
pub(crate) mod question_text;
pub(crate) mod room_view;
pub(crate) mod share;
pub(crate) mod texts;
mod use_room;

use leptos::prelude::*;

pub(crate) use use_room::{RoomHandle, use_room};

/// All rooms.
#[component]
pub(crate) fn RoomsPage() -> impl IntoView {}

/// One room.
#[component]
pub(crate) fn RoomPage(id: domain::room::RoomId) -> impl IntoView {
    _ = id;
}
