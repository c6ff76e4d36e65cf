//! What a host can do with the room itself, each in a dialog: rename it, set who may join, close it, delete it.

use leptos::prelude::*;

use super::controls::Controls;
use super::room_settings::SettingsForm;
use super::texts;
use crate::api;
use crate::features::rooms::texts as room_texts;
use crate::ui::{Confirm, Dialog, Request};

/// The dialogs, each open or not.
#[derive(Clone, Copy)]
pub(super) struct RoomDialogs {
    is_editing: RwSignal<bool>,
    is_closing: RwSignal<bool>,
    is_deleting: RwSignal<bool>,
    closing: Request,
    deleting: Request,
}

impl RoomDialogs {
    /// None of them is open.
    pub(super) fn new() -> Self {
        let closed = || RwSignal::new(false);
        let (closing, deleting) = (Request::new(), Request::new());
        Self { is_editing: closed(), is_closing: closed(), is_deleting: closed(), closing, deleting }
    }

    /// Opens the settings.
    pub(super) fn open_settings(self) {
        self.is_editing.set(true);
    }

    /// Confirms that the room is closed.
    pub(super) fn ask_to_close(self) {
        self.closing.clear();
        self.is_closing.set(true);
    }

    /// Confirms that the room is deleted.
    pub(super) fn ask_to_delete(self) {
        self.deleting.clear();
        self.is_deleting.set(true);
    }

    /// The dialogs.
    pub(super) fn view(self, controls: Controls) -> impl IntoView {
        let Self { is_editing, is_closing, is_deleting, closing, deleting } = self;
        let close = move |()| {
            let id = controls.id.get_value();
            closing.run(async move {
                api::rooms::close(&id).await?;
                is_closing.try_set(false);
                Ok(())
            });
        };
        let delete = move |()| {
            let id = controls.id.get_value();
            deleting.run(async move {
                api::rooms::delete(&id).await?;
                is_deleting.try_set(false);
                Ok(())
            });
        };
        // Another page may close the room: then nothing of it can be changed.
        Effect::new(move |_| {
            if controls.is_closed.get() {
                is_closing.set(false);
            }
        });
        let settings = move || {
            let room = controls.room.room.get_untracked().filter(|_| !controls.is_closed.get());
            room.map_or_else(
                || {
                    view! {
                        <p>{texts::ROOM_CLOSED_BODY}</p>
                        <div class="actions">
                            <button type="button" on:click=move |_| is_editing.set(false)>{texts::DONE}</button>
                        </div>
                    }
                    .into_any()
                },
                |room| view! { <SettingsForm controls room on_close=move |()| is_editing.set(false)/> }.into_any(),
            )
        };
        view! {
            <Dialog open=is_editing title=room_texts::ROOM_SETTINGS>
                <div class="room-settings">
                    <h2>{room_texts::ROOM_SETTINGS}</h2>
                    {settings}
                </div>
            </Dialog>
            <Confirm
                open=is_closing
                title=Signal::stored(texts::CLOSE_TITLE.to_owned())
                body=Signal::stored(texts::CLOSE_BODY.to_owned())
                label=texts::CLOSE
                pending=texts::CLOSING
                request=closing
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
        }
    }
}
