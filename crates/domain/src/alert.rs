//! Alerts: what a person wants to be notified of, and whether an event matches.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::event::{Event, EventKind};
use crate::json_pointer::JsonPointer;
use crate::table::TableStatus;
use crate::time::Timestamp;
use crate::topic::Topic;
use crate::validation::Violation;

/// A person has at most this many alerts.
pub const ALERTS_PER_PERSON: usize = 100;

/// An alert about a private item lasts 30 days unless a member who may still read the item renews it: the server learns of a
/// member's groups only from the token that the member shows.
pub const PRIVATE_ALERT_KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);

/// A visitor's alerts last 180 days after the visitor's last visit: a browser that forgets its key never comes back for them.
pub const VISITOR_KEPT: Duration = Duration::from_secs(180 * 24 * 3_600);

/// A time of the day: minutes since midnight, 0 to 1,439. Travels as `09:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DayTime(u16);

impl DayTime {
    /// This many minutes since midnight; beyond a day it begins again.
    pub const fn from_minutes(minutes: u16) -> Self {
        Self(minutes % (24 * 60))
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

#[cfg(feature = "openapi")]
crate::described!(DayTime, crate::schema::text("^([01][0-9]|2[0-3]):[0-5][0-9]$"));

impl FromStr for DayTime {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let two = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let read = text.split_once(':').and_then(|(hours, minutes)| two(hours).zip(two(minutes)));
        match read {
            Some((hours @ 0..=23, minutes @ 0..=59)) => Ok(Self(hours * 60 + minutes)),
            _ => Err(Violation::new("time", text, "time", "A time of the day looks like 09:30.")),
        }
    }
}

impl TryFrom<String> for DayTime {
    type Error = Violation;

    fn try_from(text: String) -> Result<Self, Violation> {
        text.parse()
    }
}

impl From<DayTime> for String {
    fn from(time: DayTime) -> Self {
        time.to_string()
    }
}

/// A span of the day, from its first minute to before its last one. Over midnight if the end is not after the beginning;
/// the whole day if both are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    /// When it begins: `09:30`.
    pub from: DayTime,
    /// When it is over: `17:00`.
    pub to: DayTime,
}

/// A moment on the clock of the notified person, in their time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalMoment {
    /// The day of the week, from 1 for Monday to 7 for Sunday (ISO 8601).
    pub weekday: u8,
    /// The time of the day.
    pub time: DayTime,
}

/// The moment of an event on the two clocks that decide about it. They differ if an alert was set in another time zone than
/// the preferences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalMoments {
    /// In the time zone of the rule's hours.
    pub rule: LocalMoment,
    /// In the time zone of the quiet hours.
    pub quiet: LocalMoment,
}

impl Span {
    /// Whether it holds a time of the day.
    pub fn contains(self, time: DayTime) -> bool {
        if self.from < self.to { (self.from..self.to).contains(&time) } else { time >= self.from || time < self.to }
    }

    /// Whether it holds a moment on one of these days, bit 0 being Monday. A span over midnight belongs to the day on
    /// which it begins.
    fn contains_on(self, days: u8, moment: LocalMoment) -> bool {
        let after_midnight = self.from >= self.to && moment.time < self.to && moment.time < self.from;
        let began = if after_midnight { (moment.weekday + 5) % 7 } else { (moment.weekday + 6) % 7 };
        self.contains(moment.time) && days & (1 << began) != 0
    }
}

/// Monday to Friday.
pub const WORKDAYS: u8 = 0b001_1111;

/// Any day.
pub const EVERY_DAY: u8 = 0b111_1111;

/// When an alert notifies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "when", rename_all = "snake_case", try_from = "RuleFields")]
pub enum AlertRule {
    /// The next time that a table gets free, and then no more.
    FreeOnce,
    /// Each time that a table gets free or busy, or that an item has another value: of an item once a minute at most.
    EachChange,
    /// Each time that a number of an item crosses a threshold.
    #[serde(rename = "passes")]
    CrossesThreshold {
        /// Where the number stands: a JSON Pointer (RFC 6901), like `/speed`.
        path: JsonPointer,
        /// Whether it notifies when the number rises above the bound (true), or when it falls below it.
        above: bool,
        /// The bound.
        #[cfg_attr(feature = "openapi", schema(value_type = f64))]
        bound: Number,
    },
    /// Each time that a table gets free within these hours.
    FreeWithin {
        /// The days: bit 0 is Monday.
        #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 127))]
        days: u8,
        /// The hours.
        #[serde(flatten)]
        hours: Span,
    },
    /// Events in a room.
    Room {
        /// A question was picked.
        question: bool,
        /// Feedback is shown.
        feedback: bool,
        /// The room is closed.
        closed: bool,
    },
}

