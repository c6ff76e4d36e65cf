//! A room: its creator, whether it is open, and whether a question is open in it.
//!
//! The current question is always the last pick, so there is never more than one: the room counts its picks and has the phase of the last
//! one. A command takes a room and returns its next state; the store writes that under the condition that the revision is unchanged.

mod key;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::name;
use crate::person::{Member, Person, PersonId, PersonName};
pub use crate::room_id::{ID_ALPHABET, ID_LENGTH, RoomId};
use crate::time::Timestamp;
use crate::validation::{Violation, checked_text};

pub use key::{CODE_ALPHABET, CODE_LENGTH, EntryKey, JoinCode, JoinLink, LINK_LENGTH};

/// A room has at most this many picks.
pub const PICKS_PER_ROOM: u32 = 200;

/// The most guests of a room at a time: a lecture hall's, and more than one host can look after.
pub const GUESTS_PER_ROOM: usize = 500;

/// The most rooms of a member at a time.
pub const ROOMS_PER_MEMBER: usize = 200;

/// What people call a room: one line of 1 to 80 characters, none of them invisible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomName(String);

checked_text!(RoomName, crate::name::schema());

impl FromStr for RoomName {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        name("name", "A room's name", text).map(Self)
    }
}

/// The state of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomState {
    /// Nothing has been picked yet, or the room was reopened.
    NoQuestion,
    /// The last pick takes answers.
    QuestionOpen,
    /// The last pick takes none, and its feedback is shown.
    QuestionClosed,
    /// Over: everything can be read and nothing changed.
    RoomClosed,
}

/// A room's whole state. Its public form has no join code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Its name in addresses; never changes.
    pub id: RoomId,
    /// What people call it.
    pub name: RoomName,
    /// The person who created it and runs it.
    pub creator: PersonId,
    /// What people call them.
    pub creator_name: PersonName,
    /// Whether people may come in with a nickname. Those who are in stay in when this is taken back.
    pub guests_allowed: bool,
    /// Whether only its creator sees it in a list, and members need its join code. Those who have entered stay in.
    #[serde(default)]
    pub is_private: bool,
    /// Whether the projector that the host has open shows the five best.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows_leaderboard: bool,
    /// Its state.
    pub state: RoomState,
    /// The number of picks so far; the last is the current one.
    pub picks: u32,
    /// The join code; sent only to those who are in the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<JoinCode>,
    /// When it was made (RFC 3339, UTC).
    pub created_at: Timestamp,
    /// Grows by one with each write, beyond a removal too.
    pub rev: u64,
}

/// What a creator chooses for a new room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSettings {
    /// What people call it.
    pub name: RoomName,
    /// Whether people may come in with a nickname.
    pub guests_allowed: bool,
    /// Whether only its creator sees it in a list, and members need its join code.
    pub is_private: bool,
}

/// A change of a room's settings; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoomChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<RoomName>,
    /// Whether more guests may come in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guests_allowed: Option<bool>,
    /// Whether it is private from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
    /// Whether the projector that the host has open shows the five best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows_leaderboard: Option<bool>,
}

