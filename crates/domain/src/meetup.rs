//! A meetup: what a host announces, and guests answer. People call it an event; here an [`event`](crate::event) is something that happened.
//!
//! A meetup is a draft until its host publishes it. It then opens at its start and ends after its duration; until it ends it can be
//! cancelled. Time moves it only by [`Meetup::advance`], which may be called at any time and twice.

pub mod guest;
pub mod guest_key;
pub mod seats;
pub mod wall_time;

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::person::{Person, PersonId, PersonName};
use crate::room_id::short_id;
use crate::time::Timestamp;
use crate::validation::{Violation, checked_text, line, within};

pub use guest::{GuestOrigin, MeetupGuest};
pub use guest_key::GuestKey;
pub use seats::{GuestAnswer, Seats, SeatsRefusal, Wish};
pub use wall_time::{WallTime, ZoneName};

/// A meetup is published at least this long before it starts.
pub const LEAD: Duration = Duration::from_secs(5 * 60);

/// Publishing can be taken back for this long; invitations are sent after it.
pub const TAKE_BACK: Duration = Duration::from_secs(60);

/// All changes within this time are in one mail.
pub const CHANGES_TOGETHER: Duration = Duration::from_secs(2 * 60);

/// The longest title, in characters.
pub const TITLE_LIMIT: usize = 120;

/// The longest description, in characters of Markdown.
pub const DESCRIPTION_LIMIT: usize = 5_000;

/// The shortest and the longest duration, in minutes: a week.
pub const DURATION: (u32, u32) = (5, 7 * 24 * 60);

/// The most seats of a meetup with a limit.
pub const CAPACITY_LIMIT: u32 = 10_000;

/// The most others whom a guest may bring.
pub const PLUS_LIMIT: u32 = 5;

/// The longest address of a video meeting, in bytes.
pub const JOIN_URL_LIMIT: usize = 1_000;

short_id! {
    /// What identifies a meetup: 10 lower-case letters and digits.
    MeetupId
}

/// What a meetup is called: one line of 1 to 120 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MeetupTitle(String);

checked_text!(MeetupTitle, crate::schema::line(1, TITLE_LIMIT));

impl FromStr for MeetupTitle {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        line("title", "A title", text, 1, TITLE_LIMIT).map(Self)
    }
}

/// What a meetup is about, in Markdown: up to 5,000 characters, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MeetupDescription(String);

checked_text!(MeetupDescription, crate::schema::lines(0, DESCRIPTION_LIMIT));

impl FromStr for MeetupDescription {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        within("description", "A description", text, 0, DESCRIPTION_LIMIT).map(Self)
    }
}

/// The address of a video meeting, which only guests who come get: `https://` and up to 1,000 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JoinUrl(String);

checked_text!(JoinUrl, crate::schema::text("^https://[!#-;=?-Z\\[\\]_a-z~]{1,992}$"));

impl FromStr for JoinUrl {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        // Those characters that an address may have (RFC 3986, appendix A).
        let fit = |byte: u8| {
            byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        };
        let rest = text.strip_prefix("https://").unwrap_or_default();
        if text.len() <= JOIN_URL_LIMIT && !rest.is_empty() && rest.bytes().all(fit) {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("An address begins with https:// and has at most {JOIN_URL_LIMIT} characters.");
        Err(Violation::new("joinUrl", text, "url", message))
    }
}

/// Who sees a meetup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The host and the invited guests.
    #[default]
    Private,
    /// All who have its address.
    Unlisted,
    /// All, and it is in the list.
    Public,
}

/// The state of a meetup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MeetupState {
    /// Only its owner sees it.
    Draft,
    /// It takes answers.
    Published,
    /// It has begun.
    Live,
    /// It is over.
    Ended,
    /// It does not take place.
    Cancelled,
}

/// The owner of a meetup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MeetupOwner {
    /// A member.
    Member {
        /// The member's id.
        id: PersonId,
        /// What people call them.
        name: PersonName,
    },
    /// A visitor, who may only have a draft.
    Visitor {
        /// The hash of the visitor's key.
        key: String,
    },
}

/// Who asks for something.
#[derive(Debug, Clone, Copy)]
pub enum MeetupActor<'a> {
    /// A person.
    Person(&'a Person),
    /// A visitor, by the hash of their key.
    Visitor(&'a str),
    /// Neither.
    Unknown,
}

/// When a meetup starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Start {
    /// The time on the clocks of the zone: it stays if the rules of the zone change.
    pub wall: WallTime,
    /// The zone.
    pub zone: ZoneName,
    /// The moment, by the rules of the zone as the server knows them.
    pub at: Timestamp,
}

/// What guests get a mail about when it changes after a meetup is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedPart {
    /// The title.
    Title,
    /// The start, its zone or the duration.
    Time,
    /// The address of the video meeting.
    JoinUrl,
}

