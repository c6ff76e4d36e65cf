//! The text of a notification about an event, its link, and how long it is worth sending.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind};
use crate::table::TableStatus;
use crate::time::Timestamp;

/// How soon a push service must deliver it to a device that saves power (RFC 8030, section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Soon.
    Normal,
    /// At once.
    High,
}

impl Urgency {
    /// As the header `Urgency` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// The payload of a notification, as the service worker gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationPayload {
    /// The event's id: one event is shown once, however often it comes.
    pub event: String,
    /// The title.
    pub title: String,
    /// The text: a sentence.
    pub body: String,
    /// The path of the link, within the site.
    pub path: String,
    /// A notification replaces an older one with the same tag.
    pub tag: String,
    /// When it happened, in milliseconds since the epoch.
    pub at: i64,
    /// From then on it is not shown, in milliseconds since the epoch.
    pub expires: i64,
    /// The table that the notification says is free: it is not shown if the table is no longer free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<String>,
    /// The urgency.
    #[serde(skip, default = "soon")]
    pub urgency: Urgency,
}

const fn soon() -> Urgency {
    Urgency::Normal
}

impl NotificationPayload {
    /// The payload of the notification about an event.
    pub fn of(event: &Event) -> Self {
        let (title, body, urgency) = match &event.kind {
            EventKind::Table { name, status: TableStatus::Free, .. } => {
                (format!("{name} is free"), "Nobody plays there now.".to_owned(), Urgency::High)
            }
            EventKind::Table { name, status: TableStatus::Busy, .. } => {
                (format!("{name} is taken"), "Somebody plays there now.".to_owned(), Urgency::Normal)
            }
            EventKind::Table { name, status: TableStatus::NoSignal, .. } => {
                (format!("{name} has no signal"), "Its sensor is silent.".to_owned(), Urgency::Normal)
            }
            EventKind::Question { name, number, .. } => {
                (format!("Question {number}"), format!("A new question in “{name}”."), Urgency::High)
            }
            EventKind::Feedback { name, number, .. } => {
                (format!("Feedback to question {number}"), format!("See how you did in “{name}”."), Urgency::Normal)
            }
            EventKind::Closed { name, .. } => {
                (format!("“{name}” is closed"), "Its results can be read.".to_owned(), Urgency::Normal)
            }
            EventKind::Item { key, value: Some(value) } => {
                (format!("{key} has changed"), value.clone(), Urgency::Normal)
            }
            EventKind::Item { key, value: None } => {
                (format!("{key} is gone"), "The item has been removed.".to_owned(), Urgency::Normal)
            }
            EventKind::Numbers { key, changes } => {
                let numbers: Vec<String> =
                    changes.iter().map(|one| [&one.path.in_words(), " ", &one.now.to_string()].concat()).collect();
                (key.to_string(), numbers.join(", ").trim().to_owned(), Urgency::High)
            }
            EventKind::Called { name, .. } => {
                (format!("Your turn: {name}"), "Take the table within two minutes, or pass.".to_owned(), Urgency::High)
            }
        };
        let topic = event.topic().to_string();
        let (tag, free) = match &event.kind {
            EventKind::Table { table, status: TableStatus::Free, .. } => (topic.clone(), Some(table.to_string())),
            EventKind::Called { table, .. } => (format!("line/{table}"), None),
            _ => (topic.clone(), None),
        };
        Self {
            event: event.id.clone(),
            title,
            body,
            path: format!("/{topic}")
                .replacen("/table/", "/tables/", 1)
                .replacen("/room/", "/rooms/", 1)
                .replacen("/item/", "/items/", 1),
            tag,
            at: event.at.milliseconds(),
            expires: event.expires().milliseconds(),
            free,
            urgency,
        }
    }

    /// The payload of a test notification at `now`; `number` distinguishes one test from the next.
    pub fn test(now: Timestamp, number: &str) -> Self {
        Self {
            event: format!("trial/{number}"),
            title: "Rally can reach you".to_owned(),
            body: "This is what you will see.".to_owned(),
            path: "/settings".to_owned(),
            tag: "trial".to_owned(),
            at: now.milliseconds(),
            expires: now.plus(Duration::from_secs(60)).milliseconds(),
            free: None,
            urgency: Urgency::High,
        }
    }

    /// The time that is left of it at `now`, for a push service (RFC 8030, section 5.2); `None` if it is over.
    pub fn time_left(&self, now: Timestamp) -> Option<Duration> {
        let left = Timestamp::from_milliseconds(self.expires).since(now);
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Description, Table};

    #[test]
    fn free_now_says_where_and_is_over_after_five_minutes() {
        let at = Timestamp::from_milliseconds(1_000);
        let description: Description = "2nd floor".parse().unwrap();
        let table = Table::register("lobby".parse().unwrap(), description, None, at);
        let notice = NotificationPayload::of(&Event::of_table("e1".to_owned(), at, &table));
        assert_eq!((notice.title.as_str(), notice.path.as_str()), ("2nd floor is free", "/tables/lobby"));
        assert_eq!((notice.tag.as_str(), notice.free.as_deref()), ("table/lobby", Some("lobby")));
        assert_eq!(notice.time_left(at), Some(Duration::from_secs(300)));
        assert_eq!(notice.time_left(at.plus(Duration::from_secs(300))), None);
    }

    #[test]
    fn a_call_and_its_table_have_different_tags() {
        let until = Timestamp::from_milliseconds(120_000);
        let event = Event {
            id: "line/lobby/3".to_owned(),
            at: Timestamp::default(),
            rev: 3,
            kind: EventKind::Called {
                table: "lobby".parse().unwrap(),
                name: "Lobby".to_owned(),
                person: "ada".parse().unwrap(),
                call: 3,
                until,
            },
        };
        let notice = NotificationPayload::of(&event);
        assert_eq!((notice.tag.as_str(), notice.path.as_str()), ("line/lobby", "/tables/lobby"));
        assert!(!serde_json::to_string(&notice).unwrap().contains("ada"), "a push contains no person");
    }
}
