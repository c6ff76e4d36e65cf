//! A room in a list.

use domain::room::{Room, RoomState};
use leptos::prelude::*;

use super::room_view::state_name;
use super::texts;
use crate::api;
use crate::routes::Path;
use crate::ui::{Confirm, Request};

/// Somebody else's room: a link to it, how far it is, and who runs it.
#[component]
pub(super) fn RoomRow(
    /// The room.
    room: Signal<Room>,
) -> impl IntoView {
    let id = room.with_untracked(|room| room.id.clone());
    let (row_id, path) = (id.to_string(), Path::Room(id).to_string());
    view! {
        <li class="room-row" data-room=row_id data-state=move || room.with(|room| state_name(room.state))>
            <a class="room-link" href=path dir="auto">{move || room.with(|room| room.name.to_string())}</a>
            <span class="row-detail">
                {move || room.with(|room| texts::room_state(room.state, false))}
                " · "
                <bdi>{move || room.with(|room| room.creator_name.to_string())}</bdi>
            </span>
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
    let path = move |page: fn(domain::room::RoomId) -> Path| page(id.get_value()).to_string();
    let detail = move || room.with(texts::own_room);
    let is_closed = Memo::new(move |_| room.with(|room| room.state == RoomState::RoomClosed));
    let (deleting, is_deleting) = (Request::new(), RwSignal::new(false));
    let delete = move |()| {
        let id = id.get_value();
        deleting.run(async move {
            match api::rooms::delete(&id).await {
                // It is gone already: that is what was wanted.
                Err(error) if error.status() != 404 => Err(error),
                _ => {
                    is_deleting.try_set(false);
                    Ok(())
                }
            }
        });
    };
    view! {
        <li class="room-row own-room" data-room=id.with_value(ToString::to_string) data-state=move || room.with(|room| state_name(room.state))>
            <div class="room-about">
                <a class="room-link" href=path(Path::Host) dir="auto">{move || room.with(|room| room.name.to_string())}</a>
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
            </div>
            <Confirm
                open=is_deleting
                title=Signal::derive(move || texts::delete_title(&room.with(|room| room.name.to_string())))
                body=Signal::stored(texts::DELETE_BODY.to_owned())
                label=texts::DELETE_ROOM
                pending=texts::DELETING
                request=deleting
                on_confirm=delete
            />
        </li>
    }
}
