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
    /// When it was written.
    pub at: Timestamp,
    /// The revision that what it is about had then.
    pub rev: u64,
    /// What.
    pub news: News,
}

impl Event {
    /// That a table has become what it is.
    pub fn of_table(id: String, at: Timestamp, table: &Table) -> Self {
        let name = table.name().to_owned();
        let news = News::Table { table: table.id.clone(), name, status: table.status };
        Self { id, at, rev: table.rev, news }
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
    fn free_now_is_news_for_five_minutes() {
        let table = Table::register("lobby".parse().unwrap(), Description::default(), None, at(7));
        let event = Event::of_table("e1".to_owned(), at(7), &table);
        assert_eq!((event.kind(), event.expires()), ("table_free", at(7 + 300)));
        assert_eq!(event.topic().to_string(), "table/lobby");
    }

    #[test]
    fn it_travels_whole() {
        let table = Table::register("lobby".parse().unwrap(), Description::default(), None, at(7));
        let event = Event::of_table("e1".to_owned(), at(7), &table);
        let json = serde_json::to_string(&event).unwrap();
        insta::assert_snapshot!(json, @r#"{"id":"e1","at":"1970-01-01T00:00:07.000Z","rev":1,"news":{"kind":"table","table":"lobby","name":"lobby","status":"free"}}"#);
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
}
