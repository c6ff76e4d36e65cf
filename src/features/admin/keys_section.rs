//! The section about device keys: the devices that have one, and a form for another. A new key is shown once.

use domain::device::Device;
use domain::table::Table;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::endpoints::DeviceWithKey;

use super::key_draft::{Ability, abilities};
use super::key_form::KeyForm;
use super::texts;
use crate::api;
use crate::format::{self, LocalTime};
use crate::live::TopicStore;
use crate::platform::{clipboard, focus, page};
use crate::ui::{Confirm, ListFocus, Loaded, Loader, Request};

/// The section.
#[component]
pub(super) fn KeysSection(
    /// The tables.
    tables: TopicStore<Table>,
    /// Their ids, in the order in which they are listed.
    order: Memo<Vec<String>>,
) -> impl IntoView {
    let devices = Loader::new(|| Box::pin(api::admin::devices()));
    // Several, since one that is shown is not to be lost when another is created.
    let created = RwSignal::new(Vec::<DeviceWithKey>::new());
    let on_create = Callback::new(move |key: DeviceWithKey| {
        created.update(|created| created.push(key));
        devices.reload();
    });
    // A key that works no more is not offered for copying.
    let on_revoke =
        Callback::new(move |id: String| created.update(|created| created.retain(|key| key.device.id != id)));
    view! {
        <section class="panel" aria-labelledby="admin-keys">
            <h2 id="admin-keys" tabindex="-1">{texts::DEVICE_KEYS}</h2>
            <Devices devices on_revoke/>
            <For each=move || created.get() key=|key| key.device.id.clone() let:key>
                <NewKey key created/>
            </For>
            <h3>{texts::NEW_KEY}</h3>
            <KeyForm tables order on_create/>
        </section>
    }
}

/// The devices that have a key.
#[component]
fn Devices(
    devices: Loader<Vec<Device>>,
    /// Gets the id of a device whose key was revoked.
    on_revoke: Callback<String>,
) -> impl IntoView {
    let list_focus = ListFocus::new(revoke_button, "#admin-keys");
    let rows = move || {
        let rows = devices.data().unwrap_or_default();
        list_focus.keep(rows.iter().map(|device| device.id.clone()).collect());
        rows
    };
    let note = move || match devices.get() {
        Loaded::Loading => {
            view! { <p class="hint" role="status" aria-busy="true">{texts::LOADING_KEYS}</p> }.into_any()
        }
        Loaded::Failed(error) => view! {
            <p class="failure" role="alert">{error.to_string()}</p>
            <div class="actions">
                <button type="button" on:click=move |_| devices.reload()>{texts::TRY_AGAIN}</button>
            </div>
        }
        .into_any(),
        Loaded::Ready(devices) if devices.is_empty() => view! { <p class="hint">{texts::NO_KEYS}</p> }.into_any(),
        Loaded::Ready(_) => ().into_any(),
    };
    view! {
        {note}
        <ul class="rows" role="list">
            <For each=rows key=|device| device.id.clone() let:device>
                <KeyRow device devices on_revoke/>
            </For>
        </ul>
    }
}

/// The selector of the button of a key's row.
fn revoke_button(id: &str) -> String {
    format!(".key-row[data-key=\"{id}\"] .revoke")
}

/// One device that has a key: what it may do. Its key can be revoked.
#[component]
fn KeyRow(device: Device, devices: Loader<Vec<Device>>, on_revoke: Callback<String>) -> impl IntoView {
    let (is_revoking, request) = (RwSignal::new(false), Request::new());
    let created = format::date(LocalTime::of(device.created_at).day());
    let abilities = abilities(&device).into_iter().map(|ability| view! { <AbilityLine ability/> }).collect_view();
    let Device { id, name, .. } = device;
    let (shown_id, revoked) = (id.clone(), StoredValue::new(id.clone()));
    let revoke = move |()| {
        let id = revoked.get_value();
        request.run(async move {
            api::admin::revoke_key(&id).await?;
            is_revoking.try_set(false);
            on_revoke.run(id);
            devices.reload();
            Ok(())
        });
    };
    view! {
        <li class="key-row" data-key=id>
            <p class="row-name">
                <strong dir="auto">{name.clone()}</strong>
                {abilities}
                <span class="row-detail">{texts::created(&created)}<code>{shown_id}</code></span>
            </p>
            <div class="actions">
                <button
                    type="button"
                    class="revoke"
                    on:click=move |_| {
                        request.clear();
                        is_revoking.set(true);
                    }
                >
                    {texts::REVOKE}
                    <span class="visually-hidden">{texts::of_key(&name)}</span>
                </button>
            </div>
            <Confirm
                open=is_revoking
                title=texts::confirm_key(&name)
                body=texts::REVOKE_BODY
                label=texts::REVOKE_KEY
                pending=texts::REVOKING
                request
                on_confirm=revoke
            />
        </li>
    }
}

/// One thing that a key may do: “Reports `lobby` `attic`”.
#[component]
fn AbilityLine(ability: Ability) -> impl IntoView {
    let is_for_all_tables = ability.is_for_all_tables();
    let Ability { verb, names } = ability;
    let names = names.into_iter().map(|name| view! { " "<code>{name}</code> }).collect_view();
    view! {
        <span class="row-detail">
            {verb}
            {is_for_all_tables.then_some([" ", texts::ALL_KEY_TABLES])}
            {names}
        </span>
    }
}

/// A key that was just created.
#[component]
fn NewKey(
    /// The key.
    key: DeviceWithKey,
    /// All keys that are shown: this one goes when the admin has it.
    created: RwSignal<Vec<DeviceWithKey>>,
) -> impl IntoView {
    let DeviceWithKey { device, key } = key;
    let text = NodeRef::<html::Code>::new();
    text.on_load(|text| page::after_render(move || _ = text.focus()));
    let is_copied = RwSignal::new(None);
    let outcome = move || match is_copied.get() {
        None => "",
        Some(true) => texts::COPIED,
        Some(false) => texts::NOT_COPIED,
    };
    let copied = StoredValue::new(key.clone());
    let copy = move |_| {
        let key = copied.get_value();
        spawn_local(async move { _ = is_copied.try_set(Some(clipboard::copy(&key).await)) });
    };
    let id = device.id;
    let done = move |_| {
        created.update(|created| created.retain(|one| one.device.id != id));
        focus::rescue_to("#new-key-name");
    };
    view! {
        <div class="new-key" role="group" aria-label=texts::CREATED_KEY>
            <h3 dir="auto">{texts::key_of(&device.name)}</h3>
            <p>{texts::COPY_NOW}</p>
            <code class="new-key-text" tabindex="0" node_ref=text>{key}</code>
            <div class="actions">
                <button type="button" class="primary" on:click=copy>{texts::COPY}</button>
                <button type="button" on:click=done>{texts::DONE}</button>
            </div>
            <p class="hint" role="status">{outcome}</p>
        </div>
    }
}
