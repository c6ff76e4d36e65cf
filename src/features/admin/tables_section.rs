//! The part about tables: all of them with the keys that may report for each, and the dialogs that add, rename and delete one.

use domain::table::Table;
use leptos::prelude::*;

use super::admin_data::AdminData;
use super::data_table::DataTable;
use super::rename_dialog::RenameDialog;
use super::table_form::TableForm;
use super::table_row::{TableRow, menu_button};
use super::texts;
use crate::api;
use crate::ui::{Confirm, Dialog, ListFocus, Request, TopicView};

/// The section.
#[component]
pub(super) fn TablesSection() -> impl IntoView {
    let AdminData { tables, order, .. } = expect_context();
    let list_focus = ListFocus::new(menu_button, ".add-table");
    let is_adding = RwSignal::new(false);
    // Outside of the table: a dialog whose row moves would close.
    let (renamed, is_renaming) = (RwSignal::new(None::<Signal<Table>>), RwSignal::new(false));
    let (deleted, is_deleting, deletion) = (RwSignal::new(None::<Signal<Table>>), RwSignal::new(false), Request::new());
    let rename = Callback::new(move |table| {
        renamed.set(Some(table));
        is_renaming.set(true);
    });
    let ask = Callback::new(move |table| {
        deleted.set(Some(table));
        deletion.clear();
        is_deleting.set(true);
    });
    let delete = move |()| {
        let Some(table) = deleted.get_untracked() else { return };
        let id = table.with_untracked(|table| table.id.clone());
        deletion.run(async move {
            api::tables::delete(&id).await?;
            // Before the dialog closes, which gives the focus back to a button that is gone then.
            list_focus.leave(id.as_str());
            is_deleting.try_set(false);
            Ok(())
        });
    };
    let question = move || {
        deleted.get().map(|table| {
            view! {
                <Confirm
                    open=is_deleting
                    title=Signal::derive(move || table.with(|table| texts::confirm_table(table.name())))
                    body=texts::DELETE_TABLE_BODY
                    label=texts::DELETE_TABLE
                    pending=texts::DELETING
                    request=deletion
                    on_confirm=delete
                />
            }
        })
    };
    let rows = move || {
        view! {
            <DataTable label=texts::TABLES columns=&texts::TABLE_COLUMNS>
                <For each=move || list_focus.keep(order.get()) key=String::clone let:id>
                    {tables.entry(&id).map(|table| view! { <TableRow table=table.into() on_rename=rename on_delete=ask/> })}
                </For>
            </DataTable>
        }
    };
    view! {
        <section class="panel" aria-label=texts::TABLES>
            <div class="actions">
                <button type="button" class="primary add-table" on:click=move |_| is_adding.set(true)>{texts::ADD_TABLE}</button>
            </div>
            <TopicView
                topic=tables
                loading=|| view! { <p class="hint" role="status" aria-busy="true">{texts::LOADING_TABLES}</p> }
                denied=texts::TABLES_DENIED
                empty=|| view! { <p class="hint">{texts::NO_TABLES}</p> }
            >
                {rows}
            </TopicView>
            <Dialog open=is_adding title=texts::ADD_TABLE>
                <h2>{texts::ADD_TABLE}</h2>
                <TableForm is_open=is_adding/>
            </Dialog>
            {move || renamed.get().map(|table| view! { <RenameDialog table is_open=is_renaming/> })}
            {question}
        </section>
    }
}
