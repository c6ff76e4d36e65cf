//! The form of the dialog that creates a room; it leads to the host panel.

use domain::person::PersonId;
use domain::room::RoomName;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::rooms::NewRoom;

use super::join_forms::clear_error_of_other_text;
use super::texts;
use crate::api;
use crate::paths::Path;
use crate::ui::{Checkbox, Request, RequestError, SubmitButton, TextField, on_submit, use_text_draft};

/// The form, for a member. What they type is kept until the room is there.
#[component]
pub(super) fn NewRoomForm(
    /// The member.
    person: PersonId,
    /// Whether the dialog with the form is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let name = use_text_draft(&format!("new-room-{person}"));
    let (guests_allowed, is_private) = (RwSignal::new(true), RwSignal::new(false));
    let (is_submitted, request) = (RwSignal::new(false), Request::new());
    let error =
        Memo::new(move |_| name.with(|name| name.parse::<RoomName>()).err().map(|violation| violation.message()));
    let allow = move |is_allowed| guests_allowed.set(is_allowed);
    let (label, hint) = (texts::ROOM_NAME, texts::ROOM_NAME_HINT);
    let navigate = use_navigate();
    let sent = clear_error_of_other_text(name, request);
    let submit = move || {
        is_submitted.set(true);
        let Ok(typed) = name.with_untracked(|typed| typed.parse::<RoomName>()) else { return };
        sent.run(());
        let (guests_allowed, is_private) = (guests_allowed.get_untracked(), is_private.get_untracked());
        let room = NewRoom { name: typed, guests_allowed, is_private };
        let navigate = navigate.clone();
        request.run(async move {
            let room = api::rooms::create(&room).await?;
            name.try_set(String::new());
            is_open.try_set(false);
            navigate(&Path::Host(room.id).to_string(), NavigateOptions::default());
            Ok(())
        });
    };
    view! {
        <form class="room-form" novalidate on:submit=on_submit(submit)>
            <h2>{texts::NEW_ROOM}</h2>
            <TextField id="new-room-name" label hint value=name error is_submitted autofocus=true/>
            <Checkbox label=texts::ALLOW_GUESTS checked=guests_allowed on_change=allow/>
            <Checkbox label=texts::PRIVATE_ROOM checked=is_private on_change=move |choice| is_private.set(choice)/>
            <p class="hint">{texts::PRIVATE_ROOM_HINT}</p>
            <RequestError request/>
            <div class="actions">
                <button type="button" on:click=move |_| is_open.set(false)>{texts::CANCEL}</button>
                <SubmitButton request label=texts::CREATE_ROOM pending=texts::CREATING/>
            </div>
        </form>
    }
}