/// What a host may set. A draft may have a title only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetupDetails {
    /// The title.
    pub title: MeetupTitle,
    /// The description.
    #[serde(default)]
    pub description: MeetupDescription,
    /// The start; only a draft has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// The duration in minutes, within [`DURATION`].
    pub minutes: u32,
    /// Who sees it.
    pub visibility: Visibility,
    /// The most others whom a guest may bring, up to [`PLUS_LIMIT`].
    #[serde(default)]
    pub plus_limit: u32,
    /// Whether guests see who comes.
    #[serde(default)]
    pub shows_guests: bool,
    /// The address of the video meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_url: Option<JoinUrl>,
}

/// A meetup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meetup {
    /// Its name in addresses; never changes.
    pub id: MeetupId,
    /// Its owner.
    pub owner: MeetupOwner,
    /// What its host has set.
    #[serde(flatten)]
    pub details: MeetupDetails,
    /// Its state.
    pub state: MeetupState,
    /// Until then publishing can be taken back; the invitations are sent at this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitations_at: Option<Timestamp>,
    /// When guests get a mail about `changed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_mail_at: Option<Timestamp>,
    /// What has changed since the last mail.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub changed: BTreeSet<ChangedPart>,
    /// The number of changes that calendars must apply (RFC 5545, section 3.8.7.4).
    pub sequence: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Grows by one with each write.
    pub rev: u64,
}

/// Why a meetup refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeetupRefusal {
    /// It is another person's.
    #[error("Only the host of the event may do this.")]
    NotHost,
    /// A visitor may only have drafts.
    #[error("Sign in to publish the event.")]
    SignInFirst,
    /// It has no start.
    #[error("Set a date and a time before you publish the event.")]
    NoStart,
    /// It starts too soon.
    #[error("An event starts at least 5 minutes after it is published or moved.")]
    TooSoon,
    /// It is not a draft any more.
    #[error("The event is published already.")]
    NotDraft,
    /// The invitations are sent.
    #[error("The invitations are sent. You can cancel the event instead.")]
    InvitationsSent,
    /// It has begun, so its time stays.
    #[error("The event has begun. Its time cannot change any more.")]
    Begun,
    /// It is over.
    #[error("The event is over.")]
    Over,
    /// It does not take place.
    #[error("The event is cancelled.")]
    Cancelled,
    /// It is a draft.
    #[error("The event is not published. Delete the draft instead.")]
    Draft,
}

impl Meetup {
    /// A draft.
    pub const fn create(id: MeetupId, owner: MeetupOwner, details: MeetupDetails, now: Timestamp) -> Self {
        Self {
            id,
            owner,
            details,
            state: MeetupState::Draft,
            invitations_at: None,
            change_mail_at: None,
            changed: BTreeSet::new(),
            sequence: 0,
            created_at: now,
            rev: 1,
        }
    }

    /// When it starts; `None` if that is not known yet.
    fn starts_at(&self) -> Option<Timestamp> {
        self.details.start.as_ref().map(|start| start.at)
    }

    /// When it ends; `None` if it has no start.
    pub fn ends_at(&self) -> Option<Timestamp> {
        Some(self.starts_at()?.plus(Duration::from_secs(u64::from(self.details.minutes) * 60)))
    }

    /// Whether `actor` is its host.
    pub fn is_host(&self, actor: MeetupActor<'_>) -> bool {
        match (&self.owner, actor) {
            // A guest of a room is no host: their id could be anything.
            (MeetupOwner::Member { id, .. }, MeetupActor::Person(Person::Member(member))) => member.id == *id,
            (MeetupOwner::Visitor { key }, MeetupActor::Visitor(visitor)) => key == visitor,
            _ => false,
        }
    }

    /// What only its host may do.
    ///
    /// # Errors
    /// [`MeetupRefusal::NotHost`].
    pub fn authorize_host(&self, actor: MeetupActor<'_>) -> Result<(), MeetupRefusal> {
        if self.is_host(actor) { Ok(()) } else { Err(MeetupRefusal::NotHost) }
    }

    /// Whether `actor` may see it. `is_invited` says whether they are one of its guests.
    pub fn is_visible(&self, actor: MeetupActor<'_>, is_invited: bool) -> bool {
        match (self.state, self.details.visibility) {
            _ if self.is_host(actor) => true,
            (MeetupState::Draft, _) => false,
            (_, Visibility::Private) => is_invited,
            (_, Visibility::Unlisted | Visibility::Public) => true,
        }
    }

