//! Notifications on the open page, for a browser that gets no push: the same rules of `domain` as on the server decide.

use domain::alert::{AlertRule, DayTime, LocalMoment};
use domain::event::{Event, EventKind, NumberChange};
use domain::item::{Item, ItemKey};
use domain::notification_payload::NotificationPayload;
use domain::table::Table;
use domain::topic::Topic;
use leptos::prelude::*;

use super::worker::show;
use super::{Announcer, Notifications, Toaster};
use crate::format::LocalTime;
use crate::live::{TopicStore, use_topic};

/// Notifies of tables and items with alerts, while the site is open and the browser gets no push.
#[component]
pub(crate) fn NotifyInPage() -> impl IntoView {
    let notifications = expect_context::<Notifications>();
    let has_tables = Memo::new(move |_| notifications.has_tables_to_notify_in_page());
    let items = Memo::new(move |_| notifications.items_to_notify_in_page());
    view! {
        {move || has_tables.get().then(|| view! { <NotifyOfTables/> })}
        <For each=move || items.get() key=ItemKey::clone let:key>
            <NotifyOfItem key/>
        </For>
    }
}

#[component]
fn NotifyOfTables() -> impl IntoView {
    let notifier = Notifier::from_context();
    let tables = use_topic::<Table>(Topic::Tables);
    Effect::new(move |before: Option<Option<Vec<Table>>>| {
        if !tables.is_ready() {
            return before.flatten();
        }
        let now = tables.list();
        // What was there when the page came is no news.
        for table in changed_tables(&before.flatten().unwrap_or_default(), &now) {
            notifier.notify(&Event::of_table(String::new(), table.since, table));
        }
        Some(now)
    });
}

#[component]
fn NotifyOfItem(key: ItemKey) -> impl IntoView {
    let notifier = Notifier::from_context();
    let topic = Topic::Item(key.clone());
    let items: TopicStore<Item> = use_topic(topic.clone());
    Effect::new(move |before: Option<Option<Option<Item>>>| {
        if !items.is_ready() {
            return before.flatten();
        }
        let now = items.first();
        if let Some(Some(earlier)) = before {
            let rule = untrack(|| notifier.notifications.rule(&topic));
            if let Some(event) = item_event(&key, earlier.as_ref(), now.as_ref(), rule.as_ref()) {
                notifier.notify(&event);
            }
        }
        Some(now)
    });
}

#[derive(Clone, Copy)]
struct Notifier {
    notifications: Notifications,
    toaster: Toaster,
    announcer: Announcer,
}

impl Notifier {
    fn from_context() -> Self {
        Self { notifications: expect_context(), toaster: expect_context(), announcer: expect_context() }
    }

    /// Shows an event, if it matches the user's alert and preferences.
    fn notify(self, event: &Event) {
        let Some(stored) = untrack(|| self.notifications.stored()) else { return };
        let Some(alert) = stored.alerts.iter().find(|alert| alert.topic == event.topic()) else { return };
        // The server has not confirmed yet that it is deleted.
        if untrack(|| self.notifications.rule(&alert.topic)).is_none() {
            return;
        }
        if alert.rings(event, &stored.preferences, local_moment(LocalTime::of(event.at))) {
            show(self.toaster, self.announcer, &NotificationPayload::of(event));
            if alert.rule.is_once() {
                self.notifications.delete_alert(alert.topic.clone());
            }
        }
    }
}

/// The tables that have another status than before. Added and removed tables are not among them.
fn changed_tables<'a>(before: &[Table], now: &'a [Table]) -> Vec<&'a Table> {
    let changed = |earlier: &Table| now.iter().find(|table| table.id == earlier.id && table.status != earlier.status);
    before.iter().filter_map(changed).collect()
}

/// A moment as alerts know it: the weekday from 1 (Monday) and the time of day.
fn local_moment(at: LocalTime) -> LocalMoment {
    let time = at.clock().parse().unwrap_or(DayTime::from_minutes(0));
    LocalMoment { weekday: u8::try_from(at.weekday() + 1).unwrap_or(1), time }
}

