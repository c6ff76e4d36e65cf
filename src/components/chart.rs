//! A chart: its drawing, its sentence, and its numbers as a table for whoever wants or needs them.

use leptos::prelude::*;

use crate::state::charts;

/// The chart.
#[component]
pub(crate) fn Chart(
    /// What it shows.
    chart: charts::Chart,
) -> impl IntoView {
    let charts::Chart { kind, title, summary, rows, columns, marks, legend, head, body } = chart;
    let percent = |part: f64| format!("{part:.2}%");
    let mark = |mark: charts::Mark| {
        view! {
            <rect
                class=mark.class
                x=percent(mark.x)
                y=percent(mark.y)
                width=percent(mark.width)
                height=percent(mark.height)
            >
                <title>{mark.title}</title>
            </rect>
        }
    };
    let column = |label: charts::Label| {
        view! {
            <text x=percent(label.at) y="100%" dy="1.3em">
                {label.text}
            </text>
        }
    };
    let sign = |(class, text): (&'static str, &'static str)| {
        view! {
            <li>
                <span class=format!("chart-sign {class}")></span>
                {text}
            </li>
        }
    };
    view! {
        <figure class=format!("chart {kind}")>
            <figcaption>
                <h2>{title}</h2>
                <p>{summary.clone()}</p>
            </figcaption>
            <div class="chart-drawing">
                <div class="chart-rows" aria-hidden="true">
                    {rows.into_iter().map(|row| view! { <span>{row}</span> }).collect_view()}
                </div>
                <svg role="img" aria-label=format!("{title}. {summary}")>
                    {marks.into_iter().map(mark).collect_view()}
                    {columns.into_iter().map(column).collect_view()}
                </svg>
            </div>
            <ul class="chart-legend">{legend.into_iter().map(sign).collect_view()}</ul>
            <Numbers head body />
        </figure>
    }
}

/// The numbers, made when they are asked for.
#[component]
fn Numbers(head: Vec<&'static str>, body: Vec<Vec<String>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let cells = |row: &Vec<String>| {
        let mut cells = row.iter().cloned();
        let first = cells.next();
        view! {
            <tr>
                <th scope="row">{first}</th>
                {cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}
            </tr>
        }
    };
    let table = move || {
        open.get().then(|| {
            view! {
                <div class="chart-numbers" tabindex="0">
                    <table>
                        <thead>
                            <tr>{head.iter().map(|head| view! { <th scope="col">{*head}</th> }).collect_view()}</tr>
                        </thead>
                        <tbody>{body.iter().map(cells).collect_view()}</tbody>
                    </table>
                </div>
            }
        })
    };
    view! {
        <details on:toggle=move |_| open.set(true)>
            <summary>"The numbers"</summary>
            {table}
        </details>
    }
}
