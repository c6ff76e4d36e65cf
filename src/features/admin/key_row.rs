//! One device that has a key: what it may do. Its key can be revoked.

use domain::device::Device;
use leptos::prelude::*;

use super::admin_data::AdminData;
use super::data_table::{Cell, Names};
use super::key_draft::{KeyScope, Scope};
use super::texts;
use crate::format::{self, LocalTime};

/// The row.
#[component]
pub(super) fn KeyRow(
    /// The device.
    device: Device,
    /// Called when the admin wants to revoke its key.
    on_revoke: Callback<Device>,
) -> impl IntoView {
    let AdminData { tables, .. } = expect_context();
    let created = format::date(LocalTime::of(device.created_at).day());
    let KeyScope { tables: reported, items, can_manage } = KeyScope::of(&device);
    // Tables are called what all other pages call them.
    let named = move |ids: Vec<String>| {
        let name = move |id: &String| {
            let table = tables.entry(id);
            table.map_or_else(|| id.clone(), |table| table.with(|table| table.name().to_owned()))
        };
        let names = Signal::derive(move || ids.iter().map(name).collect::<Vec<_>>());
        view! { <Names names/> }.into_any()
    };
    let reported = match reported {
        Scope::Nothing => texts::NOTHING.into_any(),
        Scope::All => texts::KEY_ALL_TABLES.into_any(),
        Scope::Only(ids) => named(ids),
    };
    let items = match items {
        Scope::Nothing => texts::NOTHING.into_any(),
        Scope::All => texts::ALL_ITEMS.into_any(),
        Scope::Only(prefixes) => view! { <Names names=Signal::stored(prefixes)/> }.into_any(),
    };
    let (id, name, purpose) = (device.id.clone(), device.name.clone(), texts::of_key(&device.name));
    let row_id = id.clone();
    view! {
        <tr class="admin-row" role="row" data-key=row_id>
            <th role="rowheader" scope="row" dir="auto">{name}</th>
            <Cell label=texts::KEY_TABLES>
                {reported}
                {can_manage.then(|| view! { <span class="hint">{texts::MANAGES}</span> })}
            </Cell>
            <Cell label=texts::KEY_ITEMS>{items}</Cell>
            <Cell label=texts::CREATED>{created}</Cell>
            <Cell label=texts::TABLE_ID><code>{id}</code></Cell>
            <td role="cell" class="row-menu">
                <button type="button" class="revoke" on:click=move |_| on_revoke.run(device.clone())>
                    {texts::REVOKE}
                    <span class="visually-hidden">{purpose}</span>
                </button>
            </td>
        </tr>
    }
}

/// The selector of the button of a key's row.
pub(super) fn revoke_button(id: &str) -> String {
    format!(".admin-row[data-key=\"{id}\"] .revoke")
}
