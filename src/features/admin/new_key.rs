//! A key that was just created: shown once, to be copied into its device.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::endpoints::DeviceWithKey;

use super::texts;
use crate::platform::{clipboard, focus, page};

/// A key that was just created.
#[component]
pub(super) fn NewKey(
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
        focus::rescue_to(".create-key");
    };
    view! {
        <div class="new-key" role="group" aria-label=texts::CREATED_KEY>
            <h2 dir="auto">{texts::key_of(&device.name)}</h2>
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
