//! All tables: which are free, and since when.

use domain::table::{Table, TableId};
use domain::topic::Topic;
use leptos::prelude::*;

use crate::browser::page;
use crate::components::notice::Notice;
use crate::components::skeleton::Skeleton;
use crate::components::table_card::TableCard;
use crate::routes::Route;
use crate::state::live::{Live, Tables};
use crate::state::news::{self, News};
use crate::state::session::Session;
use crate::state::ticking::Clock;
use crate::state::words::Count;

/// What the page shows, apart from the tables' own states.
#[derive(Debug, Clone, PartialEq)]
enum Content {
    Loading,
    Refused(String),
    Empty,
    Tables,
}

/// The page.
#[component]
pub(crate) fn TablesPage() -> impl IntoView {
    let (live, news, session) = (expect_context::<Live>(), expect_context::<News>(), expect_context::<Session>());
    let tables = live.watch(Topic::Tables);
    let count = Memo::new(move |_| tables.with(|tables| Count::of(tables.list())));
    Effect::new(move || page::set_title(&count.get().title()));
    Effect::new(move |before: Option<Vec<Table>>| {
        let after = tables.with(|tables| tables.list().to_vec());
        if let Some(sentence) = news::between(before.as_deref().unwrap_or_default(), &after) {
            news.say(sentence);
        }
        after
    });
    let content = Memo::new(move |_| {
        tables.with(|tables| match tables {
            Tables::Loading => Content::Loading,
            Tables::Refused(message) => Content::Refused(message.clone()),
            Tables::Known(tables) if tables.is_empty() => Content::Empty,
            Tables::Known(_) => Content::Tables,
        })
    });
    let body = move || match content.get() {
        Content::Loading => view! { <Skeleton /> }.into_any(),
        Content::Refused(message) => {
            view! { <Notice title="The tables cannot be shown" text=format!("{message} Reload the page to ask again.") /> }
                .into_any()
        }
        Content::Empty => view! { <Empty is_admin=session.is_admin() /> }.into_any(),
        Content::Tables => view! { <Grid tables /> }.into_any(),
    };
    view! {
        <div class="page-head">
            <h1 tabindex="-1">"Tables"</h1>
            <p class="page-summary">{move || count.get().summary()}</p>
        </div>
        {body}
    }
}

#[component]
fn Grid(tables: Signal<Tables>) -> impl IntoView {
    let now = expect_context::<Clock>().now();
    let ids = move || tables.with(|tables| tables.list().iter().map(|table| table.id.clone()).collect::<Vec<TableId>>());
    let card = move |id: TableId| {
        let find = move |tables: &Tables| tables.list().iter().find(|table| table.id == id).cloned();
        // A table that is gone keeps its last state until its card is gone too.
        let table = Memo::new(move |before: Option<&Option<Table>>| tables.with(&find).or_else(|| before?.clone()));
        table.get_untracked().map(|first| {
            let table = Signal::derive(move || table.get().unwrap_or_else(|| first.clone()));
            view! { <TableCard table now /> }
        })
    };
    view! {
        <ul class="tables" role="list">
            <For each=ids key=Clone::clone children=card />
        </ul>
    }
}

#[component]
fn Empty(is_admin: Signal<bool>) -> impl IntoView {
    move || {
        if is_admin.get() {
            let text = "Register the first one; then give its sensor a key, and its state will show here.".to_owned();
            view! {
                <Notice title="There are no tables yet" text>
                    <a class="primary" href=Route::Admin.to_string()>
                        "Register a table"
                    </a>
                </Notice>
            }
            .into_any()
        } else {
            let text = "As soon as an admin registers one, it will show here by itself.".to_owned();
            view! { <Notice title="There are no tables yet" text /> }.into_any()
        }
    }
}
