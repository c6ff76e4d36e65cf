//! The bar above a room, in place of the site's navigation: the way back, the room's name, how long the question can still be answered, and
//! the user.

use domain::person::GuestId;
use domain::pick::PickPhase;
use domain::room::RoomId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::question_text::Countdown;
use super::texts;
use super::use_room::RoomHandle;
use crate::api;
use crate::auth::Session;
use crate::paths::Path;
use crate::ui::{MenuEntries, PageHeading, Popover};

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
    view! {
        <header class="room-bar">
            <a class="room-back" href=Path::Rooms.to_string() aria-label=texts::BACK_TO_ROOMS>
                <span aria-hidden="true">"←"</span>
            </a>
            <PageHeading title>
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

/// The user in the room, with a button to leave it.
#[component]
pub(super) fn PersonMenu(
    /// The room.
    id: RoomId,
    /// Whether the user runs the room.
    #[prop(into)]
    is_host: Signal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let id = StoredValue::new(id);
    let is_guest = Memo::new(move |_| session.member().is_none());
    let label = Memo::new(move |_| match session.person().map(|person| person.name.to_string()) {
        Some(name) if is_guest.get() => texts::joined_as(&name),
        name => name.unwrap_or_default(),
    });
    let navigate = StoredValue::new_local(use_navigate());
    let leave = move |_| {
        navigate.with_value(|navigate| navigate(&Path::Rooms.to_string(), NavigateOptions::default()));
        let guest = untrack(|| session.person()).filter(|_| is_guest.get_untracked());
        if let Some(guest) = guest.and_then(|guest| guest.id.as_str().parse::<GuestId>().ok()) {
            let id = id.get_value();
            spawn_local(async move {
                // Whatever the server says: on this device they have left.
                _ = api::rooms::remove_guest(&id, &guest).await;
                session.leave(&id);
            });
        }
    };
    let to_host = move || {
        let href = Path::Host(id.get_value()).to_string();
        is_host.get().then(|| view! { <a class="menu-entry" href=href>{texts::HOST_CONTROLS}</a> })
    };
    view! {
        <Popover class="room-person" button=move || view! { <span dir="auto">{label}</span> }>
            <MenuEntries>
                <p class="menu-title" dir="auto">{label}</p>
                {to_host}
                <button type="button" class="menu-entry" on:click=leave>{texts::LEAVE}</button>
            </MenuEntries>
        </Popover>
    }
}
