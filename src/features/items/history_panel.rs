//! The history of an item: the changes of each value. Opening a row shows the whole value.

use leptos::html;
use leptos::prelude::*;
use protocol::items::PastValue;

use super::differences::{Difference, differences};
use super::history::History;
use super::json_lines;
use super::json_view::JsonView;
use super::summary::preview;
use super::texts;
use crate::format::LocalTime;
use crate::ui::use_now;

/// The panel.
#[component]
pub(super) fn HistoryPanel(history: Memo<History>) -> impl IntoView {
    let revisions = move || history.with(History::newest_first);
    let value = move |rev| history.with_untracked(|history| history.get(rev).cloned());
    view! {
        <section class="panel" aria-labelledby="past">
            <h2 id="past">{texts::HISTORY}</h2>
            <ol class="past-values" role="list">
                <For each=revisions key=|rev| *rev let:rev>
                    {value(rev).map(|past| view! { <PastRow past history/> })}
                </For>
            </ol>
        </section>
    }
    .into_any()
}

#[component]
fn PastRow(past: PastValue, history: Memo<History>) -> impl IntoView {
    let today = use_now().today();
    let PastValue { rev, at, value } = past;
    let at = LocalTime::of(at);
    let value = StoredValue::new(value);
    // Values from before may come later than this one. A later change of the item changes nothing here.
    let before = Memo::new(move |_| history.with(|history| history.rev_before(rev)));
    let changes = move || {
        let before = before.get();
        history.with_untracked(|history| match before.and_then(|before| history.get(before)) {
            Some(before) => value.with_value(|value| changes(differences(&before.value, value))),
            None => view! { <code dir="auto">{value.with_value(preview)}</code> }.into_any(),
        })
    };
    let details = NodeRef::<html::Details>::new();
    let is_open = RwSignal::new(false);
    let on_toggle = move |_| is_open.set(details.get_untracked().is_some_and(|details| details.open()));
    let whole = move || {
        let lines = Signal::stored(value.with_value(|value| json_lines::lines(value, None).0));
        is_open.get().then(|| view! { <JsonView label=texts::revision(rev) lines/> })
    };
    view! {
        <li>
            <details node_ref=details on:toggle=on_toggle>
                <summary>
                    <span class="past-time">{move || at.seconds_seen_on(today.get())}</span>
                    <span class="past-changes">{changes}</span>
                    <span class="past-rev"><span class="visually-hidden">{texts::revision(rev)}</span><span aria-hidden="true">{rev}</span></span>
                </summary>
                {whole}
            </details>
        </li>
    }
}

fn changes((found, has_more): (Vec<Difference>, bool)) -> AnyView {
    if found.is_empty() {
        return texts::UNCHANGED.into_any();
    }
    let change = |Difference { place, before, now }: Difference| {
        let place = (!place.is_empty()).then(|| view! { <span class="past-place" dir="auto">{place}" "</span> });
        let arrow = (before.is_some() && now.is_some()).then_some(" → ");
        let before = before.map(|before| view! { <del dir="auto">{before}</del> });
        let now = now.map(|now| view! { <ins dir="auto">{now}</ins> });
        view! { <code class="past-change">{place}{before}{arrow}{now}</code>" " }
    };
    view! {
        {found.into_iter().map(change).collect_view()}
        {has_more.then_some("…")}
    }
    .into_any()
}
