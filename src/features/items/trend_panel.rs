//! One number of an item over time, as a line and in words.

use domain::json_pointer::JsonPointer;
use domain::time::Timestamp;
use leptos::prelude::*;

use super::history::History;
use super::pointer_select::PointerSelect;
use super::texts;
use super::trend::{self, HEIGHT, Trend, WIDTH};
use crate::format::LocalTime;
use crate::ui::{Scrubber, use_now};

/// The panel; `pointers` is where the numbers of the item's value stand.
#[component]
pub(super) fn TrendPanel(pointers: Memo<Vec<JsonPointer>>, history: Memo<History>) -> impl IntoView {
    let chosen = RwSignal::new(None::<JsonPointer>);
    let shown = Memo::new(move |_| pointers.with(|all| chosen.with(|chosen| trend::shown(chosen.as_ref(), all))));
    let trend = Memo::new(move |_| history.with(|history| shown.with(|shown| Trend::of(history.list(), shown))));
    let has_choice = Memo::new(move |_| pointers.with(|all| shown.with(|shown| trend::choices(shown, all).len() > 1)));
    let has_line = Memo::new(move |_| trend.with(Option::is_some));
    let has_numbers = Memo::new(move |_| pointers.with(|all| !all.is_empty()));
    let content = move || match has_numbers.get() {
        true => view! {
            <Show when=move || has_choice.get()>
                <div class="field">
                    <label for="path">{texts::NUMBER}</label>
                    <PointerSelect id="path" pointers chosen=shown on_choose=move |pointer| chosen.set(Some(pointer))/>
                </div>
            </Show>
            {move || has_line.get().then(|| view! { <Line trend/> })}
        }
        .into_any(),
        false => view! { <p class="hint">{texts::NO_NUMBER}</p> }.into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="trend">
            <h2 id="trend">{texts::TREND}</h2>
            {content}
        </section>
    }
}

/// The line with its axes: the highest and lowest number, and the first and last time.
#[component]
fn Line(trend: Memo<Option<Trend>>) -> impl IntoView {
    let today = use_now().today();
    let clock = move |at: Timestamp| LocalTime::of(at).seconds_seen_on(today.get_untracked());
    let of_trend =
        move |read: fn(&Trend) -> String| move || trend.with(|trend| trend.as_ref().map(read).unwrap_or_default());
    let edge = move |choose: fn((Timestamp, Timestamp)) -> Timestamp| {
        move || trend.with(|trend| trend.as_ref().and_then(Trend::span).map(|span| clock(choose(span))))
    };
    view! {
        <figure class="sparkline">
            <figcaption>{of_trend(Trend::summary)}</figcaption>
            <div class="sparkline-drawing">
                <div class="sparkline-numbers" aria-hidden="true">
                    <span>{of_trend(|trend| trend.highest.clone())}</span>
                    <span>{of_trend(|trend| trend.lowest.clone())}</span>
                </div>
                <Scrubber
                    label=Signal::derive(of_trend(Trend::summary))
                    stops=Signal::derive(move || trend.with(|trend| trend.as_ref().map(Trend::stops).unwrap_or_default()))
                    axis=move || view! {
                        <p class="sparkline-times" aria-hidden="true">
                            <span>{edge(|(first, _)| first)}</span>
                            <span>{edge(|(_, last)| last)}</span>
                        </p>
                    }
                    describe=move |place| trend.with(|trend| trend.as_ref().and_then(|trend| trend.describe(place, clock)))
                >
                    <svg viewBox=format!("0 -10 {WIDTH} {}", HEIGHT + 20) preserveAspectRatio="none" aria-hidden="true">
                        <polyline points=of_trend(|trend| trend.points.clone())></polyline>
                    </svg>
                </Scrubber>
            </div>
        </figure>
    }
    .into_any()
}
