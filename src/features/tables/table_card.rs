//! One table among all: a link to its page, and its bell.

use domain::alert::AlertRule;
use domain::table::{Table, TableStatus};
use domain::topic::Topic;
use leptos::html;
use leptos::prelude::*;

use super::bell::Bell;
use super::table_surface::{TableSurface, status_name};
use crate::notifications::Notifications;
use crate::platform::focus;
use crate::routes::Path;

/// The card, as an item of a list.
#[component]
pub(super) fn TableCard(table: Signal<Table>) -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let id = table.with_untracked(|table| table.id.clone());
    let topic = StoredValue::new(Topic::Table(id.clone()));
    let rule = move || -> Option<AlertRule> { topic.with_value(|topic| notifications.rule(topic)) };
    let has_bell = Memo::new(move |_| has_bell(table.with(|table| table.status), rule().is_some()));
    let card = NodeRef::<html::A>::new();
    Effect::new(move |had_bell: Option<bool>| {
        let has_bell = has_bell.get();
        // The table got free under the focus: it goes to the card rather than to the body.
        if had_bell == Some(true) && !has_bell {
            let card = card.get_untracked();
            focus::rescue_with(move || card.is_some_and(|card| card.focus().is_ok()));
        }
        has_bell
    });
    view! {
        <li>
            <a
                class="table-card"
                node_ref=card
                data-table=id.to_string()
                href=Path::Table(id.clone()).to_string()
                data-status=move || status_name(table.with(|table| table.status))
            >
                <TableSurface table/>
            </a>
            <div>{move || has_bell.get().then(|| view! { <Bell table/> })}</div>
        </li>
    }
}

/// Whether a table has a bell: as long as there is something to wait for, or a rule to drop.
fn has_bell(status: TableStatus, has_rule: bool) -> bool {
    status != TableStatus::Free || has_rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_table_has_a_bell_only_to_drop_its_rule() {
        assert!(has_bell(TableStatus::Busy, false) && has_bell(TableStatus::NoSignal, false));
        assert!(has_bell(TableStatus::Free, true) && !has_bell(TableStatus::Free, false));
    }
}
