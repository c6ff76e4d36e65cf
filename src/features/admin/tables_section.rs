//! The section about tables: all of them, and a form for another.

use domain::table::Table;
use leptos::prelude::*;

use super::table_form::TableForm;
use super::table_row::{TableRow, delete_button};
use super::texts;
use crate::live::TopicStore;
use crate::ui::{ListFocus, TopicView};

/// The section.
#[component]
pub(super) fn TablesSection(
    /// The tables.
    tables: TopicStore<Table>,
    /// Their ids, in the order in which they are listed.
    order: Memo<Vec<String>>,
) -> impl IntoView {
    let list_focus = ListFocus::new(delete_button, "#admin-tables");
    view! {
        <section class="panel" aria-labelledby="admin-tables">
            <h2 id="admin-tables" tabindex="-1">{texts::TABLES}</h2>
            <TopicView
                topic=tables
                loading=|| view! { <p class="hint" role="status" aria-busy="true">{texts::LOADING_TABLES}</p> }
                denied=texts::TABLES_DENIED
                empty=|| view! { <p class="hint">{texts::NO_TABLES}</p> }
            >
                <ul class="rows" role="list">
                    <For each=move || list_focus.keep(order.get()) key=String::clone let:id>
                        {tables.entry(&id).map(|table| view! { <TableRow table=table.into()/> })}
                    </For>
                </ul>
            </TopicView>
            <h3>{texts::NEW_TABLE}</h3>
            <TableForm/>
        </section>
    }
}