/// What has happened to an item, as far as its alert matches it.
fn item_event(key: &ItemKey, before: Option<&Item>, now: Option<&Item>, rule: Option<&AlertRule>) -> Option<Event> {
    let (earlier, value) = (before.map(|item| &item.value), now.map(|item| &item.value));
    // A removal says neither when it was nor its revision.
    let (at, rev) = match (now, before) {
        (Some(now), _) => (now.updated_at, now.rev),
        (None, Some(before)) => (before.updated_at, before.rev + 1),
        (None, None) => return None,
    };
    match rule? {
        AlertRule::EachChange if earlier != value => Some(Event::of_item(at, key, rev, value)),
        AlertRule::CrossesThreshold { path, .. } => {
            let changes = vec![NumberChange::between(path, earlier, value?)?];
            Some(Event { id: rev.to_string(), at, rev, kind: EventKind::Numbers { key: key.clone(), changes } })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::item::ItemContent;
    use domain::table::TableStatus;
    use domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_and_a_crossed_threshold_notify_by_their_rules() {
        let key: ItemKey = "gate:1".parse().unwrap();
        let item = |t: i32, rev: u64| {
            Item::written(key.clone(), ItemContent::from(json!({"t": t})), rev, Timestamp::default())
        };
        let passes = AlertRule::CrossesThreshold { path: "/t".parse().unwrap(), above: true, bound: 5.into() };
        let event = |before: Option<Item>, now: Option<Item>, rule: &AlertRule| {
            item_event(&key, before.as_ref(), now.as_ref(), Some(rule)).map(|event| event.kind)
        };
        assert!(matches!(
            event(Some(item(1, 1)), Some(item(2, 2)), &AlertRule::EachChange),
            Some(EventKind::Item { .. })
        ));
        assert!(matches!(
            event(Some(item(1, 1)), None, &AlertRule::EachChange),
            Some(EventKind::Item { value: None, .. })
        ));
        assert_eq!(event(Some(item(1, 1)), Some(item(1, 2)), &AlertRule::EachChange), None);
        assert!(matches!(event(Some(item(1, 1)), Some(item(9, 2)), &passes), Some(EventKind::Numbers { .. })));
        assert_eq!(event(Some(item(1, 1)), None, &passes), None);
        assert_eq!(event(Some(item(1, 1)), Some(item(2, 2)), &AlertRule::FreeOnce), None);
    }

    fn table(id: &str, status: TableStatus) -> Table {
        let table = Table::register(id.parse().unwrap(), "".parse().unwrap(), None, Timestamp::default());
        Table { status, ..table }
    }

    #[test]
    fn only_a_change_of_the_status_of_a_table_notifies() {
        use TableStatus::{Busy, Free, NoSignal};
        let before = [table("attic", Free), table("hall", Busy), table("lobby", Busy)];
        let now = [table("hall", Busy), table("lobby", Free), table("new", Free)];
        let changed: Vec<&str> = changed_tables(&before, &now).into_iter().map(|table| table.id.as_str()).collect();
        assert_eq!(changed, ["lobby"], "tables that come or go are no news");
        assert!(changed_tables(&[], &now).is_empty(), "what was there when the page came");
        let silent = [table("lobby", NoSignal)];
        assert_eq!(changed_tables(&now, &silent), [&silent[0]]);
    }

    #[test]
    fn an_item_that_is_written_for_the_first_time_is_a_change() {
        let key: ItemKey = "gate:1".parse().unwrap();
        let item = Item::written(key.clone(), ItemContent::from(json!({"t": 1})), 4, Timestamp::default());
        let event = item_event(&key, None, Some(&item), Some(&AlertRule::EachChange)).unwrap();
        assert_eq!((event.rev, event.topic()), (4, Topic::Item(key.clone())));
        assert_eq!(item_event(&key, None, Some(&item), None), None, "without an alert");
        assert_eq!(item_event(&key, None, None, Some(&AlertRule::EachChange)), None);
    }

    #[test]
    fn a_removal_is_later_than_what_was_removed() {
        let key: ItemKey = "gate:1".parse().unwrap();
        let item = Item::written(key.clone(), ItemContent::from(json!(1)), 4, Timestamp::default());
        let event = item_event(&key, Some(&item), None, Some(&AlertRule::EachChange)).unwrap();
        assert_eq!(event.rev, 5);
    }

    #[test]
    fn alerts_count_weekdays_from_one() {
        // 1970-01-01 was a Thursday.
        let at = |hours: i64, ahead: i32| {
            local_moment(LocalTime::with_offset(Timestamp::from_milliseconds(hours * 3_600_000), ahead))
        };
        assert_eq!((at(0, 0).weekday, at(4 * 24, 0).weekday, at(3 * 24, 0).weekday), (4, 1, 7));
        assert_eq!((at(23, 90).weekday, at(23, 90).time.to_string().as_str()), (5, "00:30"), "the local day");
    }
}
