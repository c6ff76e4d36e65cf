//! The bar above a room, in place of the site's navigation: the way back, the room's name, how long the question can still be answered, who
//! the user is, and whether the connection is lost.

use domain::pick::PickPhase;
use domain::room::RoomId;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::question_text::Countdown;
use super::texts;
use super::use_room::RoomHandle;
use crate::auth::Session;
use crate::live::Live;
use crate::routes::Path;
use crate::ui::PageHeading;

/// The bar.
#[component]
pub(super) fn RoomBar(
    /// The room's name, as far as it is known.
    #[prop(into)]
    title: Signal<String>,
    /// What stands beside the name.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let lost = Memo::new(move |_| if live.status().get().is_stale() { texts::CONNECTION_LOST } else { "" });
    view! {
        <header class="room-bar">
            <a class="room-back" href=Path::Rooms.to_string() aria-label=texts::BACK_TO_ROOMS>
                <span aria-hidden="true">"←"</span>
            </a>
            <PageHeading title>
                <p class="connection-lost" role="status">{move || lost.get()}</p>
                {children.map(|children| children())}
            </PageHeading>
        </header>
    }
}

/// How long the open question can still be answered, if it has a limit.
#[component]
pub(super) fn RoomTimer(
    /// The room.
    room: RoomHandle,
) -> impl IntoView {
    let limited = Memo::new(move |_| {
        room.current.with(|pick| {
            let limited = pick.as_ref().filter(|pick| pick.phase == PickPhase::Open && pick.deadline.is_some());
            limited.map(|pick| pick.number)
        })
    });
    let left = Signal::derive(move || room.left.get().unwrap_or_default());
    move || limited.get().map(|_| view! { <Countdown left/> })
}

/// Who the user is in the room, and the way out.
#[component]
pub(super) fn PersonMenu(
    /// The room.
    id: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let name = Memo::new(move |_| session.person().map(|person| person.name.to_string()).unwrap_or_default());
    let is_guest = Memo::new(move |_| session.member().is_none());
    let label = Signal::derive(move || name.with(|name| if is_guest.get() { texts::joined_as(name) } else { name.clone() }));
    let navigate = StoredValue::new_local(use_navigate());
    let leave = move |_| {
        navigate.with_value(|navigate| navigate(&Path::Rooms.to_string(), NavigateOptions::default()));
        session.leave(&id);
    };
    view! {
        <button type="button" class="room-person" on:click=leave><bdi>{label}</bdi></button>
    }
}
