//! How a table was used: the last 24 hours, the last 90 days, the typical busy hours. Live changes are added.

use domain::table::{Table, TableId};
use domain::time::Timestamp;
use domain::usage::{StatusChange, Usage};
use leptos::prelude::*;

use super::charts::{Calendar, Chart, ChartFigure, DayBars, DayStrip, HeatMap};
use super::live_history::{LiveHistory, end_of_strip};
use super::texts;
use crate::api;
use crate::live::Live;
use crate::platform::{focus, page};
use crate::ui::{EmptyState, Loaded, Loader, use_now};

/// How often the usage is read again while the page is visible, in milliseconds: its last hour grows.
const USAGE_AGE: i64 = 10 * 60_000;

/// The charts.
#[component]
pub(super) fn History(id: TableId, table: Signal<Table>) -> impl IntoView {
    let usage = Loader::new(move || {
        let id = id.clone();
        Box::pin(async move { api::tables::usage(&id).await })
    });
    reload_now_and_then(usage);
    let is_known = Memo::new(move |_| usage.with(|usage| matches!(usage, Loaded::Ready(_))));
    // The strip first: the larger charts are worked out when the browser has nothing else to do.
    let has_hours = RwSignal::new(false);
    Effect::new(move |_| {
        if is_known.get() {
            page::when_idle(move || _ = has_hours.try_set(true));
        }
    });
    let error = Memo::new(move |_| usage.error().map(|error| error.to_string()));
    let is_retried = StoredValue::new(false);
    Effect::new(move |_| {
        if is_known.get() && is_retried.get_value() {
            // “Try again” had the focus, and is gone.
            focus::rescue_with(|| focus::focus(".chart summary"));
        }
    });
    let retry = move |_| {
        is_retried.set_value(true);
        usage.reload();
    };
    let failure = move || {
        error.get().map(|error| {
            view! {
                <EmptyState title=texts::HISTORY_FAILED body=error>
                    <div class="actions">
                        <button type="button" on:click=retry>{texts::TRY_AGAIN}</button>
                    </div>
                </EmptyState>
            }
        })
    };
    view! {
        <div>
            <div class="charts strip">{move || is_known.get().then(|| view! { <Strip usage table/> })}</div>
            {move || (is_known.get() && has_hours.get()).then(|| view! { <Hours usage/> })}
            {failure}
        </div>
    }
    .into_any()
}

/// The last 24 hours.
#[component]
fn Strip(usage: Loader<Usage>, table: Signal<Table>) -> impl IntoView {
    // The server's time, as the changes have it.
    let now = use_now().server(expect_context::<Live>());
    let live = RwSignal::new(LiveHistory::default());
    let change = Memo::new(move |_| table.with(|table| StatusChange { at: table.since, status: table.status }));
    Effect::new(move |_| {
        let change = change.get();
        untrack(|| with_day(usage, |day| live.update(|live| live.push(change, day))));
    });
    let changes = Memo::new(move |_| with_day(usage, |day| live.with(|live| live.after(day))));
    let end: Memo<Timestamp> = Memo::new(move |_| changes.with(|changes| end_of_strip(changes, now.get())));
    let chart = Memo::new(move |_| changes.with(|changes| Chart::DayStrip(DayStrip::new(changes, end.get()))));
    view! { <ChartFigure chart/> }
}

/// The last 90 days, and the typical busy hours.
#[component]
fn Hours(usage: Loader<Usage>) -> impl IntoView {
    let calendar = Calendar::of_device();
    let chart = move |make: fn(&Usage, &Calendar) -> Chart| {
        Memo::new(move |before: Option<&Chart>| {
            let next = usage.with(|usage| match usage {
                Loaded::Ready(usage) => Some(make(usage, &calendar)),
                _ => None,
            });
            next.or_else(|| before.cloned()).unwrap_or_else(|| make(&nothing(), &calendar))
        })
    };
    let days = chart(|usage, calendar| Chart::DayBars(DayBars::new(usage, calendar)));
    let hours = chart(|usage, calendar| Chart::HeatMap(HeatMap::new(usage, calendar)));
    view! {
        <div class="charts">
            <ChartFigure chart=days/>
            <ChartFigure chart=hours/>
        </div>
    }
}

/// The usage of a table of which nothing is known.
fn nothing() -> Usage {
    domain::usage::usage(&[], Timestamp::default())
}

/// Reads the changes of the last 24 hours as the server had them (tracked).
fn with_day<R>(usage: Loader<Usage>, read: impl FnOnce(&[StatusChange]) -> R) -> R {
    usage.with(|usage| match usage {
        Loaded::Ready(usage) => read(&usage.day),
        _ => read(&[]),
    })
}

/// Reads the usage again when it is old and the page is visible.
fn reload_now_and_then(usage: Loader<Usage>) {
    let now = use_now().device();
    Effect::new(move |loaded: Option<i64>| {
        let age = now.get().milliseconds().div_euclid(USAGE_AGE);
        if is_due(loaded, age, page::is_visible) {
            usage.reload();
            return age;
        }
        loaded.unwrap_or(age)
    });
}

/// Whether the usage is to be read again at an age: the one that is shown is of another age, and the page is visible.
fn is_due(loaded: Option<i64>, age: i64, is_visible: impl FnOnce() -> bool) -> bool {
    loaded.is_some_and(|loaded| loaded != age) && is_visible()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_is_read_again_when_it_is_old_and_seen() {
        for (loaded, age, is_visible, expected) in [
            (None, 7, true, false),
            (Some(7), 7, true, false),
            (Some(7), 8, true, true),
            (Some(7), 8, false, false),
            // The device's clock was set back.
            (Some(8), 7, true, true),
        ] {
            assert_eq!(is_due(loaded, age, || is_visible), expected, "{loaded:?}, {age}, {is_visible}");
        }
    }

    #[test]
    fn nothing_is_known_of_a_table_before_its_usage_is_read() {
        let usage = nothing();
        assert!(usage.day.is_empty() && usage.hours.iter().all(Option::is_none));
    }
}
