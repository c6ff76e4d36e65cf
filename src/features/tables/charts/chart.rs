//! Draws a chart: its sentence, its drawing, its legend, and its data as a table.

use leptos::html;
use leptos::prelude::*;

use super::{Calendar, Chart, DataTable, Label, Layer, layers, percent_attribute};
use crate::features::tables::texts;
use crate::platform::focus;
use crate::ui::Scrubber;

/// How many rows of the data are shown at first, and with each “Show more”: thousands at once would block the page.
const ROWS: usize = 200;

/// The chart. It stays the same kind of chart.
#[component]
pub(in crate::features::tables) fn ChartFigure(
    /// What it shows.
    #[prop(into)]
    chart: Signal<Chart>,
) -> impl IntoView {
    let calendar = Calendar::of_device();
    let (kind, title, legend) = chart.with_untracked(|chart| {
        let model = chart.model();
        (model.kind(), model.title(), model.legend())
    });
    let summary = Memo::new(move |_| chart.with(|chart| chart.model().summary(&calendar)));
    let rows = Memo::new(move |_| chart.with(|chart| chart.model().rows(&calendar)));
    let rows = move || rows.get().into_iter().map(|row| view! { <span>{row}</span> }).collect_view();
    let signs =
        legend.iter().map(|(class, text)| view! { <li><span class=format!("chart-sign {class}")></span>{*text}</li> });
    view! {
        <figure class=format!("chart {kind}")>
            <figcaption>
                <h2>{title}</h2>
                <p>{summary}</p>
            </figcaption>
            <div class="chart-drawing">
                <div class="chart-rows" aria-hidden="true">{rows}</div>
                <Drawing chart label=Signal::derive(move || format!("{title}. {}", summary.get()))/>
            </div>
            <ul class="chart-legend">{signs.collect_view()}</ul>
            <Data chart title/>
        </figure>
    }
    .into_any()
}

/// The shapes with the labels below; what is pointed at is said in words.
#[component]
fn Drawing(chart: Signal<Chart>, label: Signal<String>) -> impl IntoView {
    let calendar = Calendar::of_device();
    let shapes = Memo::new(move |_| chart.with(|chart| layers(&chart.model().marks())));
    let columns = Memo::new(move |_| chart.with(|chart| chart.model().columns(&calendar)));
    let stops = Memo::new(move |_| chart.with(|chart| chart.model().stops()));
    let path =
        |Layer { class, path }: Layer| view! { <path class=class d=path vector-effect="non-scaling-stroke"></path> };
    let text = |Label { at, text }: Label| view! { <text x=percent_attribute(at) y="100%" dy="1.3em">{text}</text> };
    view! {
        <Scrubber
            label
            stops
            stride=chart.with_untracked(|chart| chart.model().stride())
            describe=move |(x, y)| chart.with(|chart| chart.model().describe(x, y, &calendar))
        >
            <svg aria-hidden="true">
                <svg viewBox="0 0 10000 10000" preserveAspectRatio="none">{move || shapes.get().into_iter().map(path).collect_view()}</svg>
                {move || columns.get().into_iter().map(text).collect_view()}
            </svg>
        </Scrubber>
    }
}

/// The data as a table, made while they are shown.
#[component]
fn Data(chart: Signal<Chart>, title: &'static str) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let details = NodeRef::<html::Details>::new();
    let on_toggle = move |_| is_open.set(details.get_untracked().is_some_and(|details| details.open()));
    view! {
        <details node_ref=details on:toggle=on_toggle>
            <summary>{texts::SHOW_DATA}</summary>
            {move || is_open.get().then(|| view! { <Table chart title/> })}
        </details>
    }
}

#[component]
fn Table(chart: Signal<Chart>, title: &'static str) -> impl IntoView {
    let calendar = Calendar::of_device();
    let data = Memo::new(move |_| chart.with(|chart| chart.model().data(&calendar)));
    let shown = RwSignal::new(ROWS);
    let region = NodeRef::<html::Div>::new();
    let more = move || data.with(|data| data.body.len()).saturating_sub(shown.get());
    let has_more = Memo::new(move |_| more() > 0);
    let show_more = move |_| {
        shown.update(|shown| *shown += ROWS);
        // The button may be gone now.
        focus::rescue_with(move || region.get_untracked().is_some_and(|region| region.focus().is_ok()));
    };
    let head = move || {
        data.with(|DataTable { head, .. }| {
            head.iter().map(|text| view! { <th scope="col">{text.clone()}</th> }).collect_view()
        })
    };
    let body = move || {
        data.with(|DataTable { body, .. }| body.iter().take(shown.get()).map(|cells| row(cells)).collect_view())
    };
    // It scrolls, so the keyboard must reach it, and a screen reader say what it is.
    view! {
        <div class="chart-numbers" node_ref=region tabindex="0" role="region" aria-label=texts::data_of(title)>
            <table>
                <thead><tr>{head}</tr></thead>
                <tbody>{body}</tbody>
            </table>
            {move || {
                has_more.get().then(|| view! {
                    <button type="button" on:click=show_more>{move || texts::show_more(more())}</button>
                })
            }}
        </div>
    }
}

fn row(cells: &[String]) -> impl IntoView + use<> {
    let (head, others) = cells.split_first().map(|(head, others)| (head.clone(), others.to_vec())).unwrap_or_default();
    view! {
        <tr>
            <th scope="row">{head}</th>
            {others.into_iter().map(|text| view! { <td>{text}</td> }).collect_view()}
        </tr>
    }
}