    /// Other details; `None` if nothing changes. Guests of a published meetup get a mail about a new title, time or address.
    ///
    /// # Errors
    /// It is over or cancelled; its time changes although it has begun, or to a start that is too soon.
    pub fn change(&self, details: MeetupDetails, now: Timestamp) -> Result<Option<Self>, MeetupRefusal> {
        self.authorize_open()?;
        let before = &self.details;
        if *before == details {
            return Ok(None);
        }
        let is_moved = (&before.start, before.minutes) != (&details.start, details.minutes);
        if self.state != MeetupState::Draft {
            let start = details.start.as_ref().ok_or(MeetupRefusal::NoStart)?;
            if is_moved && self.state == MeetupState::Live {
                return Err(MeetupRefusal::Begun);
            }
            if before.start.as_ref() != Some(start) && start.at < now.plus(LEAD) {
                return Err(MeetupRefusal::TooSoon);
            }
        }
        // Before the invitations are sent, no guest knows the earlier details.
        let is_announced = self.state != MeetupState::Draft && self.invitations_at.is_none();
        let parts = [
            (before.title != details.title, ChangedPart::Title),
            (is_moved, ChangedPart::Time),
            (before.join_url != details.join_url, ChangedPart::JoinUrl),
        ];
        let parts: Vec<ChangedPart> =
            parts.into_iter().filter(|(is_new, _)| *is_new && is_announced).map(|(_, part)| part).collect();
        let mut next = Self { details, ..self.next(self.state) };
        if !parts.is_empty() {
            next.change_mail_at = self.change_mail_at.or(Some(now.plus(CHANGES_TOGETHER)));
            next.changed.extend(parts);
            next.sequence += 1;
        }
        Ok(Some(next))
    }

    /// The draft is published.
    ///
    /// # Errors
    /// It is no draft, its owner is not signed in, or it has no start that is far enough ahead.
    pub fn publish(&self, now: Timestamp) -> Result<Self, MeetupRefusal> {
        self.authorize_open()?;
        if self.state != MeetupState::Draft {
            return Err(MeetupRefusal::NotDraft);
        }
        if !matches!(self.owner, MeetupOwner::Member { .. }) {
            return Err(MeetupRefusal::SignInFirst);
        }
        if self.starts_at().ok_or(MeetupRefusal::NoStart)? < now.plus(LEAD) {
            return Err(MeetupRefusal::TooSoon);
        }
        Ok(Self { invitations_at: Some(now.plus(TAKE_BACK)), ..self.next(MeetupState::Published) })
    }

    /// Publishing is taken back, before an invitation was sent.
    ///
    /// # Errors
    /// The invitations are sent, or it is not published.
    pub fn take_back(&self, now: Timestamp) -> Result<Self, MeetupRefusal> {
        self.authorize_open()?;
        match (self.state, self.invitations_at) {
            (MeetupState::Draft, _) => Err(MeetupRefusal::Draft),
            (MeetupState::Published, Some(at)) if now < at => {
                Ok(Self { invitations_at: None, ..self.next(MeetupState::Draft) })
            }
            _ => Err(MeetupRefusal::InvitationsSent),
        }
    }

    /// A visitor's draft becomes a member's.
    ///
    /// # Errors
    /// It is a member's already.
    pub fn adopt(&self, id: PersonId, name: PersonName) -> Result<Self, MeetupRefusal> {
        match self.owner {
            MeetupOwner::Visitor { .. } => {
                Ok(Self { owner: MeetupOwner::Member { id, name }, ..self.next(self.state) })
            }
            MeetupOwner::Member { .. } => Err(MeetupRefusal::NotHost),
        }
    }

    /// It does not take place.
    ///
    /// # Errors
    /// It is a draft, over, or cancelled already.
    pub fn cancel(&self) -> Result<Self, MeetupRefusal> {
        self.authorize_open()?;
        if self.state == MeetupState::Draft {
            return Err(MeetupRefusal::Draft);
        }
        Ok(Self {
            invitations_at: None,
            change_mail_at: None,
            changed: BTreeSet::new(),
            sequence: self.sequence + 1,
            ..self.next(MeetupState::Cancelled)
        })
    }

    /// What time makes of it; `None` if it stays as it is.
    pub fn advance(&self, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        if next.state == MeetupState::Published && next.starts_at().is_some_and(|start| start <= now) {
            next.state = MeetupState::Live;
        }
        if next.state == MeetupState::Live && next.ends_at().is_some_and(|end| end <= now) {
            next.state = MeetupState::Ended;
        }
        next.invitations_at = next.invitations_at.filter(|at| now < *at);
        if next.change_mail_at.is_some_and(|at| at <= now) {
            next.change_mail_at = None;
            next.changed.clear();
        }
        (next != *self).then(|| Self { rev: self.rev + 1, ..next })
    }

    /// When [`advance`](Self::advance) changes it next.
    pub fn next_due(&self) -> Option<Timestamp> {
        let start = self.starts_at().filter(|_| self.state == MeetupState::Published);
        let end = self.ends_at().filter(|_| self.state == MeetupState::Live);
        [start, end, self.invitations_at, self.change_mail_at].into_iter().flatten().min()
    }

    const fn authorize_open(&self) -> Result<(), MeetupRefusal> {
        match self.state {
            MeetupState::Ended => Err(MeetupRefusal::Over),
            MeetupState::Cancelled => Err(MeetupRefusal::Cancelled),
            MeetupState::Draft | MeetupState::Published | MeetupState::Live => Ok(()),
        }
    }

    fn next(&self, state: MeetupState) -> Self {
        Self { state, rev: self.rev + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
