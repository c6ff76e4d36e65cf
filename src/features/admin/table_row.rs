//! One table as an admin sees it: its state, and which keys may report for it.

use domain::device::Device;
use domain::table::{Table, TableId};
use leptos::prelude::*;

use super::admin_data::AdminData;
use super::data_table::{Cell, Names};
use super::texts;
use crate::format::LocalTime;
use crate::ui::{Loaded, Menu, use_now};

/// The row.
#[component]
pub(super) fn TableRow(
    /// The table.
    table: Signal<Table>,
    /// Called when the admin wants to give it another name.
    on_rename: Callback<Signal<Table>>,
    /// Called when the admin wants to delete it.
    on_delete: Callback<Signal<Table>>,
) -> impl IntoView {
    let AdminData { devices, .. } = expect_context();
    let now = use_now();
    let id = table.with_untracked(|table| table.id.clone());
    let name = Memo::new(move |_| table.with(|table| table.name().to_owned()));
    let since = move || LocalTime::of(table.with(|table| table.since)).clock_seen_on(now.today().get());
    let shown_id = id.to_string();
    let row_id = shown_id.clone();
    let keys = Memo::new(move |_| {
        devices.with(|devices| match devices {
            Loaded::Ready(devices) => Some(keys_of(devices, &id)),
            Loaded::Loading | Loaded::Failed(_) => None,
        })
    });
    let has_none = move || keys.with(|keys| keys.as_ref().is_some_and(Vec::is_empty));
    view! {
        <tr class="admin-row" role="row" data-table=row_id>
            <th role="rowheader" scope="row" dir="auto">{name}</th>
            <Cell label=texts::TABLE_ID><code>{shown_id}</code></Cell>
            <Cell label=texts::STATUS>{move || texts::status(table.with(|table| table.status))}</Cell>
            <Cell label=texts::SINCE>{since}</Cell>
            <Cell label=texts::KEYS>
                <Names names=Signal::derive(move || keys.get().unwrap_or_default())/>
                {move || has_none().then(|| view! { <span class="hint">{texts::NO_KEY}</span> })}
            </Cell>
            <td role="cell" class="row-menu">
                <Menu label=Signal::derive(move || texts::more_about(&name.get()))>
                    <button type="button" class="menu-entry rename" on:click=move |_| on_rename.run(table)>{texts::RENAME}</button>
                    <button type="button" class="menu-entry danger delete" on:click=move |_| on_delete.run(table)>{texts::DELETE}</button>
                </Menu>
            </td>
        </tr>
    }
}

/// The names of the devices whose keys may report for a table.
fn keys_of(devices: &[Device], table: &TableId) -> Vec<String> {
    devices.iter().filter(|device| device.tables.contains(table)).map(|device| device.name.clone()).collect()
}

/// The selector of the button of a table's row that gets the focus when the row before it is gone.
pub(super) fn menu_button(id: &str) -> String {
    format!(".admin-row[data-table=\"{id}\"] .menu-button")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_reported_by_the_keys_that_name_it_and_those_of_all_tables() {
        let device = |name: &str, tables: &[&str]| {
            let device = json!({"id": name, "name": name, "tables": tables, "items": ["a"], "canManage": false,
                "createdAt": "2026-11-20T12:00:00.000Z"});
            serde_json::from_value::<Device>(device).unwrap()
        };
        let devices = [device("one", &["lobby", "attic"]), device("none", &[]), device("all", &["*"])];
        assert_eq!(keys_of(&devices, &"lobby".parse().unwrap()), ["one", "all"]);
        assert_eq!(keys_of(&devices, &"yard".parse().unwrap()), ["all"]);
    }
}
