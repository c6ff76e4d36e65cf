//! What a host can do with the room itself: rename it, say who comes in, close, reopen, delete it.

use domain::room::Room;
use leptos::prelude::*;

use super::host_page::Panel;
use super::settings_draft::SettingsDraft;
use super::texts;
use crate::api::{self, ApiError};
use crate::features::rooms::texts as room_texts;
use crate::platform::focus;
use crate::ui::{Checkbox, Confirm, Request, RequestError, SubmitButton, TextField, on_submit};

/// The panel of the room itself.
#[component]
pub(super) fn RoomSettings(panel: Panel) -> impl IntoView {
    let is_closed = panel.is_closed;
    let (ending, is_closing) = (Request::new(), RwSignal::new(false));
    let (deleting, is_deleting) = (Request::new(), RwSignal::new(false));
    let close = move |()| {
        let id = panel.id.get_value();
        ending.run(async move {
            api::rooms::close(&id).await?;
            is_closing.try_set(false);
            Ok(())
        });
    };
    let reopen = move |_| {
        let id = panel.id.get_value();
        ending.run(async move { api::rooms::reopen(&id).await });
    };
    let delete = move |()| {
        let id = panel.id.get_value();
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
    Effect::new(move |before: Option<bool>| {
        let is_closed = is_closed.get();
        if before.is_some_and(|before| before != is_closed) {
            is_closing.set(false);
        }
        is_closed
    });
    let ask = move |open: RwSignal<bool>, request: Request| {
        request.clear();
        open.set(true);
    };
    let end_button = move || {
        let is_closed = is_closed.get();
        // One button takes the place of the other.
        focus::keep_or(|| focus::focus(".reopen-room, .close-room"));
        match is_closed {
        true => view! {
            <button type="button" class="primary reopen-room" on:click=reopen>
                {move || if ending.is_pending() { texts::REOPENING } else { texts::REOPEN }}
            </button>
        }
        .into_any(),
        false => view! {
            <button type="button" class="close-room" on:click=move |_| ask(is_closing, ending)>{texts::CLOSE}</button>
        }
        .into_any(),
        }
    };
    let form = move || {
        let room = panel.room.room.get_untracked().filter(|_| !is_closed.get());
        room.map(|room| view! { <SettingsForm panel room/> })
    };
    view! {
        <section class="panel room-settings" aria-label=texts::ROOM_SETTINGS>
            <div class="actions">{end_button}</div>
            {move || (!is_closing.get()).then(|| view! { <RequestError request=ending/> })}
            <details>
                <summary>{texts::ROOM_SETTINGS}</summary>
                {form}
                <div class="actions">
                    <button type="button" class="danger delete-room" on:click=move |_| ask(is_deleting, deleting)>
                        {texts::DELETE}
                    </button>
                </div>
            </details>
            <Confirm
                open=is_closing
                title=Signal::stored(texts::CLOSE_TITLE.to_owned())
                body=Signal::stored(texts::CLOSE_BODY.to_owned())
                label=texts::CLOSE
                pending=texts::CLOSING
                request=ending
                on_confirm=close
            />
            <Confirm
                open=is_deleting
                title=Signal::stored(texts::DELETE_TITLE.to_owned())
                body=Signal::stored(texts::DELETE_BODY.to_owned())
                label=texts::DELETE
                pending=texts::DELETING
                request=deleting
                on_confirm=delete
            />
        </section>
    }
}

/// The form. Sends only what the host has changed.
#[component]
fn SettingsForm(
    panel: Panel,
    /// The room as it is when the form is made.
    room: Room,
) -> impl IntoView {
    let draft = RwSignal::new(SettingsDraft::new(&room));
    let (request, is_submitted) = (Request::new(), RwSignal::new(false));
    Effect::new(move |_| {
        if let Some(room) = panel.room.room.get() {
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
                let id = panel.id.get_value();
                request.run(async move {
                    match api::rooms::change(&id, &change, Some(revision)).await {
                        Ok(room) => {
                            _ = draft.try_update(|draft| draft.finish(&room, &change));
                            is_submitted.try_set(false);
                            Ok(())
                        }
                        Err(error) if error.is_conflict() => {
                            if let Some(Some(room)) = panel.room.room.try_get_untracked() {
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
            <SubmitButton request label=Signal::stored(texts::SAVE.to_owned()) pending=texts::SAVING/>
            <p class="hint" role="status">{move || if is_saved.get() { texts::SAVED } else { "" }}</p>
            <RequestError request/>
        </form>
    }
}
