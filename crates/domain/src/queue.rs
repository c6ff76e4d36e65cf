//! The queue for a table: who waits, whose turn it is, and how long the turn lasts.
//!
//! [`Queue::advance`] is the only way in which time and the table change the queue. It gets the table as it is now and returns the queue as
//! it is then, or that nothing changes. It may be called at any time, so it does not matter which process first sees that a turn has ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::hash::hash_with_number;
use crate::person::{PersonId, PersonName};
use crate::table::{TableId, TableStatus};
use crate::time::Timestamp;

/// So long the one who is called may take the table or pass; and so long it is kept for who has said that they take it.
pub const TURN: Duration = Duration::from_secs(2 * 60);

/// So many wait at one table at most.
pub const LONGEST: usize = 20;

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Who.
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
    /// Nobody's: the table is not free, or nobody waits.
    #[default]
    Nobody,
    /// The first one's, who has not answered yet.
    Called {
        /// When it is over.
        until: Timestamp,
    },
    /// Somebody has said that they take the table; it is theirs when its sensor sees them play.
    Taken {
        /// Who; they do not wait any more.
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
    /// Who waits, the first one first.
    pub places: Vec<Place>,
    /// Whose turn it is.
    pub turn: Turn,
    /// So many have been called so far: the last call's number.
    pub calls: u32,
    /// Grows by one with each write.
    pub rev: u64,
}

/// Why the queue does not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueRefusal {
    /// [`LONGEST`] wait already.
    #[error("20 people wait at this table already. Try another one.")]
    Full,
    /// It is somebody else's turn, or nobody's.
    #[error("It is not your turn. It may have ended: you had two minutes.")]
    NotYourTurn,
}

impl Queue {
    /// A table's queue before anybody has waited.
    pub const fn new(table: TableId) -> Self {
        Self { table, places: Vec::new(), turn: Turn::Nobody, calls: 0, rev: 0 }
    }

    /// Who is called, and until when they may answer.
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

    /// Somebody gets in queue; `None` if they wait already.
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

    /// Somebody waits no more, wherever they stood; `None` if they did not wait.
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

    /// The one who is called takes the table; `None` if they have done so already.
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

    /// The one who is called lets the next one go first, and waits no more.
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

    /// Ends the turns that are over and calls who is next.
    fn settle(&mut self, status: TableStatus, now: Timestamp) {
        match (status, &self.turn) {
            // Whoever was called is taken to be the one who plays.
            (TableStatus::Busy, Turn::Called { .. }) => {
                self.places.remove(0);
                self.turn = Turn::Nobody;
            }
            (TableStatus::Busy, Turn::Taken { .. }) => self.turn = Turn::Nobody,
            // Nobody can say whether the table is free: nobody loses their place by that.
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

    /// What everybody sees of it.
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

/// What stands for a person in the queue of a table: they know it for theirs, and it tells nobody else their id.
pub fn mark(table: &TableId, person: &PersonId) -> String {
    format!("{:016x}", hash_with_number(&format!("{table}/{person}"), 0))
}

/// Somebody who waits, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceView {
    /// Stands for the person, whom nobody else can make out by it (`mark()`).
    pub mark: String,
    /// What people call them.
    pub name: PersonName,
}

/// The queue for a table, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// Who waits, the first one first.
    pub waiting: Vec<PlaceView>,
    /// Who has said that they take the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<PlaceView>,
    /// Whether it is the first one's turn.
    pub is_called: bool,
    /// Until when it is theirs to take, or is kept for who takes it (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

#[cfg(test)]
mod tests;