/// Why a room refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoomRefusal {
    /// It is another person's room.
    #[error("Only the creator of the room may do this.")]
    NotCreator,
    /// A guest of another room.
    #[error("You are a guest of another room. Join this one first.")]
    OtherRoom,
    /// The room takes no guests.
    #[error("This room takes no guests. Sign in to come in.")]
    NoGuests,
    /// A private room that has not admitted this member.
    #[error("This room is private. Enter its join code to come in.")]
    Private,
    /// A guest whom the creator has removed, or whose week is over.
    #[error("You are no longer a guest of this room. Its host may have removed you.")]
    NoLongerGuest,
    /// The join code of another room, or of none.
    #[error("This is not the join code of this room. Check the code and try again.")]
    WrongCode,
    /// A link with another token, or one of an old code.
    #[error("This link no longer leads into the room. Enter the room's join code instead.")]
    WrongLink,
    /// [`GUESTS_PER_ROOM`] is reached.
    #[error(
        "This room is full: it has {} guests. Sign in to come in, or ask its host to remove guests.",
        GUESTS_PER_ROOM
    )]
    TooManyGuests,
    /// [`ROOMS_PER_MEMBER`] is reached.
    #[error("You have {} rooms, and no one can have more. Delete a room that you no longer need.", ROOMS_PER_MEMBER)]
    TooManyRooms,
    /// It is over.
    #[error("This room is closed.")]
    Closed,
    /// It is not over.
    #[error("This room is open already.")]
    NotClosed,
    /// There is nothing to close.
    #[error("There is no question that could be closed. Pick one first.")]
    NoQuestion,
    /// [`PICKS_PER_ROOM`] is reached.
    #[error("A room has at most 200 questions. Make another room.")]
    TooManyPicks,
}

impl RoomRefusal {
    /// Whether the reason is the caller, and not the state of the room.
    pub const fn is_about_person(self) -> bool {
        matches!(
            self,
            Self::NotCreator
                | Self::OtherRoom
                | Self::NoGuests
                | Self::Private
                | Self::NoLongerGuest
                | Self::WrongCode
                | Self::WrongLink
        )
    }
}

impl Room {
    /// A new room of `creator`.
    pub fn create(id: RoomId, code: JoinCode, settings: RoomSettings, creator: &Member, now: Timestamp) -> Self {
        let RoomSettings { name, guests_allowed, is_private } = settings;
        Self {
            id,
            name,
            creator: creator.id.clone(),
            creator_name: creator.name.clone(),
            guests_allowed,
            is_private,
            shows_leaderboard: false,
            state: RoomState::NoQuestion,
            picks: 0,
            code: Some(code),
            created_at: now,
            rev: 1,
        }
    }

    /// Whether a member who has `rooms` rooms may create another.
    ///
    /// # Errors They have [`ROOMS_PER_MEMBER`] already.
    pub const fn authorize_another(rooms: usize) -> Result<(), RoomRefusal> {
        if rooms < ROOMS_PER_MEMBER { Ok(()) } else { Err(RoomRefusal::TooManyRooms) }
    }

    /// Its public form: without the join code.
    #[must_use]
    pub fn public(self) -> Self {
        Self { code: None, ..self }
    }

    /// Whether `person` made it.
    pub fn is_creator(&self, person: &Person) -> bool {
        // A guest's id could be anything, so being a guest excludes it.
        matches!(person, Person::Member(member) if member.id == self.creator)
    }

    /// What only its creator may do.
    ///
    /// # Errors `person` is not the creator.
    pub fn authorize_creator(&self, person: &Person) -> Result<(), RoomRefusal> {
        if self.is_creator(person) { Ok(()) } else { Err(RoomRefusal::NotCreator) }
    }

    /// Whether `person` must be admitted first: every guest, and members of a private room except its creator.
    pub fn needs_admission(&self, person: &Person) -> bool {
        match person {
            Person::Guest(_) => true,
            Person::Member(_) => self.is_private && !self.is_creator(person),
        }
    }

    /// What each person in the room may do: read it, and answer. `is_admitted` says whether the room has admitted `person`; it matters to
    /// those who need it.
    ///
    /// # Errors `person` is another room's guest, or has not been admitted, or is no longer.
    pub fn authorize_entry(&self, person: &Person, is_admitted: bool) -> Result<(), RoomRefusal> {
        match person {
            Person::Guest(guest) if guest.room != self.id => Err(RoomRefusal::OtherRoom),
            _ if is_admitted || !self.needs_admission(person) => Ok(()),
            Person::Guest(_) => Err(RoomRefusal::NoLongerGuest),
            Person::Member(_) => Err(RoomRefusal::Private),
        }
    }

