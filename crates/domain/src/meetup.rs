//! A meetup: what a host announces, and guests answer. People call it an event; here an [`event`](crate::event) is something that happened.
//!
//! A meetup is a draft until its host publishes it. It then opens at its start and ends after its duration; until it ends it can be
//! cancelled. Time moves it only by [`Meetup::advance`], which may be called at any time and twice.

pub mod guest;
pub mod guest_key;
pub mod invitation;
pub mod seats;
pub mod wall_time;

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::person::{Member, PersonId, PersonName};
use crate::room_id::short_id;
use crate::time::Timestamp;
use crate::validation::{Violation, checked_text, line, within};

pub use guest::{GuestOrigin, MeetupGuest};
pub use guest_key::GuestKey;
pub use seats::{GuestAnswer, Seats, SeatsRefusal, SeatsView, Wish};
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

/// The most meetups of a member.
pub const MEETUPS_PER_HOST: usize = 200;

/// The most drafts of a browser without sign-in.
pub const DRAFTS_PER_VISITOR: usize = 10;

/// The number of seats that a host may set: 1 to [`CAPACITY_LIMIT`].
///
/// # Errors
/// It is another number.
pub fn check_capacity(capacity: i64) -> Result<u32, Violation> {
    let message =
        || format!("An event has 1 to {CAPACITY_LIMIT} seats, or no limit; {capacity} is none of these numbers.");
    in_range("capacity", capacity, (1, CAPACITY_LIMIT), message)
}

/// The duration that a host may set, in minutes: within [`DURATION`].
///
/// # Errors
/// It is another number.
pub fn check_minutes(minutes: i64) -> Result<u32, Violation> {
    let message = || format!("An event lasts {} minutes to 7 days; this is {minutes} minutes.", DURATION.0);
    in_range("minutes", minutes, DURATION, message)
}

/// The number of others whom guests may bring, as a host may set it: up to [`PLUS_LIMIT`].
///
/// # Errors
/// It is another number.
pub fn check_plus_limit(plus: i64) -> Result<u32, Violation> {
    let message = || format!("A guest may bring 0 to {PLUS_LIMIT} others; {plus} is none of these numbers.");
    in_range("plusLimit", plus, (0, PLUS_LIMIT), message)
}

/// The number of others whom a guest brings: up to [`PLUS_LIMIT`]. The host may allow fewer.
///
/// # Errors
/// It is another number.
pub fn check_plus(plus: i64) -> Result<u32, Violation> {
    let message = || format!("A guest brings 0 to {PLUS_LIMIT} others; {plus} is none of these numbers.");
    in_range("plus", plus, (0, PLUS_LIMIT), message)
}

fn in_range(
    property: &str,
    number: i64,
    (least, most): (u32, u32),
    message: impl FnOnce() -> String,
) -> Result<u32, Violation> {
    let checked = u32::try_from(number).ok().filter(|checked| (least..=most).contains(checked));
    checked.ok_or_else(|| Violation::new(property, &number.to_string(), "range", message()))
}

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

impl FromStr for Visibility {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        match text {
            "private" => Ok(Self::Private),
            "unlisted" => Ok(Self::Unlisted),
            "public" => Ok(Self::Public),
            _ => {
                let message = "An event is “private”, “unlisted” or “public”.";
                Err(Violation::new("visibility", text, "visibility", message))
            }
        }
    }
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MeetupOwner {
    /// A member.
    Member {
        /// The member's id.
        id: PersonId,
        /// The member's name.
        name: PersonName,
    },
    /// A browser without sign-in, which may only have drafts.
    Visitor {
        /// The id of the browser.
        id: PersonId,
    },
}

impl MeetupOwner {
    /// The id of the member or of the browser.
    pub const fn id(&self) -> &PersonId {
        match self {
            Self::Member { id, .. } | Self::Visitor { id } => id,
        }
    }
}

/// The identities of a caller. A member may also have the key of the browser in which they wrote a draft before they signed in.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeetupActor<'a> {
    /// The member.
    pub member: Option<&'a Member>,
    /// The id of the browser.
    pub visitor: Option<&'a PersonId>,
}

impl<'a> MeetupActor<'a> {
    /// The ids of the member and of the browser. The first one is that under which the caller answers.
    pub fn ids(self) -> impl Iterator<Item = &'a PersonId> {
        self.member.map(|member| &member.id).into_iter().chain(self.visitor)
    }
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// Whether its end has passed: only then a cancelled meetup leaves the list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_past: bool,
    /// The number of changes that calendars must apply (RFC 5545, section 3.8.7.4).
    pub sequence: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Grows by one with each write.
    pub rev: u64,
}

/// A meetup in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetupListing {
    /// The meetup, in its public form and without its description.
    pub meetup: Meetup,
    /// Its seats.
    pub seats: SeatsView,
}

impl MeetupListing {
    /// The entry of a meetup with these seats.
    pub fn new(meetup: Meetup, seats: &Seats) -> Self {
        let public = meetup.public();
        let details = MeetupDetails { description: MeetupDescription::default(), ..public.details };
        Self { meetup: Meetup { details, ..public }, seats: seats.view() }
    }

