//! The part about device keys: the devices that have one, and the dialogs that create and revoke one.

use domain::device::Device;
use leptos::prelude::*;

use super::admin_data::AdminData;
use super::data_table::DataTable;
use super::key_form::KeyForm;
use super::key_row::{KeyRow, revoke_button};
use super::new_key::NewKey;
use super::texts;
use crate::api;
use crate::platform::focus;
use crate::ui::{Confirm, Dialog, ListFocus, Loaded, Request};

/// The section.
#[component]
pub(super) fn KeysSection() -> impl IntoView {
    let AdminData { created, .. } = expect_context();
    let is_creating = RwSignal::new(false);
    view! {
        <section class="panel" aria-label=texts::DEVICE_KEYS>
            <div class="actions">
                <button type="button" class="primary create-key" on:click=move |_| is_creating.set(true)>{texts::CREATE_KEY}</button>
            </div>
            <For each=move || created.get() key=|key| key.device.id.clone() let:key>
                <NewKey key created/>
            </For>
            <Devices/>
            <Dialog open=is_creating title=texts::CREATE_KEY>
                <h2>{texts::CREATE_KEY}</h2>
                <KeyForm is_open=is_creating/>
            </Dialog>
        </section>
    }
}

/// The devices that have a key.
#[component]
fn Devices() -> impl IntoView {
    let AdminData { devices, created, .. } = expect_context();
    let list_focus = ListFocus::new(revoke_button, ".create-key");
    let rows = move || {
        let rows = devices.data().unwrap_or_default();
        list_focus.keep(rows.iter().map(|device| device.id.clone()).collect());
        rows
    };
    // Outside of the table: a dialog whose row moves would close.
    let (revoked, is_revoking, request) = (RwSignal::new(None::<Device>), RwSignal::new(false), Request::new());
    let ask = Callback::new(move |device| {
        revoked.set(Some(device));
        request.clear();
        is_revoking.set(true);
    });
    let revoke = move |()| {
        let Some(Device { id, .. }) = revoked.get_untracked() else { return };
        request.run(async move {
            api::admin::revoke_key(&id).await?;
            // Before the dialog closes, which gives the focus back to a button that is gone then.
            list_focus.leave(&id);
            is_revoking.try_set(false);
            // A key that works no more is not offered for copying.
            created.try_update(|created| created.retain(|key| key.device.id != id));
            devices.reload();
            Ok(())
        });
    };
    let error = Memo::new(move |_| devices.error());
    let has_keys = Memo::new(move |_| {
        devices.with(|devices| match devices {
            Loaded::Ready(devices) => Some(!devices.is_empty()),
            Loaded::Loading | Loaded::Failed(_) => None,
        })
    });
    let content = move || {
        let shown = (error.get(), has_keys.get());
        // The last row may go, or “Try again”.
        focus::keep_or(|| focus::focus(".create-key"));
        match shown {
            (Some(error), _) => view! {
                <p class="failure" role="alert">{error.to_string()}</p>
                <div class="actions">
                    <button type="button" on:click=move |_| devices.reload()>{texts::TRY_AGAIN}</button>
                </div>
            }
            .into_any(),
            (None, None) => {
                view! { <p class="hint" role="status" aria-busy="true">{texts::LOADING_KEYS}</p> }.into_any()
            }
            (None, Some(false)) => view! { <p class="hint">{texts::NO_KEYS}</p> }.into_any(),
            (None, Some(true)) => view! {
                <DataTable label=texts::DEVICE_KEYS columns=&texts::KEY_COLUMNS>
                    <For each=rows key=|device| device.id.clone() let:device>
                        <KeyRow device on_revoke=ask/>
                    </For>
                </DataTable>
            }
            .into_any(),
        }
    };
    let question = move || {
        revoked.get().map(|device| {
            view! {
                <Confirm
                    open=is_revoking
                    title=texts::confirm_key(&device.name)
                    body=texts::REVOKE_BODY
                    label=texts::REVOKE_KEY
                    pending=texts::REVOKING
                    request
                    on_confirm=revoke
                />
            }
        })
    };
    view! {
        {content}
        {question}
    }
}
