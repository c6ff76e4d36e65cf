//! The user's alerts: what each is about, when it notifies, and a way to delete it.

use std::future::ready;

use domain::alert::Alert;
use domain::topic::Topic;
use leptos::prelude::*;

use super::texts;
use crate::format;
use crate::notifications::{Deletions, Notifications};
use crate::paths::Path;
use crate::ui::ListFocus;

/// The page of what an alert is about, if it has one.
fn page_of(topic: &Topic) -> Option<Path> {
    match topic {
        Topic::Table(id) => Some(Path::Table(id.clone())),
        Topic::Room(id) => Some(Path::Room(id.clone())),
        Topic::Item(key) => Some(Path::Item(key.clone())),
        _ => None,
    }
}

/// What an alert is called while its deletion can be taken back.
fn deletion_key(topic: &str) -> String {
    ["alert/", topic].concat()
}

/// The selector of the button of an alert's row.
fn remove_button(topic: &str) -> String {
    format!(".table-row[data-alert=\"{topic}\"] button")
}

/// The list.
#[component]
pub(super) fn AlertList() -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let alerts = Memo::new(move |_| notifications.alerts());
    let deletions = expect_context::<Deletions>();
    let topics = Memo::new(move |_| {
        let topics = alerts.with(|alerts| alerts.iter().map(|alert| alert.topic.to_string()).collect::<Vec<_>>());
        topics.into_iter().filter(|topic| !deletions.hides(&deletion_key(topic))).collect::<Vec<_>>()
    });
    let list_focus = ListFocus::new(remove_button, "#your-notifications");
    let is_empty = Memo::new(move |_| topics.with(Vec::is_empty));
    let row = move |topic: String| {
        let alert =
            alerts.with_untracked(|alerts| alerts.iter().find(|alert| alert.topic.to_string() == topic).cloned())?;
        Some(view! { <AlertRow alert alerts/> })
    };
    view! {
        <h3 id="your-notifications" tabindex="-1">{texts::YOUR_NOTIFICATIONS}</h3>
        {move || is_empty.get().then(|| view! { <p class="hint">{texts::NO_NOTIFICATIONS}</p> })}
        <ul class="rows" role="list">
            <For each=move || list_focus.keep(topics.get()) key=String::clone let:topic>
                {row(topic)}
            </For>
        </ul>
    }
}

#[component]
fn AlertRow(
    /// The alert, as it is when the row comes.
    alert: Alert,
    /// All alerts, as they are.
    alerts: Memo<Vec<Alert>>,
) -> impl IntoView {
    let (notifications, deletions) = (expect_context::<Notifications>(), expect_context::<Deletions>());
    let Alert { topic, name, rule, .. } = alert;
    let path = page_of(&topic).map(|path| path.to_string());
    let id = topic.to_string();
    let described = topic.clone();
    let detail = move || {
        let now =
            alerts.with(|alerts| alerts.iter().find(|alert| alert.topic == described).map(|alert| alert.rule.clone()));
        texts::rule(&described, now.as_ref().unwrap_or(&rule), format::weekday_name)
    };
    let (key, sentence) = (deletion_key(&id), texts::deleted_alert(&name));
    let remove = move |_| {
        let topic = topic.clone();
        deletions.delete(key.clone(), &sentence, move || {
            // The store of the alerts reports a failure.
            notifications.delete_alert(topic);
            Box::pin(ready(Ok(())))
        });
    };
    view! {
        <li class="table-row" data-alert=id>
            <p class="row-name">
                <a href=path dir="auto">{name.clone()}</a>
                <span class="row-detail">{detail}</span>
            </p>
            <div class="actions">
                <button type="button" on:click=remove>
                    {texts::REMOVE}
                    <span class="visually-hidden">{texts::removed_alert(&name)}</span>
                </button>
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_leads_to_the_page_that_it_is_about() {
        let path = |topic: &str| page_of(&topic.parse().unwrap()).map(|path| path.to_string());
        assert_eq!(path("table/lobby").as_deref(), Some("/tables/lobby"));
        assert_eq!(path("room/k3j9x0a2bc").as_deref(), Some("/rooms/k3j9x0a2bc"));
        assert_eq!(path("item/vehicle:3").as_deref(), Some("/items/vehicle:3"));
        assert_eq!(path("tables"), None);
    }

    #[test]
    fn what_has_no_page_of_its_own_has_no_link() {
        for topic in ["rooms", "items", "factories", "room/k3j9x0a2bc/people", "items/vehicle"] {
            assert!(page_of(&topic.parse().unwrap()).is_none(), "{topic}");
        }
    }

    #[test]
    fn a_rows_button_is_found_by_its_topic() {
        let topic: Topic = "item/vehicle:3".parse().unwrap();
        assert_eq!(remove_button(&topic.to_string()), r#".table-row[data-alert="item/vehicle:3"] button"#);
    }
}