    /// Its revision: it grows with each write of the meetup and of its seats.
    pub const fn rev(&self) -> u64 {
        self.meetup.rev + self.seats.rev
    }
}

/// Why a meetup refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeetupRefusal {
    /// There is none, or the caller may not see it.
    #[error(
        "There is no such event, or you are not invited to it. If you are, sign in, or open the link in your invitation."
    )]
    NotFound,
    /// It is another person's.
    #[error("Only the host of the event may do this.")]
    NotHost,
    /// The host comes in any case.
    #[error("You are the host of this event. Guests answer.")]
    OwnEvent,
    /// The caller is neither signed in nor has a browser's key.
    #[error("Sign in, or send the key of your browser in the header “x-visitor-key”.")]
    NoIdentity,
    /// A guest without an account has no name yet.
    #[error("Enter your name, so that the host knows who comes.")]
    NoName,
    /// More others than the host allows.
    #[error("You can bring {0} others to this event.")]
    TooManyOthers(u32),
    /// Guests have seen it, so it stays visible.
    #[error(
        "A published event cannot become private, because people have seen it. Cancel it and create a private one."
    )]
    StaysVisible,
    /// [`MEETUPS_PER_HOST`] or [`DRAFTS_PER_VISITOR`] is reached.
    #[error("You have {0} events, and no one can have more. Delete a draft that you no longer need.")]
    TooManyMeetups(usize),
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
    /// Only drafts are deleted.
    #[error("Only a draft can be deleted. Cancel the event instead.")]
    Announced,
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

impl MeetupRefusal {
    /// Whether the reason is the caller, and not the state of the meetup.
    pub const fn is_about_person(self) -> bool {
        matches!(self, Self::NotHost | Self::OwnEvent)
    }
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
            is_past: false,
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
        match &self.owner {
            MeetupOwner::Member { id, .. } => actor.member.is_some_and(|member| member.id == *id),
            MeetupOwner::Visitor { id } => actor.visitor == Some(id),
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

    /// As guests and lists see it: without the address of the video meeting.
    #[must_use]
    pub fn public(self) -> Self {
        Self { details: MeetupDetails { join_url: None, ..self.details }, ..self }
    }

    /// Whether others than the host see it at all.
    pub fn is_draft(&self) -> bool {
        self.state == MeetupState::Draft
    }

    /// Whether it is in the public list: it is public and not over. One that is cancelled stays until its end, so that people see it.
    pub fn is_listed(&self) -> bool {
        self.details.visibility == Visibility::Public && !self.is_draft() && !self.is_past
    }

    /// Whether a guest may answer that they come with this many others.
    ///
    /// # Errors
    /// It takes no answers, or not with these.
    pub fn authorize_answer(&self, actor: MeetupActor<'_>, plus: u32) -> Result<(), MeetupRefusal> {
        if self.is_host(actor) {
            return Err(MeetupRefusal::OwnEvent);
        }
        self.authorize_open()?;
        if self.is_draft() {
            return Err(MeetupRefusal::NotFound);
        }
        if plus > self.details.plus_limit {
            return Err(MeetupRefusal::TooManyOthers(self.details.plus_limit));
        }
        Ok(())
    }

    /// Whether it may be deleted.
    ///
    /// # Errors
    /// It was published: guests would look for it.
    pub fn authorize_deletion(&self) -> Result<(), MeetupRefusal> {
        if self.is_draft() { Ok(()) } else { Err(MeetupRefusal::Announced) }
    }

    /// Whether a host who has this many meetups may create another one.
    ///
    /// # Errors
    /// They have [`MEETUPS_PER_HOST`], or a browser has [`DRAFTS_PER_VISITOR`].
    pub const fn authorize_another(owner: &MeetupOwner, count: usize) -> Result<(), MeetupRefusal> {
        let limit = match owner {
            MeetupOwner::Member { .. } => MEETUPS_PER_HOST,
            MeetupOwner::Visitor { .. } => DRAFTS_PER_VISITOR,
        };
        if count < limit { Ok(()) } else { Err(MeetupRefusal::TooManyMeetups(limit)) }
    }

    /// Other details; `None` if nothing changes. Guests of a published meetup get a mail about a new title, time or address.
    ///
    /// # Errors
    /// It is over or cancelled; its time changes although it has begun, or to a start that is too soon; or a published one becomes
    /// private.
    pub fn change(&self, details: MeetupDetails, now: Timestamp) -> Result<Option<Self>, MeetupRefusal> {
        self.authorize_open()?;
        let before = &self.details;
        if *before == details {
            return Ok(None);
        }
        let is_moved = (&before.start, before.minutes) != (&details.start, details.minutes);
        if self.state != MeetupState::Draft {
            if details.visibility == Visibility::Private && before.visibility != Visibility::Private {
                return Err(MeetupRefusal::StaysVisible);
            }
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
        next.is_past |= !next.is_draft() && next.ends_at().is_some_and(|end| end <= now);
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
        let has_end = matches!(self.state, MeetupState::Live | MeetupState::Cancelled) && !self.is_past;
        let end = self.ends_at().filter(|_| has_end);
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
