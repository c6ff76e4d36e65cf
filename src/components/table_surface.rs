//! A table as it is seen from above: its own green when it is free, dark red when somebody plays, hatched without signal.
//! Word, sign and colour say the same.

use domain::table::{Table, TableStatus};
use domain::time::Timestamp;
use leptos::prelude::*;

use crate::state::words;

/// The table.
#[component]
pub(crate) fn TableSurface(
    /// What is known of it.
    #[prop(into)]
    table: Signal<Table>,
    /// The time.
    #[prop(into)]
    now: Signal<Timestamp>,
) -> impl IntoView {
    let status = Memo::new(move |_| table.with(|table| table.status));
    let name = Memo::new(move |_| table.with(|table| words::name(table).to_owned()));
    let since = Memo::new(move |_| table.with(|table| table.since));
    let lasting = Memo::new(move |_| words::lasting(now.get().since(since.get())));
    // The id is there for those who set up sensors; a table without a description shows it as its name already.
    let id = Memo::new(move |_| table.with(|table| (words::name(table) != table.id.as_str()).then(|| table.id.to_string())));
    view! {
        <span class="table-surface" data-status=move || words::status_name(status.get())>
            <span class="surface-name">{move || name.get()}</span>
            <span class="surface-id">{move || id.get()}</span>
            <span class="surface-status">
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d=move || sign(status.get()) />
                </svg>
                {move || words::status(status.get())}
            </span>
            <time class="surface-since" datetime=move || since.get().to_string()>
                {move || lasting.get()}
            </time>
        </span>
    }
}

/// A ball at rest; a bat and a ball; a crossed-out ball.
const fn sign(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 3.2a5.8 5.8 0 1 1 0 11.6 5.8 5.8 0 0 1 0-11.6Z",
        TableStatus::Busy => {
            "M10 2.5a7.5 7.5 0 0 1 7.3 9.2l-8 6.2-5.6-5.3A7.5 7.5 0 0 1 10 2.5ZM3.6 15.1l4.2 4-1.6 2.4a1.9 1.9 0 0 1-2.9.3l-.9-.9a1.9 1.9 0 0 1 .2-2.8ZM19 15.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z"
        }
        TableStatus::NoSignal => {
            "M4.3 2.6 21.4 19.700l-1.900 1.900-2.300-2.300A9 9 0 0 1 4.700 6.800L2.400 4.500ZM7 9.100a5.800 5.800 0 0 0 7.900 7.900ZM12 3a9 9 0 0 1 7.900 13.200l-2.400-2.400A5.800 5.800 0 0 0 10.200 6.500L7.800 4.100A9 9 0 0 1 12 3Z"
        }
    }
}
