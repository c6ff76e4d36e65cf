//! Events that people may be notified of.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::item::ItemKey;
use crate::json_pointer::JsonPointer;
use crate::person::PersonId;
use crate::room::RoomId;
use crate::table::{Table, TableId, TableStatus};
use crate::time::Timestamp;
use crate::topic::Topic;

/// A delivery of a table's status is dropped after this time.
pub const TABLE_EVENT_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A delivery of a picked question is dropped after this time.
pub const QUESTION_EVENT_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A delivery of shown feedback or of a closed room is dropped after this time.
pub const ROOM_EVENT_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A delivery of a changed item is dropped after this time.
pub const ITEM_EVENT_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The kind of an event, with its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A table has another status.
    Table {
        /// The table.
        table: TableId,
        /// Its display name.
        name: String,
        /// Its new status.
        status: TableStatus,
    },
    /// A question was picked.
    Question {
        /// The room.
        room: RoomId,
        /// The room's display name.
        name: String,
        /// The number of the pick in the room.
        number: u32,
    },
    /// A question's feedback is shown.
    Feedback {
        /// The room.
        room: RoomId,
        /// The room's display name.
        name: String,
        /// The number of the pick in the room.
        number: u32,
    },
    /// A room is closed.
    Closed {
        /// The room.
        room: RoomId,
        /// Its display name.
        name: String,
    },
    /// An item has another value.
    Item {
        /// The item.
        key: ItemKey,
        /// The beginning of the value; `None` if the item was removed.
        value: Option<String>,
    },
    /// Numbers of an item with alerts have changed.
    Numbers {
        /// The item.
        key: ItemKey,
        /// The changed numbers.
        #[serde(rename = "moved")]
        changes: Vec<NumberChange>,
    },
    /// It is a person's turn in the queue for a table.
    Called {
        /// The table.
        table: TableId,
        /// Its display name.
        name: String,
        /// The person whose turn it is.
        person: PersonId,
        /// The number of the call in the queue.
        call: u32,
        /// The end of their turn.
        until: Timestamp,
    },
}

/// An event. Computed from a record of the stream only, so that a record that is delivered twice makes
/// the same event twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, unique among all events.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// The revision of the table, room or item at that time.
    pub rev: u64,
    /// Its kind.
    #[serde(rename = "news")]
    pub kind: EventKind,
}

/// The maximum length of the beginning of a value, in characters.
const EXCERPT: usize = 100;

/// A number that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberChange {
    /// Its location in the value.
    pub path: JsonPointer,
    /// The old number; `None` if it was no number.
    pub before: Option<Number>,
    /// The new number.
    pub now: Number,
}

impl NumberChange {
    /// The number at a path, if it is a number now and has changed.
    pub fn between(path: &JsonPointer, before: Option<&Value>, now: &Value) -> Option<Self> {
        let number = path.number_in(now)?.clone();
        let before = before.and_then(|before| path.number_in(before)).cloned();
        (before.as_ref() != Some(&number)).then(|| Self { path: path.clone(), before, now: number })
    }

    /// Whether it crosses the threshold `bound`: it is above it (or below it) now, and was not before.
    pub fn crosses(&self, above: bool, bound: &Number) -> bool {
        let is_beyond = |number: &Number| match (number.as_f64(), bound.as_f64()) {
            (Some(number), Some(bound)) => {
                if above {
                    number > bound
                } else {
                    number < bound
                }
            }
            _ => false,
        };
        is_beyond(&self.now) && !self.before.as_ref().is_some_and(is_beyond)
    }
}

impl Event {
    /// The event of an item with another value, or that was removed. At most once a minute: the changes of one minute are one event.
    pub fn of_item(at: Timestamp, key: &ItemKey, rev: u64, value: Option<&Value>) -> Self {
        let excerpt = |value: &Value| {
            let text = value.to_string();
            match text.char_indices().nth(EXCERPT) {
                Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                None => text,
            }
        };
        let kind = EventKind::Item { key: key.clone(), value: value.map(excerpt) };
        Self { id: format!("item/{key}/{}", at.milliseconds() / 60_000), at, rev, kind }
    }

    /// The event of a table with a new status.
    pub fn of_table(id: String, at: Timestamp, table: &Table) -> Self {
        let name = table.name().to_owned();
        let kind = EventKind::Table { table: table.id.clone(), name, status: table.status };
        Self { id, at, rev: table.rev, kind }
    }

