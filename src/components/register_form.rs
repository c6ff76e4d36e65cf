//! Registers a table: its id and where it stands. What the server would refuse is said before it is sent, by the same
//! rules.

use domain::table::{Description, TableId};
use domain::wire::endpoints::NewTable;
use leptos::prelude::*;

use super::action_button::ActionButton;
use super::field::Field;
use crate::state::attempt::Progress;

/// The form. It empties itself when the table is registered, and keeps what was typed when it is not.
#[component]
pub(crate) fn RegisterForm(
    /// How the registration goes.
    #[prop(into)]
    progress: Signal<Progress>,
    /// Wants this table registered.
    #[prop(into)]
    on_register: Callback<NewTable>,
) -> impl IntoView {
    let (id, description) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submitted = RwSignal::new(false);
    Effect::new(move || {
        if progress.get() == Progress::Done {
            id.set(String::new());
            description.set(String::new());
            submitted.set(false);
        }
    });
    let refused = move |property: &str| progress.with(|progress| progress.failure()?.about(property));
    let id_error = Memo::new(move |_| match id.get().trim().parse::<TableId>() {
        Err(violation) => Some(violation.message()),
        Ok(_) => refused("id"),
    });
    let description_error = Memo::new(move |_| match description.get().parse::<Description>() {
        Err(violation) => Some(violation.message()),
        Ok(_) => refused("description"),
    });
    let submit = move || {
        submitted.set(true);
        let (id, description) = (id.get_untracked().trim().parse(), description.get_untracked().parse());
        if let (Ok(id), Ok(description)) = (id, description) {
            on_register.run(NewTable { id, description });
        }
    };
    view! {
        <form
            class="register-form"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            <Field
                id="new-table-id".to_owned()
                label="Id"
                hint="In the page's address, and what its sensor sends: 3 to 64 letters, digits and hyphens. It never changes."
                value=id
                error=id_error
                insist=submitted
            />
            <Field
                id="new-table-description".to_owned()
                label="Where it stands"
                hint="What people read, like “Lobby”. You can change it later."
                value=description
                error=description_error
                insist=submitted
            />
            <ActionButton label="Register the table" running="Registering…" progress />
        </form>
    }
}
