//! A table as it is seen from above: green when it is free, dark red when it is busy, hatched without signal. Word, sign and colour say the
//! same.

use domain::table::{Table, TableStatus};
use leptos::prelude::*;

use super::texts;
use crate::format;
use crate::ui::use_now;

/// The table, with its status and how many people wait for it.
#[component]
pub(super) fn TableSurface(
    /// The table.
    table: Signal<Table>,
    /// What people call it, where the page does not say so already.
    #[prop(optional)]
    name: Option<Signal<String>>,
) -> impl IntoView {
    let now = use_now().device();
    let status = move || table.with(|table| table.status);
    view! {
        <span class="table-surface" data-status=move || status_name(status())>
            {name.map(|name| view! { <span class="surface-name" dir="auto">{name}</span> })}
            <span class="surface-status">
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d=move || sign(status())></path></svg>
                {move || texts::status(status())}
            </span>
            <span class="surface-facts">
                <span class="surface-waiting">{move || texts::waiting_for(table.with(|table| table.waiting))}</span>
                <time datetime=move || table.with(|table| table.since.to_string())>
                    {move || table.with(|table| format::lasting(now.get().since(table.since)))}
                </time>
            </span>
        </span>
    }
}

/// The status as attributes and style sheets name it.
pub(super) const fn status_name(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "free",
        TableStatus::Busy => "busy",
        TableStatus::NoSignal => "no_signal",
    }
}

/// A ball at rest; a bat and a ball; a ball that is crossed out.
const fn sign(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 3.2a5.8 5.8 0 1 1 0 11.6 5.8 5.8 0 0 1 0-11.6Z",
        TableStatus::Busy => {
            "M10 2.5a7.5 7.5 0 0 1 7.3 9.2l-8 6.2-5.6-5.3A7.5 7.5 0 0 1 10 2.5ZM3.6 15.1l4.2 4-1.6 2.4a1.9 1.9 0 0 1-2.9.3\
             l-.9-.9a1.9 1.9 0 0 1 .2-2.8ZM19 15.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z"
        }
        TableStatus::NoSignal => {
            "M4.3 2.6 21.4 19.7l-1.9 1.9-2.3-2.3A9 9 0 0 1 4.7 6.8L2.4 4.5ZM7 9.1a5.8 5.8 0 0 0 7.9 7.9Z\
             M12 3a9 9 0 0 1 7.9 13.2l-2.4-2.4A5.8 5.8 0 0 0 10.2 6.5L7.8 4.1A9 9 0 0 1 12 3Z"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: [TableStatus; 3] = [TableStatus::Free, TableStatus::Busy, TableStatus::NoSignal];

    #[test]
    fn style_sheets_name_a_status_as_the_api_does() {
        for status in STATUSES {
            assert_eq!(serde_json::to_value(status).unwrap(), status_name(status));
        }
    }

    #[test]
    fn each_status_has_a_sign_of_its_own() {
        for (index, status) in STATUSES.into_iter().enumerate() {
            assert!(STATUSES[..index].iter().all(|other| sign(*other) != sign(status)), "{status:?}");
        }
    }
}
