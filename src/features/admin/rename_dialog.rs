//! The dialog in which an admin gives a table another name.

use domain::table::Table;
use leptos::prelude::*;

use super::table_edit::{Edit, conflict};
use super::texts;
use crate::api::{self, ApiError};
use crate::ui::{Dialog, Request, RequestError, SubmitButton, TextField, on_submit};

/// The dialog.
#[component]
pub(super) fn RenameDialog(
    /// The table.
    table: Signal<Table>,
    /// Whether it is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let title = move || table.with(|table| texts::rename(table.name()));
    view! {
        <Dialog open=is_open title=untrack(title)>
            <h2 dir="auto">{title}</h2>
            <RenameForm table is_open/>
        </Dialog>
    }
}

/// The form for another name, shown while `is_open` is true.
#[component]
fn RenameForm(table: Signal<Table>, is_open: RwSignal<bool>) -> impl IntoView {
    let before = table.with_untracked(|table| table.description.clone());
    let text = RwSignal::new(before.as_str().to_owned());
    let (request, is_submitted) = (Request::new(), RwSignal::new(false));
    let submit = move || {
        is_submitted.set(true);
        match Edit::of(&table.get_untracked(), &text.get_untracked()) {
            Edit::Invalid(_) => {}
            Edit::Unchanged => is_open.set(false),
            Edit::Send { id, description, revision } => request.run(async move {
                let result = api::tables::describe(&id, description, revision).await;
                result.map_err(
                    |error| if error.is_conflict() { ApiError::browser(texts::TABLE_CONFLICT) } else { error },
                )?;
                is_open.try_set(false);
                Ok(())
            }),
        }
    };
    let error = Signal::derive(move || match text.with(|text| table.with(|table| Edit::of(table, text))) {
        Edit::Invalid(why) => Some(why),
        Edit::Unchanged | Edit::Send { .. } => request.error()?.about("description"),
    });
    let meanwhile = move || table.with(|table| conflict(&before, &table.description)).unwrap_or_default();
    view! {
        <form class="rename-form" novalidate on:submit=on_submit(submit)>
            <TextField id="rename-table" label=texts::TABLE_NAME hint="" value=text error is_submitted autofocus=true/>
            <p class="hint" role="status" dir="auto">{meanwhile}</p>
            <div class="actions">
                <SubmitButton request label=texts::SAVE pending=texts::SAVING/>
                <button type="button" on:click=move |_| is_open.set(false)>{texts::CANCEL}</button>
            </div>
            <RequestError request fields=&["description"]/>
        </form>
    }
}
