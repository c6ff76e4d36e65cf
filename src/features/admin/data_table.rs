//! A table of an admin's data. Where it is too wide its rows are stacks, and each cell says itself what it is.

use leptos::prelude::*;

/// The table. The explicit roles keep it a table for assistive technology while style sheets stack it.
#[component]
pub(super) fn DataTable(
    /// What it is called.
    label: &'static str,
    /// What the columns are called. Behind them is one for buttons.
    columns: &'static [&'static str],
    /// The rows.
    children: Children,
) -> impl IntoView {
    let heads = columns.iter().map(|name| view! { <th role="columnheader" scope="col">{*name}</th> });
    view! {
        <table class="data-table" role="table" aria-label=label>
            <thead role="rowgroup">
                <tr role="row">
                    {heads.collect_view()}
                    <td role="cell"></td>
                </tr>
            </thead>
            <tbody role="rowgroup">{children()}</tbody>
        </table>
    }
}

/// A cell of a row.
#[component]
pub(super) fn Cell(
    /// What its column is called.
    label: &'static str,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    view! {
        <td role="cell" data-label=label>
            <div class="cell">{children()}</div>
        </td>
    }
}

/// Names in a cell, each separate from the other names and from words.
#[component]
pub(super) fn Names(
    /// The names.
    #[prop(into)]
    names: Signal<Vec<String>>,
) -> impl IntoView {
    let item = |name: String| view! { <li dir="auto">{name}</li> };
    view! { <ul class="names" role="list">{move || names.get().into_iter().map(item).collect_view()}</ul> }
}