    /// Whether `code` is the room's.
    ///
    /// # Errors
    /// It is not.
    pub fn check_code(&self, code: &JoinCode) -> Result<(), RoomRefusal> {
        if self.code.as_ref() == Some(code) { Ok(()) } else { Err(RoomRefusal::WrongCode) }
    }

    /// Whether one more guest may enter when there are `guests`.
    ///
    /// # Errors
    /// It takes no guests, is closed, or is full.
    pub const fn admit_guest(&self, guests: usize) -> Result<(), RoomRefusal> {
        match (self.guests_allowed, self.state) {
            (false, _) => Err(RoomRefusal::NoGuests),
            (true, RoomState::RoomClosed) => Err(RoomRefusal::Closed),
            (true, _) if guests >= GUESTS_PER_ROOM => Err(RoomRefusal::TooManyGuests),
            (true, _) => Ok(()),
        }
    }

    /// Another name, other rules for entering, or a leaderboard; `None` if nothing changes.
    ///
    /// # Errors
    /// It is closed; a leaderboard is for the end, so it may still come and go.
    pub fn change(&self, change: &RoomChange) -> Result<Option<Self>, RoomRefusal> {
        if change.name.is_some() || change.guests_allowed.is_some() || change.is_private.is_some() {
            self.open()?;
        }
        let shows_leaderboard = change.shows_leaderboard.unwrap_or(self.shows_leaderboard);
        let name = change.name.clone().unwrap_or_else(|| self.name.clone());
        let guests_allowed = change.guests_allowed.unwrap_or(self.guests_allowed);
        let is_private = change.is_private.unwrap_or(self.is_private);
        let changed = Self { name, guests_allowed, is_private, shows_leaderboard, ..self.clone() };
        Ok((changed != *self).then(|| Self { rev: self.rev + 1, ..changed }))
    }

    /// A question is picked: it is the current one, whatever was before.
    ///
    /// # Errors
    /// The room is closed or full.
    pub fn pick(&self) -> Result<Self, RoomRefusal> {
        self.open()?;
        if self.picks >= PICKS_PER_ROOM {
            return Err(RoomRefusal::TooManyPicks);
        }
        // The projector shows the question again.
        Ok(Self { picks: self.picks + 1, shows_leaderboard: false, ..self.next(RoomState::QuestionOpen) })
    }

    /// The current question takes no more answers and shows its feedback; `None` if it does already.
    ///
    /// # Errors
    /// There is no question, or the room is closed.
    pub fn close_question(&self) -> Result<Option<Self>, RoomRefusal> {
        match self.state {
            RoomState::QuestionOpen => {
                // The projector shows its feedback.
                Ok(Some(Self { shows_leaderboard: false, ..self.next(RoomState::QuestionClosed) }))
            }
            RoomState::QuestionClosed => Ok(None),
            RoomState::NoQuestion => Err(RoomRefusal::NoQuestion),
            RoomState::RoomClosed => Err(RoomRefusal::Closed),
        }
    }

    /// The room is over; `None` if it is already. A question that was open is passed over: its feedback is never shown.
    pub fn close(&self) -> Option<Self> {
        (self.state != RoomState::RoomClosed).then(|| self.next(RoomState::RoomClosed))
    }

    /// The room goes on, without a question.
    ///
    /// # Errors
    /// It is not closed.
    pub fn reopen(&self) -> Result<Self, RoomRefusal> {
        match self.state {
            RoomState::RoomClosed => Ok(self.next(RoomState::NoQuestion)),
            _ => Err(RoomRefusal::NotClosed),
        }
    }

    /// Whether `pick` takes answers.
    pub const fn takes_answers(&self, pick: u32) -> bool {
        matches!(self.state, RoomState::QuestionOpen) && self.picks == pick
    }

    const fn open(&self) -> Result<(), RoomRefusal> {
        if matches!(self.state, RoomState::RoomClosed) { Err(RoomRefusal::Closed) } else { Ok(()) }
    }

    fn next(&self, state: RoomState) -> Self {
        Self { state, rev: self.rev + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
