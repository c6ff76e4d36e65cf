//! Something that has happened and that somebody may have asked to be told of. Never knows who has, nor how they are told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::person::PersonId;
use crate::room::RoomId;
use crate::table::{Table, TableId, TableStatus};
use crate::time::Timestamp;
use crate::topic::Topic;

/// So long “free now” is news.
pub const TABLE_NEWS_LASTS: Duration = Duration::from_secs(5 * 60);

/// So long a question is news.
pub const QUESTION_NEWS_LASTS: Duration = Duration::from_secs(5 * 60);

/// So long it is news that feedback is shown, or that a room is closed.
pub const ROOM_NEWS_LASTS: Duration = Duration::from_secs(60 * 60);

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum News {
    /// A table has another status.
    Table {
        /// Which.
        table: TableId,
        /// What people call it.
        name: String,
        /// What it is now.
        status: TableStatus,
    },
    /// A question was picked.
    Question {
        /// Where.
        room: RoomId,
        /// What people call the room.
        name: String,
        /// Which pick of the room it is.
        number: u32,
    },
    /// A question's feedback is shown.
    Feedback {
        /// Where.
        room: RoomId,
        /// What people call the room.
        name: String,
        /// Which pick of the room it is.
        number: u32,
    },
    /// A room is closed.
    Closed {
        /// Which.
        room: RoomId,
        /// What people call it.
        name: String,
    },
    /// Somebody's turn has come in the line for a table.
    Called {
        /// For which table.
        table: TableId,
        /// What people call it.
        name: String,
        /// Whose turn it is.
        person: PersonId,
        /// Which call of the line it is.
        call: u32,
        /// When their turn is over.
        until: Timestamp,
    },
}

/// One thing that has happened. Worked out of a record of the stream alone, so that a record that is delivered twice makes
/// the same event twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Names it among all.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub news: News,
}

impl Event {
    /// That a table has become what it is. One status change is one event, however often the table is written.
    pub fn of_table(table: &Table) -> Self {
        let description = table.description.as_str();
        let name = if description.is_empty() { table.id.as_str() } else { description };
        Self {
            id: format!("table/{}/{}", table.id, table.since.milliseconds()),
            at: table.since,
            news: News::Table { table: table.id.clone(), name: name.to_owned(), status: table.status },
        }
    }

    /// What it is about.
    pub fn topic(&self) -> Topic {
        match &self.news {
            News::Table { table, .. } | News::Called { table, .. } => Topic::Table(table.clone()),
            News::Question { room, .. } | News::Feedback { room, .. } | News::Closed { room, .. } => {
                Topic::Room(room.clone())
            }
        }
    }

    /// Its kind in a word, by which a subscription to all events chooses (an SNS message attribute).
    pub const fn kind(&self) -> &'static str {
        match &self.news {
            News::Table { status: TableStatus::Free, .. } => "table_free",
            News::Table { status: TableStatus::Busy, .. } => "table_busy",
            News::Table { status: TableStatus::NoSignal, .. } => "table_no_signal",
            News::Question { .. } => "room_question",
            News::Feedback { .. } => "room_feedback",
            News::Closed { .. } => "room_closed",
            News::Called { .. } => "line_called",
        }
    }

    /// From when on it is no news any more.
    pub fn expires(&self) -> Timestamp {
        match &self.news {
            News::Table { .. } => self.at.plus(TABLE_NEWS_LASTS),
            News::Question { .. } => self.at.plus(QUESTION_NEWS_LASTS),
            News::Feedback { .. } | News::Closed { .. } => self.at.plus(ROOM_NEWS_LASTS),
            News::Called { until, .. } => *until,
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
    fn a_change_of_status_is_one_event_however_often_the_table_is_written() {
        let table = Table::register("lobby".parse().unwrap(), Description::default(), None, at(7));
        let again = table.describe("2nd floor".parse().unwrap(), at(9)).unwrap();
        assert_eq!(Event::of_table(&table).id, Event::of_table(&again).id);
        assert_eq!(Event::of_table(&table).kind(), "table_free");
        assert_eq!(Event::of_table(&table).expires(), at(7 + 300));
    }

    #[test]
    fn it_travels_whole() {
        let table = Table::register("lobby".parse().unwrap(), Description::default(), None, at(7));
        let event = Event::of_table(&table);
        let json = serde_json::to_string(&event).unwrap();
        insta::assert_snapshot!(json, @r#"{"id":"table/lobby/7000","at":"1970-01-01T00:00:07.000Z","news":{"kind":"table","table":"lobby","name":"lobby","status":"free"}}"#);
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
}
