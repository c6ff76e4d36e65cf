//! One table: its state, how it was used, and a code for the wall beside it.

use domain::table::{Table, TableId};
use domain::topic::Topic;
use domain::usage::{StatusChange, Usage};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::{navigation, page};
use crate::components::chart::Chart;
use crate::components::dialog::Dialog;
use crate::components::notice::Notice;
use crate::components::table_surface::TableSurface;
use crate::components::wall_code::WallCodePoster;
use crate::routes::Route;
use crate::state::api::{self, Failure};
use crate::state::charts::{day_bars, day_strip, heat_map};
use crate::state::live::{Live, Tables};
use crate::state::news::{self, News};
use crate::state::ticking::{Clock, local};
use crate::state::words;

/// How often the usage is asked for anew while the page is seen, in milliseconds: its last hour grows.
const USAGE_AGE: i64 = 10 * 60_000;

/// What the page shows, apart from the table's own state.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Content {
    Loading,
    Unknown,
    Gone,
    Table,
}

/// The page.
#[component]
pub(crate) fn TablePage(
    /// Which table.
    id: TableId,
) -> impl IntoView {
    let (live, news) = (expect_context::<Live>(), expect_context::<News>());
    let tables = live.watch(Topic::Table(id.clone()));
    // A table that is gone keeps its last state, so that the page can say whose it was.
    let table = Memo::new(move |before: Option<&Option<Table>>| {
        tables.with(|tables| tables.list().first().cloned()).or_else(|| before?.clone())
    });
    let name = Memo::new(move |_| table.with(|table| table.as_ref().map(|table| words::name(table).to_owned())));
    let title = name.get_untracked().unwrap_or_else(|| id.to_string());
    let shown_name = Memo::new(move |_| name.get().unwrap_or_else(|| title.clone()));
    let content = Memo::new(move |_| {
        tables.with(|tables| match tables {
            Tables::Loading => Content::Loading,
            Tables::Known(tables) if !tables.is_empty() => Content::Table,
            _ if table.with(Option::is_some) => Content::Gone,
            _ => Content::Unknown,
        })
    });
    Effect::new(move || {
        let status = table.with(|table| table.as_ref().map(|table| words::status(table.status)));
        let status = status.filter(|_| content.get() == Content::Table).map(|word| format!("{word} · ")).unwrap_or_default();
        page::set_title(&format!("{status}{} · Rally", shown_name.get()));
    });
    Effect::new(move |before: Option<Vec<Table>>| {
        let after = tables.with(|tables| tables.list().to_vec());
        if let Some(sentence) = news::between(before.as_deref().unwrap_or_default(), &after) {
            news.say(sentence);
        }
        after
    });
    let notice = |title: &'static str, text: String| {
        view! {
            <Notice title text>
                <a class="primary" href="/">
                    "See all tables"
                </a>
            </Notice>
        }
        .into_any()
    };
    let body = move || match (content.get(), table.get_untracked()) {
        (Content::Loading, _) => view! { <div class="skeleton big"></div> }.into_any(),
        (Content::Table, Some(first)) => {
            let table = Signal::derive(move || table.get().unwrap_or_else(|| first.clone()));
            view! { <Known table /> }.into_any()
        }
        (Content::Gone, _) => notice("This table has been removed", "An admin has deleted it just now.".to_owned()),
        _ => notice("There is no such table", format!("No table has the id “{id}”. It may have been removed.")),
    };
    view! {
        <p class="way-back">
            <a href=Route::Tables.to_string()>"← All tables"</a>
        </p>
        <div class="page-head">
            <h1 tabindex="-1">{move || shown_name.get()}</h1>
        </div>
        {body}
    }
}

/// What is shown of a table that there is.
#[component]
fn Known(table: Signal<Table>) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let since = Memo::new(move |_| table.with(|table| table.since));
    let since_words = move || format!("Since {}", local(since.get()).clock_seen_from(local(clock.now().get())));
    let id = table.with_untracked(|table| table.id.clone());
    let status = move || words::status_name(table.with(|table| table.status));
    view! {
        <div class="table-head" data-table=id.to_string() data-status=status>
            <TableSurface table now=clock.now() />
            <div class="table-facts">
                <p>{since_words}</p>
                <p>"Id " <code>{id.to_string()}</code></p>
                <WallCode table />
            </div>
        </div>
        <History table id />
    }
}

/// The button for the code, and the code.
#[component]
fn WallCode(table: Signal<Table>) -> impl IntoView {
    let open = RwSignal::new(false);
    let poster = move || {
        let (name, path) =
            table.with(|table| (words::name(table).to_owned(), Route::Table(table.id.clone()).to_string()));
        let address = format!("{}{path}", navigation::origin());
        view! { <WallCodePoster name address on_print=|()| page::print() on_close=move |()| open.set(false) /> }
    };
    view! {
        <button type="button" on:click=move |_| open.set(true)>
            "QR code for the wall"
        </button>
        <Dialog open title="QR code for the wall".to_owned()>
            {poster()}
        </Dialog>
    }
}

/// How the table was used. Goes on with what is heard live, and asks anew now and then.
#[component]
fn History(table: Signal<Table>, id: TableId) -> impl IntoView {
    let usage = RwSignal::new(None::<Result<Usage, Failure>>);
    let now = expect_context::<Clock>().now();
    let ask = Callback::new(move |()| {
        let id = id.clone();
        spawn_local(async move {
            let answer = api::usage(&id).await;
            // An older answer is better than a fault.
            if answer.is_ok() || usage.with_untracked(|known| !matches!(known, Some(Ok(_)))) {
                usage.try_set(Some(answer));
            }
        });
    });
    let age = Memo::new(move |_| now.get().milliseconds() / USAGE_AGE);
    Effect::new(move || {
        age.track();
        if page::is_visible() {
            ask.run(());
        }
    });
    Effect::new(move || {
        let last = table.with(|table| StatusChange { at: table.since, status: table.status });
        usage.update(|usage| {
            if let Some(Ok(usage)) = usage
                && usage.day.last().is_none_or(|known| known.at < last.at && known.status != last.status)
            {
                usage.day.push(last);
            }
        });
    });
    // The strip moves on by itself, a minute at a time.
    let minute = Memo::new(move |_| now.get().milliseconds() / 60_000);
    let strip = move || {
        minute.track();
        usage.with(|usage| Some(day_strip::chart(&usage.as_ref()?.as_ref().ok()?.day, now.get_untracked(), local)))
    };
    let hours = Memo::new(move |_| {
        usage.with(|usage| {
            let usage = usage.as_ref()?.as_ref().ok()?;
            Some((day_bars::chart(usage, local), heat_map::chart(usage, local)))
        })
    });
    let failure = Memo::new(move |_| usage.with(|usage| usage.as_ref()?.as_ref().err().map(|one| one.message.clone())));
    let notice = move |text: String| {
        view! {
            <Notice title="Its history cannot be shown" text>
                <button class="primary" type="button" on:click=move |_| ask.run(())>
                    "Try again"
                </button>
            </Notice>
        }
    };
    view! {
        <div class="charts">
            {move || strip().map(|chart| view! { <Chart chart /> })}
            {move || hours.get().map(|(days, week)| view! { <Chart chart=days /> <Chart chart=week /> })}
            {move || failure.get().map(notice)}
        </div>
    }
}
