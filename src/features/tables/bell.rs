//! The bell of a table: notifies once when it is free. Says whether it is set by more than its colour.

use domain::alert::AlertRule;
use domain::table::Table;
use domain::topic::Topic;
use leptos::prelude::*;

use super::texts;
use crate::notifications::Notifications;
use crate::notifications::texts::{NOTIFY_ME, NOTIFYING};

/// The bell.
#[component]
pub(super) fn Bell(table: Signal<Table>) -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let topic = StoredValue::new(Topic::Table(table.with_untracked(|table| table.id.clone())));
    let is_set = Memo::new(move |_| topic.with_value(|topic| notifications.rule(topic).is_some()));
    let is_pending = Memo::new(move |_| topic.with_value(|topic| notifications.is_alert_pending(topic)));
    let press = move |_| {
        let topic = topic.get_value();
        if is_set.get_untracked() {
            notifications.delete_alert(topic);
        } else {
            notifications.set_alert(topic, AlertRule::FreeOnce);
        }
    };
    view! {
        <button
            type="button"
            class="bell"
            aria-pressed=move || is_set.get().to_string()
            aria-busy=move || is_pending.get().then_some("true")
            on:click=press
        >
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 3a6 6 0 0 0-6 6c0 6-2 7-2 9h16c0-2-2-3-2-9a6 6 0 0 0-6-6M9.5 20a2.5 2.5 0 0 0 5 0"></path>
            </svg>
            {move || if is_set.get() { NOTIFYING } else { NOTIFY_ME }}
            <span class="visually-hidden">{move || texts::bell_purpose(&table.with(|table| table.name().to_owned()))}</span>
        </button>
    }
}
