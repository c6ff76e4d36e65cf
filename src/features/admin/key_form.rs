//! The form that creates a device key.

use std::collections::BTreeSet;

use domain::table::Table;
use leptos::prelude::*;

use super::admin_data::AdminData;
use super::drafts::{clear_sent, forget_error_on_change, use_admin_draft};
use super::key_draft::{KeyDraft, KeyErrors};
use super::texts;
use crate::api;
use crate::ui::{Checkbox, Request, RequestError, SubmitButton, TextField, on_submit};

/// The form. It empties itself and closes when the key is created, and keeps what was typed if it is not.
#[component]
pub(super) fn KeyForm(
    /// Whether it is shown.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let AdminData { tables, order, created, devices, .. } = expect_context();
    let (name, items) = (use_admin_draft("key-name"), use_admin_draft("key-items"));
    let (is_for_all_tables, can_manage) = (RwSignal::new(false), RwSignal::new(false));
    let chosen = RwSignal::new(BTreeSet::<String>::new());
    let (request, is_submitted) = (Request::new(), RwSignal::new(false));
    let draft = move || KeyDraft {
        name: name.get(),
        is_for_all_tables: is_for_all_tables.get(),
        tables: chosen.get(),
        items: items.get(),
        can_manage: can_manage.get(),
    };
    let checked = Memo::new(move |_| order.with(|existing| draft().check(existing)));
    let errors = move || checked.with(|checked| checked.as_ref().err().cloned()).unwrap_or_default();
    forget_error_on_change(request, Signal::derive(move || format!("{:?}", draft())));
    let error = move |of: fn(KeyErrors) -> Option<String>, property: &'static str| {
        Signal::derive(move || of(errors()).or_else(|| request.error()?.about(property)))
    };
    let tables_error = error(|errors| errors.tables, "tables");
    let tables_note = move || tables_error.get().filter(|_| is_submitted.get()).unwrap_or_default();
    let submit = move || {
        is_submitted.set(true);
        let Ok(device) = checked.get_untracked() else { return };
        let sent = untrack(draft);
        request.run(async move {
            let key = api::admin::create_key(&device).await?;
            created.try_update(|created| created.push(key));
            devices.reload();
            clear_sent(name, sent.name.trim());
            clear_sent(items, sent.items.trim());
            is_open.try_set(false);
            Ok(())
        });
    };
    view! {
        <form class="key-form" novalidate on:submit=on_submit(submit)>
            <TextField
                id="new-key-name"
                label=texts::DEVICE
                hint=texts::DEVICE_HINT
                value=name
                error=error(|errors| errors.name, "name")
                is_submitted
                autofocus=true
            />
            <fieldset aria-describedby="new-key-tables">
                <legend>{texts::KEY_TABLES}</legend>
                <Checkbox label=texts::KEY_ALL_TABLES checked=is_for_all_tables on_change=move |is_on| is_for_all_tables.set(is_on)/>
                <For each=move || order.get() key=String::clone let:id>
                    {tables.entry(&id).map(|table| view! { <TableOption table=table.into() is_for_all_tables chosen/> })}
                </For>
                <p class="failure" id="new-key-tables">{tables_note}</p>
            </fieldset>
            <fieldset>
                <legend>{texts::KEY_PERMISSIONS}</legend>
                <Checkbox label=texts::KEY_CAN_MANAGE checked=can_manage on_change=move |is_on| can_manage.set(is_on)/>
            </fieldset>
            <TextField
                id="new-key-items"
                label=texts::KEY_ITEMS
                hint=texts::KEY_ITEMS_HINT
                value=items
                error=error(|errors| errors.items, "items")
                is_submitted
            />
            <div class="actions">
                <SubmitButton request label=texts::CREATE_KEY pending=texts::CREATING_KEY/>
                <button type="button" on:click=move |_| is_open.set(false)>{texts::CANCEL}</button>
            </div>
            <RequestError request fields=&["name", "tables", "items"]/>
        </form>
    }
}

/// A table among those to choose; ticked also while all tables are.
#[component]
fn TableOption(
    table: Signal<Table>,
    is_for_all_tables: RwSignal<bool>,
    chosen: RwSignal<BTreeSet<String>>,
) -> impl IntoView {
    let id = StoredValue::new(table.with_untracked(|table| table.id.to_string()));
    let is_chosen = move || is_for_all_tables.get() || chosen.with(|chosen| id.with_value(|id| chosen.contains(id)));
    let choose = move |event| {
        let is_on = event_target_checked(&event);
        chosen.update(|chosen| {
            _ = if is_on { chosen.insert(id.get_value()) } else { id.with_value(|id| chosen.remove(id)) };
        });
    };
    view! {
        <label class="option">
            <input type="checkbox" disabled=is_for_all_tables prop:checked=is_chosen on:change=choose/>
            <span dir="auto">{move || table.with(|table| table.name().to_owned())}</span>
        </label>
    }
}
