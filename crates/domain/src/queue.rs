//! The queue for a table: the people who wait, whose turn it is, and how long the turn lasts.
//!
//! [`Queue::advance`] is the only way in which time and the table change the queue. It gets the table as it is now and returns the queue as
//! it is then, or that nothing changes. It may be called at any time, so it does not matter which process first sees that a turn has ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::hash::hash_with_number;
use crate::person::{PersonId, PersonName};
use crate::table::{TableId, TableStatus};
use crate::time::Timestamp;

/// How long the called person may take the table or pass, and how long the table is then kept for a person who has taken it.
pub const TURN: Duration = Duration::from_secs(2 * 60);

/// The maximum number of people in one queue.
pub const MAX_ENTRIES: usize = 20;

/// A person who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEntry {
    /// The person's id.
    pub person: PersonId,
    /// Their display name.
    pub name: PersonName,
    /// When the person joined.
    pub since: Timestamp,
}

/// The turn to play at the table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "turn", rename_all = "snake_case")]
pub enum Turn {
    /// No turn: the table is not free, or the queue is empty.
    #[default]
    #[serde(rename = "nobody")]
    None,
    /// It is the first person's turn; they have not answered yet.
    Called {
        /// When the turn ends.
        until: Timestamp,
    },
    /// A person has taken the table. The turn ends when the sensor reports that the table is busy.
    Taken {
        /// The person, who is no longer in the queue.
        by: QueueEntry,
        /// Until when the table is reserved for them.
        until: Timestamp,
    },
}

/// The queue for one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The table.
    pub table: TableId,
    /// The people who wait, the first one first.
    #[serde(rename = "places")]
    pub entries: Vec<QueueEntry>,
    /// Whose turn it is.
    pub turn: Turn,
    /// The number of calls so far, which is also the number of the last call.
    pub calls: u32,
    /// Grows by one with each write.
    pub rev: u64,
}

/// Why a queue refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueRefusal {
    /// It has [`MAX_ENTRIES`] entries.
    #[error("20 people wait at this table already. Try another one.")]
    Full,
    /// It is not the caller's turn.
    #[error("It is not your turn. It may have ended: you had two minutes.")]
    NotYourTurn,
}

impl Queue {
    /// An empty queue.
    pub const fn new(table: TableId) -> Self {
        Self { table, entries: Vec::new(), turn: Turn::None, calls: 0, rev: 0 }
    }

    /// The called person, and until when they may answer.
    pub fn called(&self) -> Option<(&QueueEntry, Timestamp)> {
        match self.turn {
            Turn::Called { until } => self.entries.first().map(|entry| (entry, until)),
            Turn::None | Turn::Taken { .. } => None,
        }
    }

