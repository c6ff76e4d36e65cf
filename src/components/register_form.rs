//! Registers a table: its id and where it stands. What the server would refuse is said before it is sent, by the same
//! rules.

use domain::table::{Description, TableId};
use domain::wire::endpoints::NewTable;

use super::action_button::{Look, action_button, failure};
use super::field::Field;
use crate::browser::element::{Element, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// The form. It empties itself when the table is registered, and keeps what was typed when it is not.
pub(crate) fn register_form(progress: ReadSignal<Progress>, on_register: impl Fn(NewTable) + 'static) -> Element {
    let (id, description) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let insist = RwSignal::new(false);
    follow(move || {
        if progress.get() == Progress::Done {
            id.set(String::new());
            description.set(String::new());
            insist.set(false);
        }
    });
    let refused = move |property: &str| progress.with(|progress| progress.failure()?.about(property));
    let id_error = move || match id.with(|id| id.trim().parse::<TableId>()) {
        Err(violation) => Some(violation.message()),
        Ok(_) => refused("id"),
    };
    let description_error = move || match description.with(|description| description.parse::<Description>()) {
        Err(violation) => Some(violation.message()),
        Ok(_) => refused("description"),
    };
    let submit = move || {
        insist.set(true);
        let (id, description) = (id.get_untracked().trim().parse(), description.get_untracked().parse());
        if let (Ok(id), Ok(description)) = (id, description) {
            on_register(NewTable { id, description });
        }
    };
    let id_field = Field {
        id: "new-table-id".to_owned(),
        label: "Id",
        hint: "In its page's address, and what its sensor sends: 3 to 64 letters, digits and hyphens. It never changes.",
        value: id,
        insist,
    };
    let description_field = Field {
        id: "new-table-description".to_owned(),
        label: "Where it stands",
        hint: "What people read, like “Lobby”. You can change it later.",
        value: description,
        insist,
    };
    el_class("form", "register-form")
        .set("novalidate", "")
        .on_submit(submit)
        .child(id_field.draw(id_error))
        .child(description_field.draw(description_error))
        .child(action_button(Look::Primary, "Register the table", "Registering…", progress))
        .child(failure(progress))
}