    /// Its topic.
    pub fn topic(&self) -> Topic {
        match &self.kind {
            EventKind::Table { table, .. } | EventKind::Called { table, .. } => Topic::Table(table.clone()),
            EventKind::Item { key, .. } | EventKind::Numbers { key, .. } => Topic::Item(key.clone()),
            EventKind::Question { room, .. } | EventKind::Feedback { room, .. } | EventKind::Closed { room, .. } => {
                Topic::Room(room.clone())
            }
        }
    }

    /// Its kind in one word, by which a subscription to all events filters (an SNS message attribute).
    pub const fn kind_name(&self) -> &'static str {
        match &self.kind {
            EventKind::Table { status: TableStatus::Free, .. } => "table_free",
            EventKind::Table { status: TableStatus::Busy, .. } => "table_busy",
            EventKind::Table { status: TableStatus::NoSignal, .. } => "table_no_signal",
            EventKind::Question { .. } => "room_question",
            EventKind::Feedback { .. } => "room_feedback",
            EventKind::Closed { .. } => "room_closed",
            EventKind::Item { .. } => "item_changed",
            EventKind::Numbers { .. } => "item_numbers",
            EventKind::Called { .. } => "line_called",
        }
    }

    /// When it is no longer worth sending.
    pub fn expires(&self) -> Timestamp {
        match &self.kind {
            EventKind::Table { .. } => self.at.plus(TABLE_EVENT_LIFETIME),
            EventKind::Question { .. } => self.at.plus(QUESTION_EVENT_LIFETIME),
            EventKind::Feedback { .. } | EventKind::Closed { .. } => self.at.plus(ROOM_EVENT_LIFETIME),
            EventKind::Item { .. } | EventKind::Numbers { .. } => self.at.plus(ITEM_EVENT_LIFETIME),
            EventKind::Called { until, .. } => *until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Description;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1_000)
    }

    #[test]
    fn the_event_of_a_free_table_expires_after_five_minutes() {
        let table = Table::register("lobby".parse().unwrap(), Description::default(), None, at(7));
        let event = Event::of_table("e1".to_owned(), at(7), &table);
        assert_eq!((event.kind_name(), event.expires()), ("table_free", at(7 + 300)));
        assert_eq!(event.topic().to_string(), "table/lobby");
    }

    #[test]
    fn the_changes_of_one_minute_are_one_event() {
        let key: ItemKey = "vehicle:3".parse().unwrap();
        let event = |seconds: i64, value: Value| Event::of_item(at(seconds), &key, 7, Some(&value));
        assert_eq!(event(61, Value::from(1)).id, event(119, Value::from(2)).id);
        assert_ne!(event(61, Value::from(1)).id, event(120, Value::from(1)).id);
        let EventKind::Item { value: Some(long), .. } = event(1, Value::from("é".repeat(1_000))).kind else {
            panic!()
        };
        assert_eq!(long.chars().count(), EXCERPT + 1);
    }

    #[test]
    fn a_number_crosses_a_threshold_once() {
        let path: JsonPointer = "/t".parse().unwrap();
        let moved = |before: Option<f64>, now: f64| {
            let value = |number: f64| serde_json::json!({ "t": number });
            NumberChange::between(&path, before.map(value).as_ref(), &value(now))
        };
        let bound = Number::from(20);
        let passes = |before, now, above| moved(before, now).is_some_and(|moved| moved.crosses(above, &bound));
        assert!(passes(Some(19.0), 20.5, true) && passes(None, 21.0, true) && passes(Some(20.0), 20.1, true));
        assert!(!passes(Some(20.5), 21.0, true) && !passes(Some(19.0), 20.0, true) && !passes(Some(21.0), 19.0, true));
        assert!(passes(Some(21.0), 19.0, false) && !passes(Some(19.0), 18.0, false));
        assert_eq!(moved(Some(3.0), 3.0), None);
        assert_eq!(NumberChange::between(&path, None, &Value::Null), None);
    }

    #[test]
    fn serialization_round_trips() {
        let table = Table::register("lobby".parse().unwrap(), Description::default(), None, at(7));
        let event = Event::of_table("e1".to_owned(), at(7), &table);
        let json = serde_json::to_string(&event).unwrap();
        insta::assert_snapshot!(json, @r#"{"id":"e1","at":"1970-01-01T00:00:07.000Z","rev":1,"news":{"kind":"table","table":"lobby","name":"lobby","status":"free"}}"#);
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
}