    /// The number of people who wait.
    pub fn waiting(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// When the turn times out; call [`Queue::advance`] then.
    pub const fn next_timeout(&self) -> Option<Timestamp> {
        match self.turn {
            Turn::Called { until } | Turn::Taken { until, .. } => Some(until),
            Turn::None => None,
        }
    }

    /// The next state of the queue if the table has this status at `now`; `None` if nothing changes.
    pub fn advance(&self, status: TableStatus, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.apply_timeouts(status, now);
        next.with_next_rev(self)
    }

    /// A person joins the queue; `None` if they wait already.
    ///
    /// # Errors
    /// [`QueueRefusal::Full`].
    pub fn join(
        &self,
        person: &PersonId,
        name: &PersonName,
        status: TableStatus,
        now: Timestamp,
    ) -> Result<Option<Self>, QueueRefusal> {
        let mut next = self.clone();
        next.apply_timeouts(status, now);
        if next.index_of(person).is_none() {
            if next.entries.len() >= MAX_ENTRIES {
                return Err(QueueRefusal::Full);
            }
            next.entries.push(QueueEntry { person: person.clone(), name: name.clone(), since: now });
            next.apply_timeouts(status, now);
        }
        Ok(next.with_next_rev(self))
    }

    /// A person leaves the queue, at any position; `None` if they did not wait.
    pub fn leave(&self, person: &PersonId, status: TableStatus, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.apply_timeouts(status, now);
        if let Some(index) = next.index_of(person) {
            next.entries.remove(index);
            if index == 0 && matches!(next.turn, Turn::Called { .. }) {
                next.turn = Turn::None;
            }
        } else if matches!(&next.turn, Turn::Taken { by, .. } if by.person == *person) {
            next.turn = Turn::None;
        }
        next.apply_timeouts(status, now);
        next.with_next_rev(self)
    }

    /// The called person takes the table; `None` if they have done so already.
    ///
    /// # Errors
    /// [`QueueRefusal::NotYourTurn`].
    pub fn take(&self, person: &PersonId, status: TableStatus, now: Timestamp) -> Result<Option<Self>, QueueRefusal> {
        let mut next = self.clone();
        next.apply_timeouts(status, now);
        match &next.turn {
            Turn::Called { .. } if next.index_of(person) == Some(0) => {
                let by = next.entries.remove(0);
                next.turn = Turn::Taken { by, until: now.plus(TURN) };
            }
            Turn::Taken { by, .. } if by.person == *person => {}
            _ => return Err(QueueRefusal::NotYourTurn),
        }
        Ok(next.with_next_rev(self))
    }

    /// The called person leaves the queue, and the next one is called.
    ///
    /// # Errors
    /// [`QueueRefusal::NotYourTurn`].
    pub fn pass(&self, person: &PersonId, status: TableStatus, now: Timestamp) -> Result<Option<Self>, QueueRefusal> {
        let mut next = self.clone();
        next.apply_timeouts(status, now);
        if next.called().is_none_or(|(entry, _)| entry.person != *person) {
            return Err(QueueRefusal::NotYourTurn);
        }
        Ok(next.leave(person, status, now).map(|left| Self { rev: self.rev + 1, ..left }))
    }

    fn index_of(&self, person: &PersonId) -> Option<usize> {
        self.entries.iter().position(|entry| entry.person == *person)
    }

    /// Ends a turn that has timed out or that the table's status ends, and calls the next person if the table is free.
    fn apply_timeouts(&mut self, status: TableStatus, now: Timestamp) {
        match (status, &self.turn) {
            // The called person is assumed to be the one who plays.
            (TableStatus::Busy, Turn::Called { .. }) => {
                self.entries.remove(0);
                self.turn = Turn::None;
            }
            (TableStatus::Busy, Turn::Taken { .. }) => self.turn = Turn::None,
            // It is unknown whether the table is free, so no one loses their place.
            (TableStatus::NoSignal, _) => self.turn = Turn::None,
            (TableStatus::Free, Turn::Called { until }) if now >= *until => {
                self.entries.remove(0);
                self.turn = Turn::None;
            }
            (TableStatus::Free, Turn::Taken { until, .. }) if now >= *until => self.turn = Turn::None,
            _ => {}
        }
        if status == TableStatus::Free && self.turn == Turn::None && !self.entries.is_empty() {
            self.turn = Turn::Called { until: now.plus(TURN) };
            self.calls += 1;
        }
    }

    /// This state with the revision after `before`; `None` if it is the same state.
    fn with_next_rev(mut self, before: &Self) -> Option<Self> {
        self.rev = before.rev;
        (self != *before).then(|| {
            self.rev += 1;
            self
        })
    }

    /// Its public form.
    pub fn view(&self) -> QueueView {
        let entry_view =
            |entry: &QueueEntry| QueueEntryView { mark: mark(&self.table, &entry.person), name: entry.name.clone() };
        QueueView {
            waiting: self.entries.iter().map(entry_view).collect(),
            taken_by: match &self.turn {
                Turn::Taken { by, .. } => Some(entry_view(by)),
                Turn::None | Turn::Called { .. } => None,
            },
            is_called: matches!(self.turn, Turn::Called { .. }),
            until: self.next_timeout(),
        }
    }
}

/// A pseudonym of a person in the queue of a table: a hash by which clients recognize their own entry, and which does not reveal the
/// person's id.
pub fn mark(table: &TableId, person: &PersonId) -> String {
    format!("{:016x}", hash_with_number(&format!("{table}/{person}"), 0))
}

/// A person who waits, in its public form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PlaceView))]
pub struct QueueEntryView {
    /// The person's pseudonym in this queue (`mark()`).
    pub mark: String,
    /// Their display name.
    pub name: PersonName,
}

/// The queue for a table, in its public form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// The people who wait, the first one first.
    pub waiting: Vec<QueueEntryView>,
    /// The person who has taken the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<QueueEntryView>,
    /// Whether it is the first person's turn.
    pub is_called: bool,
    /// Until when the person may take the table, or until when it is kept for the person who has taken it (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

#[cfg(test)]
mod tests;
