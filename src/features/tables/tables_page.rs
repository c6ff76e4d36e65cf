//! All tables: which are free, and since when. With the query `?wall` they fill a screen on a wall, without any control.

use domain::table::Table;
use domain::topic::Topic;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::announcements::announce_changes;
use super::summary::Summary;
use super::table_card::TableCard;
use super::texts;
use crate::auth::Session;
use crate::live::{TopicStore, use_topic};
use crate::paths::Path;
use crate::platform::intl;
use crate::platform::page;
use crate::ui::{ActionLink, CardSkeletons, EmptyState, PageHeading, PageTitle, TopicView};

/// The page.
#[component]
pub(crate) fn TablesPage() -> impl IntoView {
    let tables = use_topic::<Table>(Topic::Tables);
    announce_changes(Signal::derive(move || tables.list()));
    mark_first_status(tables);
    let summary = Memo::new(move |_| Summary::of(&tables.list()));
    let order = tables.ids_by(|table| intl::lower_case(table.name()));
    let search = use_location().search;
    let is_wall = Memo::new(move |_| search.with(|search| is_wall(search)));
    view! {
        <PageTitle title=Signal::derive(move || summary.get().title())/>
        <div class="tables-page" data-wall=move || is_wall.get().then_some("")>
            <PageHeading title=texts::TABLES>
                <p class="page-summary">{move || summary.get().sentence()}</p>
                <a class="wall-link" href=[&Path::Tables.to_string(), "?", WALL].concat()>{texts::WALL}</a>
            </PageHeading>
            <TopicView topic=tables loading=|| view! { <CardSkeletons/> } denied=texts::DENIED empty=|| view! { <NoTables/> }>
                <ul class="tables" role="list">
                    <For each=move || order.get() key=String::clone let:id>
                        {tables.entry(&id).map(|table| view! { <TableCard table=table.into()/> })}
                    </For>
                </ul>
            </TopicView>
        </div>
    }
}

/// The query of the view for a wall.
const WALL: &str = "wall";

/// Whether a query asks for the view for a wall; the `?` may stand before it.
fn is_wall(search: &str) -> bool {
    search.trim_start_matches('?').split('&').any(|part| part.split('=').next() == Some(WALL))
}

#[component]
fn NoTables() -> impl IntoView {
    let session = expect_context::<Session>();
    let is_admin = Memo::new(move |_| session.is_admin());
    move || match is_admin.get() {
        true => view! {
            <EmptyState title=texts::EMPTY body=texts::EMPTY_ADMIN>
                <ActionLink href=Path::Admin.to_string() label=texts::ADD_TABLE/>
            </EmptyState>
        }
        .into_any(),
        false => view! { <EmptyState title=texts::EMPTY body=texts::EMPTY_OTHERS/> }.into_any(),
    }
}

/// Marks when the first status is on the screen, for measurements.
fn mark_first_status(tables: TopicStore<Table>) {
    Effect::new(move |is_marked: Option<bool>| {
        if is_marked == Some(true) {
            return true;
        }
        let has_status = !tables.is_empty();
        if has_status {
            page::mark_after_paint("first-live-status");
        }
        has_status
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_for_a_wall_is_a_part_of_the_query() {
        for search in ["?wall", "wall", "?wall=", "?theme=dark&wall"] {
            assert!(is_wall(search), "{search}");
        }
        for search in ["", "?", "?wallpaper", "?is=wall"] {
            assert!(!is_wall(search), "{search}");
        }
    }
}
