//! A room in a list.

use domain::room::{Room, RoomId, RoomState};
use leptos::prelude::*;

use super::room_view::state_name;
use super::{room_link, texts};
use crate::api;
use crate::notifications::Toaster;
use crate::paths::{Path, SETTINGS_FRAGMENT};
use crate::ui::{Confirm, Menu, Request};

/// Another member's room: a link to it, how far it is, and its host.
#[component]
pub(super) fn RoomRow(
    /// The room.
    room: Signal<Room>,
) -> impl IntoView {
    let id = room.with_untracked(|room| room.id.clone());
    let (row_id, path) = (id.to_string(), Path::Room(id).to_string());
    view! {
        <li class="room-row" data-room=row_id data-state=move || room.with(|room| state_name(room.state))>
            <div class="room-about">
                <a class="room-link" href=path dir="auto">{move || room.with(|room| room.name.to_string())}</a>
                <span class="row-detail">
                    {move || room.with(|room| texts::room_state(room.state, false))}
                    " · "
                    <bdi>{move || room.with(|room| room.creator_name.to_string())}</bdi>
                </span>
            </div>
        </li>
    }
}

/// The member's own room: how far it is, and what its host does with it.
#[component]
pub(super) fn OwnRoomRow(
    /// The room.
    room: Signal<Room>,
) -> impl IntoView {
    let id = StoredValue::new(room.with_untracked(|room| room.id.clone()));
    let toaster = expect_context::<Toaster>();
    let path = move |page: fn(RoomId) -> Path| page(id.get_value()).to_string();
    let name = Signal::derive(move || room.with(|room| room.name.to_string()));
    let detail = move || room.with(texts::own_room);
    let is_closed = Memo::new(move |_| room.with(|room| room.state == RoomState::RoomClosed));
    let copying = Request::new();
    let copy_link = move |_| {
        let id = id.get_value();
        copying.run(async move {
            room_link::copy(id, toaster).await;
            Ok(())
        });
    };
    let (deleting, is_deleting) = (Request::new(), RwSignal::new(false));
    let delete = move |()| {
        let id = id.get_value();
        deleting.run(async move {
            api::rooms::delete(&id).await?;
            is_deleting.try_set(false);
            Ok(())
        });
    };
    let ask = move |_| {
        deleting.clear();
        is_deleting.set(true);
    };
    view! {
        <li class="room-row" data-room=id.with_value(ToString::to_string) data-state=move || room.with(|room| state_name(room.state))>
            <div class="room-about">
                <a class="room-link" href=path(Path::Host) dir="auto">{name}</a>
                <span class="row-detail">{detail}</span>
            </div>
            <div class="actions">
                <a class="button run" href=path(Path::Host)>{texts::RUN}</a>
                {move || {
                    (!is_closed.get()).then(|| {
                        view! {
                            <a class="button" href=path(Path::Projector) target="_blank" rel="noopener">{texts::PRESENT}</a>
                        }
                    })
                }}
                <Menu label=Signal::derive(move || name.with(|name| texts::more_about(name)))>
                    <a class="menu-entry" href=path(Path::Room)>{texts::VIEW_AS_PARTICIPANT}</a>
                    <a class="menu-entry" href=[path(Path::Host).as_str(), "#", SETTINGS_FRAGMENT].concat()>{texts::ROOM_SETTINGS}</a>
                    <button type="button" class="menu-entry" on:click=copy_link>{texts::COPY_LINK}</button>
                    <button type="button" class="menu-entry danger" on:click=ask>{texts::DELETE_ROOM}</button>
                </Menu>
            </div>
            <Confirm
                open=is_deleting
                title=Signal::derive(move || name.with(|name| texts::delete_title(name)))
                body=Signal::stored(texts::DELETE_BODY.to_owned())
                label=texts::DELETE_ROOM
                pending=texts::DELETING
                request=deleting
                on_confirm=delete
            />
        </li>
    }
}
