//! What happens to items that somebody asked about, told on the page where the browser cannot be rung. Never decides what is
//! news: `domain` does, by the same rules as on the server.

use domain::alert::AlertRule;
use domain::event::{Event, Moved, News};
use domain::item::{Item, ItemKey};
use domain::topic::Topic;
use domain::wire::read::Read;

use super::live::{Known, Live};
use super::notifications::Notifications;
use crate::reactive::*;

/// Tells of an item, for as long as this part of the page is there.
pub(crate) fn stand_in(all: Notifications, live: Live, key: &ItemKey) {
    let topic = Topic::Item(key.clone());
    let items = live.watch(topic.clone(), |_, state| Item::read(state));
    let key = key.clone();
    let (mut before, mut last) = (None::<Option<Item>>, String::new());
    follow(move || {
        let Some(now) = items.with(told) else { return };
        // What was there when the page came is no news.
        let Some(earlier) = before.replace(now.clone()) else { return };
        let rule = untrack(|| all.rule(&topic));
        if let Some(event) = news(&key, earlier.as_ref(), now.as_ref(), rule.as_ref()).filter(|event| event.id != last)
        {
            last.clone_from(&event.id);
            all.tell_of(&event);
        }
    });
}

/// The item, or that there is none; nothing as long as nothing is told.
fn told(known: &Known<Item>) -> Option<Option<Item>> {
    match known {
        Known::Told(list) => Some(list.first().cloned()),
        Known::Loading | Known::Refused(_) => None,
    }
}

/// What has happened, as far as a rule asks.
fn news(key: &ItemKey, before: Option<&Item>, now: Option<&Item>, rule: Option<&AlertRule>) -> Option<Event> {
    let (earlier, value) = (before.map(|item| &item.value), now.map(|item| &item.value));
    // A removal says neither when it was nor its revision.
    let (at, rev) = match (now, before) {
        (Some(now), _) => (now.updated_at, now.rev),
        (None, Some(before)) => (before.updated_at, before.rev + 1),
        (None, None) => return None,
    };
    match rule? {
        AlertRule::EachChange if earlier != value => Some(Event::of_item(at, key, rev, value)),
        AlertRule::Passes { path, .. } => {
            let moved = vec![Moved::between(path, earlier, value?)?];
            Some(Event { id: rev.to_string(), at, rev, news: News::Numbers { key: key.clone(), moved } })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::item::ItemContent;
    use domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_and_a_passed_bound_are_news_if_they_are_asked_for() {
        let key: ItemKey = "gate:1".parse().unwrap();
        let item = |t: i32, rev: u64| {
            Item::written(key.clone(), ItemContent::from(json!({"t": t})), rev, Timestamp::default())
        };
        let passes = AlertRule::Passes { path: "/t".parse().unwrap(), above: true, bound: 5.into() };
        let news = |before: Option<Item>, now: Option<Item>, rule: &AlertRule| {
            news(&key, before.as_ref(), now.as_ref(), Some(rule)).map(|event| event.news)
        };
        assert!(matches!(news(Some(item(1, 1)), Some(item(2, 2)), &AlertRule::EachChange), Some(News::Item { .. })));
        assert!(matches!(news(Some(item(1, 1)), None, &AlertRule::EachChange), Some(News::Item { value: None, .. })));
        assert_eq!(news(Some(item(1, 1)), Some(item(1, 2)), &AlertRule::EachChange), None);
        assert!(matches!(news(Some(item(1, 1)), Some(item(9, 2)), &passes), Some(News::Numbers { .. })));
        assert_eq!(news(Some(item(1, 1)), None, &passes), None);
        assert_eq!(news(Some(item(1, 1)), Some(item(2, 2)), &AlertRule::FreeOnce), None);
    }
}
