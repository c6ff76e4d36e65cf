//! One table on the page of all: a way to its own page.

use domain::table::Table;
use domain::time::Timestamp;
use leptos::prelude::*;

use super::table_surface::TableSurface;
use crate::routes::Route;
use crate::state::words;

/// The card.
#[component]
pub(crate) fn TableCard(
    /// What is known of the table.
    #[prop(into)]
    table: Signal<Table>,
    /// The time.
    #[prop(into)]
    now: Signal<Timestamp>,
) -> impl IntoView {
    let id = table.with_untracked(|table| table.id.clone());
    let name = id.to_string();
    view! {
        <li>
            <a
                class="table-card"
                href=Route::Table(id).to_string()
                data-table=name
                data-status=move || words::status_name(table.with(|table| table.status))
            >
                <TableSurface table now />
            </a>
        </li>
    }
}
