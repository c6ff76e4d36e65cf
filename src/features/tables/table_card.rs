//! One table among all: a link to its page, and its bell, which is always there: nothing moves when the table gets free or busy.

use domain::table::Table;
use domain::topic::Topic;
use leptos::prelude::*;

use super::alert_form::LazyAlertForm;
use super::table_surface::{TableSurface, status_name};
use crate::notifications::NotifyButton;
use crate::paths::Path;

/// The card, as an item of a list.
#[component]
pub(super) fn TableCard(table: Signal<Table>) -> impl IntoView {
    let id = table.with_untracked(|table| table.id.clone());
    let name = Signal::derive(move || table.with(|table| table.name().to_owned()));
    view! {
        <li>
            <a
                class="table-card"
                data-table=id.to_string()
                href=Path::Table(id.clone()).to_string()
                data-status=move || status_name(table.with(|table| table.status))
            >
                <TableSurface table name/>
            </a>
            <NotifyButton
                topic=Topic::Table(id)
                name
                is_icon=true
                form=|choice| view! { <LazyAlertForm choice/> }.into_any()
            />
        </li>
    }
}