/// Every field of every rule. Rules are read through this type: what serde derives for an internally tagged enum buffers each value and
/// costs the site 3 KB of its first load.
#[derive(Deserialize)]
struct RuleFields {
    when: String,
    path: Option<JsonPointer>,
    above: Option<bool>,
    bound: Option<Number>,
    days: Option<u8>,
    from: Option<DayTime>,
    to: Option<DayTime>,
    question: Option<bool>,
    feedback: Option<bool>,
    closed: Option<bool>,
}

/// A rule of an unknown kind, or without one of its fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// There is no such kind.
    #[error("unknown rule “{0}”, expected free_once, each_change, passes, free_within or room")]
    UnknownKind(String),
    /// A field is missing.
    #[error("missing field `{0}`")]
    Missing(&'static str),
}

impl TryFrom<RuleFields> for AlertRule {
    type Error = RuleError;

    fn try_from(fields: RuleFields) -> Result<Self, RuleError> {
        let RuleFields { when, path, above, bound, days, from, to, question, feedback, closed } = fields;
        let flag = |value: Option<bool>, name| value.ok_or(RuleError::Missing(name));
        Ok(match when.as_str() {
            "free_once" => Self::FreeOnce,
            "each_change" => Self::EachChange,
            "passes" => Self::CrossesThreshold {
                path: path.ok_or(RuleError::Missing("path"))?,
                above: flag(above, "above")?,
                bound: bound.ok_or(RuleError::Missing("bound"))?,
            },
            "free_within" => Self::FreeWithin {
                days: days.ok_or(RuleError::Missing("days"))?,
                hours: Span { from: from.ok_or(RuleError::Missing("from"))?, to: to.ok_or(RuleError::Missing("to"))? },
            },
            "room" => Self::Room {
                question: flag(question, "question")?,
                feedback: flag(feedback, "feedback")?,
                closed: flag(closed, "closed")?,
            },
            _ => return Err(RuleError::UnknownKind(when)),
        })
    }
}

/// Whether a bound is a number that DynamoDB can store: it treats numbers nearer to zero than 1e-130 as zero, and takes none beyond
/// 1e126 ("Supported data types and naming rules in Amazon DynamoDB").
fn can_be_stored(bound: &Number) -> bool {
    bound.as_f64().is_some_and(|bound| bound == 0.0 || (1e-100..=1e100).contains(&bound.abs()))
}

impl AlertRule {
    /// Whether it can be set for this topic, and ever notifies.
    ///
    /// # Errors What is wrong with it, in a sentence.
    pub fn check(&self, topic: &Topic) -> Result<(), Violation> {
        let refuse =
            |value: &str, constraint: &str, message: &str| Err(Violation::of_rule("when", value, constraint, message));
        match (self, topic) {
            (Self::FreeOnce | Self::EachChange, Topic::Table(_)) => Ok(()),
            (Self::CrossesThreshold { bound, .. }, Topic::Item(_)) if !can_be_stored(bound) => {
                let message = "A bound is 0, or between 1e-100 and 1e100 away from it.";
                Err(Violation::of_rule("bound", &bound.to_string(), "range", message))
            }
            (Self::EachChange | Self::CrossesThreshold { .. }, Topic::Item(_)) => Ok(()),
            (Self::FreeWithin { days, .. }, Topic::Table(_)) if days & EVERY_DAY == 0 || days & !EVERY_DAY != 0 => {
                Err(Violation::new("days", &days.to_string(), "days", "Choose at least one day of the week."))
            }
            (Self::FreeWithin { .. }, Topic::Table(_)) => Ok(()),
            (Self::Room { question: false, feedback: false, closed: false }, Topic::Room(_)) => {
                refuse("", "choice", "Choose what you want to be told of.")
            }
            (Self::Room { .. }, Topic::Room(_)) => Ok(()),
            _ => refuse(&topic.to_string(), "topic", "This cannot be asked of that."),
        }
    }

    /// Whether it ends after it has notified.
    pub const fn is_once(&self) -> bool {
        matches!(self, Self::FreeOnce)
    }
}

/// What a person wants to be notified of for one topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Its topic: `table/{id}`, `room/{id}` or `item/{key}`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub topic: Topic,
    /// The display name of the topic, as it was when the alert was set.
    pub name: String,
    /// When it notifies.
    pub rule: AlertRule,
    /// The time zone of the rule's hours (IANA), like `Asia/Tokyo`; left out if the client did not send one: then the
    /// time zone of the preferences holds.
    #[serde(rename = "timeZone", default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// When it was set (RFC 3339, UTC).
    pub asked_at: Timestamp,
    /// The revision that the table, room or item had then: earlier events do not notify.
    pub asked_rev: u64,
    /// When it ends unless it is renewed (RFC 3339, UTC); left out if it lasts until it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Grows by one with each write.
    pub rev: u64,
}

/// How a person wants to be notified.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Preferences {
    /// Their time zone (IANA), like `Europe/Zurich`; UTC if it is empty or unknown.
    #[cfg_attr(feature = "openapi", schema(schema_with = time_zone_schema))]
    pub time_zone: String,
    /// The hours in which nothing notifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Span>,
    /// Until when nothing notifies (RFC 3339, UTC).
    #[cfg_attr(feature = "openapi", schema(schema_with = moment_or_null))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
}

