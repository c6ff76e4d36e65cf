//! The bar of the host panel: how far the session is, how to join it, and what is done with the room itself.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::rooms::FileFormat;

use super::controls::Controls;
use super::room_dialogs::RoomDialogs;
use super::session_state::SessionState;
use super::texts;
use crate::api;
use crate::features::rooms::join_info::{Invitation, JoinQrCode};
use crate::features::rooms::question_text::Countdown;
use crate::features::rooms::room_link;
use crate::features::rooms::texts as room_texts;
use crate::notifications::Toaster;
use crate::paths::{Path, SETTINGS_FRAGMENT};
use crate::platform::{clipboard, download, url};
use crate::ui::{Menu, Popover, Request, RequestError};

/// What stands in the bar beside the room's name.
#[component]
pub(super) fn HostTools(controls: Controls) -> impl IntoView {
    let Controls { room, state, counts, is_closed, .. } = controls;
    let is_limited = Memo::new(move |_| room.left.with(Option::is_some));
    let left = Signal::derive(move || room.left.get().unwrap_or_default());
    let invitation = Memo::new(move |_| room.room.with(|room| room.as_ref().and_then(Invitation::of)));
    let dialogs = RoomDialogs::new();
    // As the list of rooms leads to the settings.
    if url::fragment() == SETTINGS_FRAGMENT {
        url::forget_fragment();
        dialogs.open_settings();
    }
    let exporting = Request::new();
    let export = move |_| {
        let id = controls.id.get_value();
        exporting.run(async move {
            let text = api::rooms::results_csv(&id).await?;
            download::save(&["rally-", id.as_str(), ".csv"].concat(), FileFormat::Csv.content_type(), &text);
            Ok(())
        });
    };
    let path = move |path: fn(domain::room::RoomId) -> Path| path(controls.id.get_value()).to_string();
    view! {
        <div class="host-tools">
            <div class="host-status">
                <p class="state-chip" data-session=move || state.get().name() role="status">
                    {move || texts::session_state(state.get())}
                </p>
                {move || (is_limited.get() && matches!(state.get(), SessionState::Live(_))).then(|| view! { <Countdown left/> })}
                <p
                    class="answered-count"
                    data-here=move || counts.get().here.to_string()
                    data-answered=move || counts.get().answered.map(|answered| answered.to_string())
                >
                    {move || texts::counts(counts.get())}
                </p>
            </div>
            {move || invitation.get().map(|invitation| view! { <JoinCode controls invitation/> })}
            <a class="button present" href=path(Path::Projector) target="_blank" rel="noopener">{texts::PRESENT}</a>
            <Menu label=Signal::stored(texts::MORE.to_owned())>
                <button type="button" class="menu-entry open-settings" on:click=move |_| dialogs.open_settings()>
                    {room_texts::ROOM_SETTINGS}
                </button>
                <button type="button" class="menu-entry export-session" on:click=export>{texts::EXPORT}</button>
                <a class="menu-entry present-entry" href=path(Path::Projector) target="_blank" rel="noopener">
                    {texts::PRESENT}
                </a>
                <a class="menu-entry" href=path(Path::Room) target="_blank" rel="noopener">{texts::VIEW_AS_PARTICIPANT}</a>
                {move || (!is_closed.get()).then(|| view! {
                    <button type="button" class="menu-entry close-room" on:click=move |_| dialogs.ask_to_close()>
                        {texts::CLOSE}
                    </button>
                })}
                <button type="button" class="menu-entry delete-room" on:click=move |_| dialogs.ask_to_delete()>
                    {texts::DELETE}
                </button>
            </Menu>
            <RequestError request=exporting/>
        </div>
        {dialogs.view(controls)}
    }
}

/// For how long the button says that it has copied.
const COPIED: Duration = Duration::from_secs(2);

/// The join code; pressed, it shows the QR code and the link.
#[component]
fn JoinCode(controls: Controls, invitation: Invitation) -> impl IntoView {
    let toaster = expect_context::<Toaster>();
    let copy_link = move |_| spawn_local(room_link::copy(controls.id.get_value(), toaster));
    let code = StoredValue::new(invitation.code.to_string());
    let shared = StoredValue::new(invitation);
    let label = Signal::derive(move || texts::join_code(&code.get_value()));
    let is_copied = RwSignal::new(false);
    let copy = move |_| {
        spawn_local(async move {
            if clipboard::copy(&code.get_value()).await {
                is_copied.try_set(true);
                set_timeout(move || _ = is_copied.try_set(false), COPIED);
            }
        });
    };
    view! {
        <div class="join-tools">
            <Popover
                class="join-code"
                label
                button=move || view! { <strong>{code.get_value()}</strong><span class="qr-sign" aria-hidden="true">"▦"</span> }
            >
                <div class="join-popover">
                    <JoinQrCode invitation=shared.get_value()/>
                    <p class="hint">{shared.with_value(|shared| shared.place.clone())}</p>
                    <p class="join-popover-code">{code.get_value()}</p>
                    <div class="actions">
                        <button type="button" class="copy-code" on:click=copy>
                            {move || if is_copied.get() { texts::COPIED } else { texts::COPY_CODE }}
                        </button>
                        <button type="button" class="copy-link" on:click=copy_link>{room_texts::COPY_LINK}</button>
                    </div>
                </div>
            </Popover>
        </div>
    }
}
