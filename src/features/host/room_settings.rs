//! The settings of a room: its name, and the rules for joining.

use domain::room::Room;
use leptos::prelude::*;

use super::controls::Controls;
use super::settings_draft::SettingsDraft;
use super::texts;
use crate::api::{self, ApiError};
use crate::features::rooms::texts as room_texts;
use crate::platform::focus;
use crate::ui::{Checkbox, Request, RequestError, SubmitButton, TextField, on_submit};

/// The form. Sends only what the host has changed.
#[component]
pub(super) fn SettingsForm(
    controls: Controls,
    /// The room as it is when the form is made.
    room: Room,
    /// Called to close the dialog around it.
    #[prop(into)]
    on_close: Callback<()>,
) -> impl IntoView {
    let draft = RwSignal::new(SettingsDraft::new(&room));
    let (request, is_submitted) = (Request::new(), RwSignal::new(false));
    Effect::new(move |_| {
        if let Some(room) = controls.room.room.get() {
            draft.update(|draft| draft.follow(&room));
        }
    });
    // The field works on a text of its own, kept equal to the draft's.
    let name = RwSignal::new(room.name.to_string());
    Effect::new(move |_| {
        let typed = name.get();
        if draft.with_untracked(|draft| draft.name != typed) {
            draft.update(|draft| draft.name = typed);
        }
    });
    Effect::new(move |_| {
        let next = draft.with(|draft| draft.name.clone());
        if name.with_untracked(|name| *name != next) {
            name.set(next);
        }
    });
    let error = Signal::derive(move || draft.with(SettingsDraft::name_error));
    let guests = Signal::derive(move || draft.with(|draft| draft.guests_allowed));
    let is_private = Signal::derive(move || draft.with(|draft| draft.is_private));
    let submit = move || {
        is_submitted.set(true);
        match draft.with_untracked(SettingsDraft::to_change) {
            Err(_) => _ = focus::focus("#room-name"),
            Ok(None) => request.run(async { Ok(()) }),
            Ok(Some((change, revision))) => {
                let id = controls.id.get_value();
                request.run(async move {
                    match api::rooms::change(&id, &change, Some(revision)).await {
                        Ok(room) => {
                            _ = draft.try_update(|draft| draft.finish(&room, &change));
                            is_submitted.try_set(false);
                            Ok(())
                        }
                        Err(error) if error.is_conflict() => {
                            if let Some(Some(room)) = controls.room.room.try_get_untracked() {
                                _ = draft.try_update(|draft| draft.accept_conflict(&room));
                            }
                            Err(ApiError::browser(texts::CHANGED_ELSEWHERE))
                        }
                        Err(error) => Err(error),
                    }
                });
            }
        }
    };
    let is_saved = Memo::new(move |_| request.is_done() && !draft.with(SettingsDraft::is_changed));
    view! {
        <form class="room-form" novalidate=true on:submit=on_submit(submit)>
            <TextField id="room-name" label=texts::NAME hint=texts::NAME_HINT value=name error is_submitted/>
            <Checkbox
                label=texts::ALLOW_GUESTS
                checked=guests
                on_change=move |is_allowed| draft.update(|draft| draft.guests_allowed = is_allowed)
            />
            <Checkbox
                label=room_texts::PRIVATE_ROOM
                checked=is_private
                on_change=move |choice| draft.update(|draft| draft.is_private = choice)
            />
            <p class="hint">{room_texts::PRIVATE_ROOM_HINT}</p>
            <div class="actions">
                <button type="button" on:click=move |_| on_close.run(())>
                    {move || if draft.with(SettingsDraft::is_changed) { texts::CANCEL } else { texts::DONE }}
                </button>
                <SubmitButton request label=Signal::stored(texts::SAVE.to_owned()) pending=texts::SAVING/>
            </div>
            <p class="hint" role="status">{move || if is_saved.get() { texts::SAVED } else { "" }}</p>
            <RequestError request/>
        </form>
    }
}
