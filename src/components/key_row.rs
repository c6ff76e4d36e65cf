//! One device that has a key: what it may do. Its key can be revoked.

use domain::device::{Device, TableScope};
use domain::table::TableId;
use leptos::prelude::*;

use super::action_button::ActionButton;
use super::dialog::Dialog;
use crate::state::attempt::Progress;

/// The row.
#[component]
pub(crate) fn KeyRow(
    /// The device.
    device: Device,
    /// When its key was made, as people read it.
    made: String,
    /// How the revocation goes.
    #[prop(into)]
    progress: Signal<Progress>,
    /// Wants the key revoked, and has been asked whether they mean it.
    #[prop(into)]
    on_revoke: Callback<()>,
) -> impl IntoView {
    let confirming = RwSignal::new(false);
    let may = abilities(&device);
    let Device { id, name, .. } = device;
    let (question, aloud) = (format!("Revoke the key of “{name}”?"), format!(" the key of {name}"));
    let (heading, key) = (question.clone(), id.clone());
    view! {
        <li class="key-row" data-key=key>
            <p class="row-name">
                <strong>{name}</strong>
                <span class="row-detail">{may} ". Key " <code>{id}</code> ", made on " {made} "."</span>
            </p>
            <div class="actions">
                <button type="button" on:click=move |_| confirming.set(true)>
                    "Revoke"
                    <span class="unseen">{aloud}</span>
                </button>
            </div>
            <Dialog open=confirming title=question>
                <form
                    on:submit=move |event| {
                        event.prevent_default();
                        on_revoke.run(());
                    }
                >
                    <h2>{heading.clone()}</h2>
                    <p>"The device can report nothing from then on, until it is given another key."</p>
                    <div class="actions">
                        <button type="button" on:click=move |_| confirming.set(false)>
                            "Keep it"
                        </button>
                        <ActionButton label="Revoke it" running="Revoking…" progress class="danger" />
                    </div>
                </form>
            </Dialog>
        </li>
    }
}

fn abilities(device: &Device) -> String {
    let tables = match &device.tables {
        TableScope::Any => "any table".to_owned(),
        TableScope::Only(tables) => tables.iter().map(TableId::as_str).collect::<Vec<_>>().join(", "),
    };
    let verbs = if device.can_manage { "Reports, registers and deletes" } else { "Reports" };
    format!("{verbs} {tables}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    #[test]
    fn what_a_device_may_do_in_words() {
        let device = |tables: &[&str], can_manage| Device {
            id: "k1".to_owned(),
            name: "kitchen".to_owned(),
            tables: tables.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>().try_into().unwrap(),
            can_manage,
            created_at: Timestamp::default(),
        };
        assert_eq!(abilities(&device(&["lobby", "attic"], false)), "Reports lobby, attic");
        assert_eq!(abilities(&device(&["*"], true)), "Reports, registers and deletes any table");
    }
}
