//! One table as an admin sees it: it can be renamed and deleted.

use domain::table::Table;
use leptos::prelude::*;

use super::table_edit::{Edit, conflict};
use super::texts;
use crate::api::{self, ApiError};
use crate::platform::focus;
use crate::ui::{Confirm, Request, RequestError, SubmitButton, TextField, on_escape, on_submit};

/// The row, as an item of a list.
#[component]
pub(super) fn TableRow(table: Signal<Table>) -> impl IntoView {
    let (is_editing, is_deleting) = (RwSignal::new(false), RwSignal::new(false));
    let deletion = Request::new();
    let id = table.with_untracked(|table| table.id.to_string());
    let name = move || table.with(|table| table.name().to_owned());
    let delete = move |()| {
        let id = table.with_untracked(|table| table.id.clone());
        deletion.run(async move {
            api::tables::delete(&id).await?;
            is_deleting.try_set(false);
            Ok(())
        });
    };
    let buttons = move || {
        view! {
            <div class="actions">
                <button type="button" class="rename" on:click=move |_| is_editing.set(true)>
                    {texts::RENAME}
                    <span class="visually-hidden">{move || texts::of(&name())}</span>
                </button>
                <button
                    type="button"
                    class="delete"
                    on:click=move |_| {
                        deletion.clear();
                        is_deleting.set(true);
                    }
                >
                    {texts::DELETE}
                    <span class="visually-hidden">{move || texts::of(&name())}</span>
                </button>
            </div>
        }
    };
    let row = row_selector(&id);
    let shown_id = id.clone();
    Effect::new(move |was_editing: Option<bool>| {
        let is_editing = is_editing.get();
        if was_editing == Some(true) && !is_editing {
            let rename = [&row, " .rename"].concat();
            focus::rescue_with(move || focus::focus(&rename));
        }
        is_editing
    });
    view! {
        <li class="table-row" data-table=id>
            <p class="row-name">
                <strong dir="auto">{name}</strong>
                <span class="row-detail"><code>{shown_id}</code>" · "{move || texts::status(table.with(|table| table.status))}</span>
            </p>
            {move || if is_editing.get() { view! { <RenameForm table is_editing/> }.into_any() } else { buttons().into_any() }}
            <Confirm
                open=is_deleting
                title=Signal::derive(move || texts::confirm_table(&name()))
                body=texts::DELETE_TABLE_BODY
                label=texts::DELETE_TABLE
                pending=texts::DELETING
                request=deletion
                on_confirm=delete
            />
        </li>
    }
}

/// The selector of a table's row.
pub(super) fn row_selector(id: &str) -> String {
    format!(".table-row[data-table=\"{id}\"]")
}

/// The selector of the button of a table's row that gets the focus when the row before it is gone.
pub(super) fn delete_button(id: &str) -> String {
    [&row_selector(id), " .delete"].concat()
}

/// The form for another name, as long as `is_editing` says so.
#[component]
fn RenameForm(table: Signal<Table>, is_editing: RwSignal<bool>) -> impl IntoView {
    let before = table.with_untracked(|table| table.description.clone());
    let text = RwSignal::new(before.as_str().to_owned());
    let (request, is_submitted) = (Request::new(), RwSignal::new(false));
    let submit = move || {
        is_submitted.set(true);
        match Edit::of(&table.get_untracked(), &text.get_untracked()) {
            Edit::Invalid(_) => {}
            Edit::Unchanged => is_editing.set(false),
            Edit::Send { id, description, revision } => request.run(async move {
                let result = api::tables::describe(&id, description, revision).await;
                result.map_err(
                    |error| if error.is_conflict() { ApiError::browser(texts::TABLE_CONFLICT) } else { error },
                )?;
                is_editing.try_set(false);
                Ok(())
            }),
        }
    };
    let error = Signal::derive(move || match text.with(|text| table.with(|table| Edit::of(table, text))) {
        Edit::Invalid(why) => Some(why),
        Edit::Unchanged | Edit::Send { .. } => request.error()?.about("description"),
    });
    let meanwhile = move || table.with(|table| conflict(&before, &table.description)).unwrap_or_default();
    let id = table.with_untracked(|table| format!("rename-{}", table.id));
    view! {
        <form class="row-form" novalidate on:submit=on_submit(submit) on:keydown=on_escape(move || is_editing.set(false))>
            <TextField id label=texts::TABLE_NAME hint="" value=text error is_submitted autofocus=true/>
            <p class="hint" role="status" dir="auto">{meanwhile}</p>
            <div class="actions">
                <SubmitButton request label=texts::SAVE pending=texts::SAVING/>
                <button type="button" on:click=move |_| is_editing.set(false)>{texts::CANCEL}</button>
            </div>
            <RequestError request fields=&["description"]/>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rows_button_is_in_its_row() {
        assert_eq!(delete_button("lobby"), r#".table-row[data-table="lobby"] .delete"#);
        assert!(delete_button("lobby").starts_with(&row_selector("lobby")));
    }
}
