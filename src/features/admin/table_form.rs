//! The form that adds a table. What the server would reject is said before it is sent, by the same rules.

use domain::table::{Description, TableId};
use leptos::prelude::*;
use protocol::endpoints::NewTable;

use super::drafts::{clear_sent, forget_error_on_change, use_admin_draft};
use super::texts;
use crate::api;
use crate::ui::{Request, RequestError, SubmitButton, TextField, on_submit};

/// Reads what was typed.
///
/// # Errors
/// What is wrong with the id, and what with the name.
fn parse(id: &str, name: &str) -> Result<NewTable, [Option<String>; 2]> {
    match (id.trim().parse::<TableId>(), name.parse::<Description>()) {
        (Ok(id), Ok(description)) => Ok(NewTable { id, description }),
        (id, name) => Err([id.err(), name.err()].map(|violation| violation.map(|violation| violation.message()))),
    }
}

/// The form. It empties itself and closes when the table is added, and keeps what was typed if it is not.
#[component]
pub(super) fn TableForm(
    /// Whether it is shown.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let (id, name) = (use_admin_draft("table-id"), use_admin_draft("table-name"));
    let (request, is_submitted) = (Request::new(), RwSignal::new(false));
    let typed = move || id.with(|id| name.with(|name| parse(id, name)));
    forget_error_on_change(request, Signal::derive(move || [id.get(), name.get()].join("\n")));
    let error = move |index: usize, property: &'static str| {
        let mine = typed().err().and_then(|errors| errors.into_iter().nth(index).flatten());
        mine.or_else(|| request.error()?.about(property))
    };
    let submit = move || {
        is_submitted.set(true);
        let Ok(table) = untrack(typed) else { return };
        request.run(async move {
            api::tables::register(&table).await?;
            clear_sent(id, table.id.as_str());
            clear_sent(name, table.description.as_str());
            is_open.try_set(false);
            Ok(())
        });
    };
    view! {
        <form class="register-form" novalidate on:submit=on_submit(submit)>
            <TextField
                id="new-table-id"
                label=texts::TABLE_ID
                hint=texts::TABLE_ID_HINT
                value=id
                error=Signal::derive(move || error(0, "id"))
                is_submitted
                autofocus=true
            />
            <TextField
                id="new-table-description"
                label=texts::TABLE_NAME
                hint=texts::TABLE_NAME_HINT
                value=name
                error=Signal::derive(move || error(1, "description"))
                is_submitted
            />
            <div class="actions">
                <SubmitButton request label=texts::ADD_TABLE pending=texts::ADDING_TABLE/>
                <button type="button" on:click=move |_| is_open.set(false)>{texts::CANCEL}</button>
            </div>
            <RequestError request fields=&["id", "description"]/>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_stand_between_spaces_and_a_name_may_be_empty() {
        let table = parse(" lobby ", "").unwrap();
        assert_eq!((table.id.as_str(), table.description.as_str()), ("lobby", ""));
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        let errors = |id: &str, name: &str| parse(id, name).unwrap_err().map(|error| error.is_some());
        assert_eq!(errors("a b", "Lobby"), [true, false]);
        assert_eq!(errors("lobby", &"x".repeat(281)), [false, true]);
        assert_eq!(errors("", &"x".repeat(281)), [true, true]);
    }

    #[test]
    fn a_name_is_sent_without_the_spaces_around_it() {
        let table = parse("lobby", "  Lobby, ground floor ").unwrap();
        assert_eq!(table.description.as_str(), "Lobby, ground floor");
    }

    #[test]
    fn an_id_has_the_characters_of_an_address() {
        for id in ["ab", &"x".repeat(65), "lobby/1", "lobby_1", "łódź", "a\tb"] {
            assert!(parse(id, "").is_err(), "{id}");
        }
        for id in ["abc", &"x".repeat(64), "Lobby-1", "123"] {
            assert!(parse(id, "").is_ok(), "{id}");
        }
    }
}
