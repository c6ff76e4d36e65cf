//! One number of an item over time, as a line and in words.

use domain::reading::Path as JsonPointer;
use leptos::prelude::*;

use super::history::History;
use super::pointer_select::PointerSelect;
use super::texts;
use super::trend::{self, HEIGHT, Trend, WIDTH};

/// The panel; `pointers` is where the numbers of the item's value stand.
#[component]
pub(super) fn TrendPanel(pointers: Memo<Vec<JsonPointer>>, history: Memo<History>) -> impl IntoView {
    let chosen = RwSignal::new(None::<JsonPointer>);
    let shown = Memo::new(move |_| pointers.with(|all| chosen.with(|chosen| trend::shown(chosen.as_ref(), all))));
    let trend = Memo::new(move |_| history.with(|history| shown.with(|shown| Trend::of(history.list(), shown))));
    let has_numbers = Memo::new(move |_| pointers.with(|all| !all.is_empty()));
    let content = move || match has_numbers.get() {
        true => view! {
            <div class="field">
                <label for="path">{texts::NUMBER}</label>
                <PointerSelect id="path" pointers chosen=shown on_choose=move |pointer| chosen.set(Some(pointer))/>
            </div>
            {move || trend.get().map(|trend| view! { <Line trend/> })}
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

#[component]
fn Line(trend: Trend) -> impl IntoView {
    let summary = trend.summary();
    view! {
        <figure class="sparkline">
            <svg
                viewBox=format!("0 -10 {WIDTH} {}", HEIGHT + 20)
                preserveAspectRatio="none"
                role="img"
                aria-label=summary.clone()
            >
                <polyline points=trend.points></polyline>
            </svg>
            <figcaption>{summary}</figcaption>
        </figure>
    }
}
