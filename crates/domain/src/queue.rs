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

/// At most this many people wait for one table.
pub const LONGEST: usize = 20;

/// A person who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The person's id.
    pub person: PersonId,
    /// What people call them.
    pub name: PersonName,
    /// Since when.
    pub since: Timestamp,
}

/// Whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "turn", rename_all = "snake_case")]
pub enum Turn {
    /// No one's: the table is not free, or the queue is empty.
    #[default]
    Nobody,
    /// The first person's, who has not answered yet.
    Called {
        /// When it is over.
        until: Timestamp,
    },
    /// A person has taken the table; it is theirs when its sensor reports that they play.
    Taken {
        /// The person, who does not wait any more.
        by: Place,
        /// Until when it is kept for them.
        until: Timestamp,
    },
}

/// The queue for one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Which table.
    pub table: TableId,
    /// The people who wait, the first one first.
    pub places: Vec<Place>,
    /// Whose turn it is.
    pub turn: Turn,
    /// The number of calls so far: the last call's number.
    pub calls: u32,
    /// Grows by one with each write.
    pub rev: u64,
}

/// Why the queue refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueRefusal {
    /// [`LONGEST`] wait already.
    #[error("20 people wait at this table already. Try another one.")]
    Full,
    /// It is another person's turn, or no one's.
    #[error("It is not your turn. It may have ended: you had two minutes.")]
    NotYourTurn,
}

impl Queue {
    /// A table's queue before its first person.
    pub const fn new(table: TableId) -> Self {
        Self { table, places: Vec::new(), turn: Turn::Nobody, calls: 0, rev: 0 }
    }

    /// The called person, and until when they may answer.
    pub fn called(&self) -> Option<(&Place, Timestamp)> {
        match self.turn {
            Turn::Called { until } => self.places.first().map(|place| (place, until)),
            Turn::Nobody | Turn::Taken { .. } => None,
        }
    }

    /// The number of people who wait.
    pub fn waiting(&self) -> u32 {
        u32::try_from(self.places.len()).unwrap_or(u32::MAX)
    }

    /// When it moves by itself, if the table stays as it is.
    pub const fn next_timeout(&self) -> Option<Timestamp> {
        match self.turn {
            Turn::Called { until } | Turn::Taken { until, .. } => Some(until),
            Turn::Nobody => None,
        }
    }

    /// What it is now that the table is `status`; `None` if it stays as it is.
    pub fn advance(&self, status: TableStatus, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.settle(status, now);
        next.written(self)
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
        next.settle(status, now);
        if next.place_of(person).is_none() {
            if next.places.len() >= LONGEST {
                return Err(QueueRefusal::Full);
            }
            next.places.push(Place { person: person.clone(), name: name.clone(), since: now });
            next.settle(status, now);
        }
        Ok(next.written(self))
    }

    /// A person leaves the queue, at any place; `None` if they did not wait.
    pub fn leave(&self, person: &PersonId, status: TableStatus, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.settle(status, now);
        if let Some(place) = next.place_of(person) {
            next.places.remove(place);
            if place == 0 && matches!(next.turn, Turn::Called { .. }) {
                next.turn = Turn::Nobody;
            }
        } else if matches!(&next.turn, Turn::Taken { by, .. } if by.person == *person) {
            next.turn = Turn::Nobody;
        }
        next.settle(status, now);
        next.written(self)
    }

    /// The called person takes the table; `None` if they have done so already.
    ///
    /// # Errors
    /// [`QueueRefusal::NotYourTurn`].
    pub fn take(&self, person: &PersonId, status: TableStatus, now: Timestamp) -> Result<Option<Self>, QueueRefusal> {
        let mut next = self.clone();
        next.settle(status, now);
        match &next.turn {
            Turn::Called { .. } if next.place_of(person) == Some(0) => {
                let by = next.places.remove(0);
                next.turn = Turn::Taken { by, until: now.plus(TURN) };
            }
            Turn::Taken { by, .. } if by.person == *person => {}
            _ => return Err(QueueRefusal::NotYourTurn),
        }
        Ok(next.written(self))
    }

    /// The called person lets the next one go first, and leaves the queue.
    ///
    /// # Errors
    /// [`QueueRefusal::NotYourTurn`].
    pub fn pass(&self, person: &PersonId, status: TableStatus, now: Timestamp) -> Result<Option<Self>, QueueRefusal> {
        let mut next = self.clone();
        next.settle(status, now);
        if next.called().is_none_or(|(place, _)| place.person != *person) {
            return Err(QueueRefusal::NotYourTurn);
        }
        Ok(next.leave(person, status, now).map(|left| Self { rev: self.rev + 1, ..left }))
    }

    fn place_of(&self, person: &PersonId) -> Option<usize> {
        self.places.iter().position(|place| place.person == *person)
    }

    /// Ends the turns that are over and calls the next person.
    fn settle(&mut self, status: TableStatus, now: Timestamp) {
        match (status, &self.turn) {
            // The called person is assumed to be the one who plays.
            (TableStatus::Busy, Turn::Called { .. }) => {
                self.places.remove(0);
                self.turn = Turn::Nobody;
            }
            (TableStatus::Busy, Turn::Taken { .. }) => self.turn = Turn::Nobody,
            // It is unknown whether the table is free, so no one loses their place.
            (TableStatus::NoSignal, _) => self.turn = Turn::Nobody,
            (TableStatus::Free, Turn::Called { until }) if now >= *until => {
                self.places.remove(0);
                self.turn = Turn::Nobody;
            }
            (TableStatus::Free, Turn::Taken { until, .. }) if now >= *until => self.turn = Turn::Nobody,
            _ => {}
        }
        if status == TableStatus::Free && self.turn == Turn::Nobody && !self.places.is_empty() {
            self.turn = Turn::Called { until: now.plus(TURN) };
            self.calls += 1;
        }
    }

    /// This as the state after `before`, if it is another one.
    fn written(mut self, before: &Self) -> Option<Self> {
        self.rev = before.rev;
        (self != *before).then(|| {
            self.rev += 1;
            self
        })
    }

    /// The public state of it.
    pub fn view(&self) -> QueueView {
        let seen = |place: &Place| PlaceView { mark: mark(&self.table, &place.person), name: place.name.clone() };
        QueueView {
            waiting: self.places.iter().map(seen).collect(),
            taken_by: match &self.turn {
                Turn::Taken { by, .. } => Some(seen(by)),
                Turn::Nobody | Turn::Called { .. } => None,
            },
            is_called: matches!(self.turn, Turn::Called { .. }),
            until: self.next_timeout(),
        }
    }
}

/// Stands for a person in the queue of a table: the person recognizes it as theirs, and it reveals their id to no one else.
pub fn mark(table: &TableId, person: &PersonId) -> String {
    format!("{:016x}", hash_with_number(&format!("{table}/{person}"), 0))
}

/// A person who waits, in its public form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceView {
    /// Stands for the person, whom no one else can identify by it (`mark()`).
    pub mark: String,
    /// What people call them.
    pub name: PersonName,
}

/// The queue for a table, in its public form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// The people who wait, the first one first.
    pub waiting: Vec<PlaceView>,
    /// The person who has taken the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<PlaceView>,
    /// Whether it is the first one's turn.
    pub is_called: bool,
    /// Until when the person may take the table, or until when it is kept for the person who has taken it (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

#[cfg(test)]
mod tests;