/// A time zone's name (IANA), or an empty text.
#[cfg(feature = "openapi")]
pub fn time_zone_schema() -> utoipa::openapi::schema::ObjectBuilder {
    crate::schema::text("^[A-Za-z0-9/_+-]{0,64}$")
}

#[cfg(feature = "openapi")]
fn moment_or_null() -> utoipa::openapi::schema::ObjectBuilder {
    crate::schema::or_null(crate::schema::moment())
}

impl Preferences {
    /// Whether notifications are off at this moment, for all alerts.
    pub fn is_quiet(&self, at: Timestamp, local: LocalMoment) -> bool {
        self.paused_until.is_some_and(|until| at < until) || self.quiet.is_some_and(|quiet| quiet.contains(local.time))
    }

    /// Whether a time zone's name can be one: of an alert or of the preferences. Empty is none.
    ///
    /// # Errors What is wrong with it, in a sentence.
    pub fn check_time_zone(name: &str) -> Result<(), Violation> {
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
        if name.len() <= 64 && name.bytes().all(fit) {
            return Ok(());
        }
        let message = "A time zone's name looks like Europe/Zurich.";
        Err(Violation::new("timeZone", name, "timeZone", message))
    }
}

impl Alert {
    /// How long an alert about a topic lasts unless it is renewed; `None` if it lasts until it is deleted.
    pub fn lifetime(topic: &Topic, is_visitors: bool) -> Option<Duration> {
        match topic {
            Topic::Item(key) if key.is_private() => Some(PRIVATE_ALERT_KEPT),
            _ => is_visitors.then_some(VISITOR_KEPT),
        }
    }

    /// When it ends. An alert about a private item ends also if it was stored without a time.
    fn end(&self) -> Option<Timestamp> {
        self.expires_at.or_else(|| Self::lifetime(&self.topic, false).map(|kept| self.asked_at.plus(kept)))
    }

    /// Whether it has ended.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.end().is_some_and(|end| end <= now)
    }

    /// The same alert with a new end, if half of its time is over. Nothing if it lasts until it is deleted, or is young.
    #[must_use]
    pub fn renewed(&self, is_visitors: bool, now: Timestamp) -> Option<Self> {
        let lifetime = Self::lifetime(&self.topic, is_visitors)?;
        let is_young = self.expires_at.is_some_and(|end| now.plus(lifetime / 2) < end);
        (!is_young).then(|| Self { expires_at: Some(now.plus(lifetime)), rev: self.rev + 1, ..self.clone() })
    }

    /// Whether the alert was set before this event. Decided by the revision, since two clocks may differ; otherwise by the
    /// time, since a program that writes to the table without this server may leave the revision as it is. A person who
    /// set an alert for a free table did so while it was not free: if it is free at that revision, it has become free
    /// since.
    fn precedes(&self, event: &Event) -> bool {
        let since_then = event.rev > self.asked_rev || (self.rule.is_once() && event.rev == self.asked_rev);
        since_then || event.at > self.asked_at
    }

    /// Whether this event matches the alert, at the moment of the event on the person's clock, which is the same for the
    /// rule and for the quiet hours. Decided by the content of the event only, so that each repetition gives the same
    /// result.
    pub fn rings(&self, event: &Event, preferences: &Preferences, local: LocalMoment) -> bool {
        self.should_notify(event, preferences, LocalMoments { rule: local, quiet: local })
    }

    /// Whether this event matches the alert, if the rule and the quiet hours have time zones of their own. Decided by the
    /// content of the event only.
    pub fn should_notify(&self, event: &Event, preferences: &Preferences, local: LocalMoments) -> bool {
        let wanted = match (&self.rule, &event.kind) {
            (AlertRule::FreeOnce, EventKind::Table { status: TableStatus::Free, .. }) => true,
            (AlertRule::EachChange, EventKind::Table { status: TableStatus::Free | TableStatus::Busy, .. }) => true,
            (AlertRule::FreeWithin { days, hours }, EventKind::Table { status: TableStatus::Free, .. }) => {
                hours.contains_on(*days, local.rule)
            }
            (AlertRule::EachChange, EventKind::Item { .. }) => true,
            (AlertRule::CrossesThreshold { path, above, bound }, EventKind::Numbers { changes, .. }) => {
                changes.iter().any(|change| change.path == *path && change.crosses(*above, bound))
            }
            (AlertRule::Room { question, .. }, EventKind::Question { .. }) => *question,
            (AlertRule::Room { feedback, .. }, EventKind::Feedback { .. }) => *feedback,
            (AlertRule::Room { closed, .. }, EventKind::Closed { .. }) => *closed,
            _ => false,
        };
        wanted
            && self.topic == event.topic()
            && self.precedes(event)
            && !self.has_expired(event.at)
            && !preferences.is_quiet(event.at, local.quiet)
    }
}

#[cfg(test)]
mod tests;
