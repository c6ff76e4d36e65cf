//! A meetup as an iCalendar object (RFC 5545), for the calendars of its host and its guests.
//!
//! - One UID for the whole life of a meetup, and the number of changes as its SEQUENCE: so a calendar replaces the entry that it has.
//! - Times are in UTC: a calendar needs no rules of a time zone, and its owner's zone applies.
//! - METHOD is PUBLISH, without attendees: a calendar then shows no answer buttons, which would lead to no one, and no guest's address is in
//!   it. A cancelled meetup is CANCEL with the same UID.

use domain::meetup::{Meetup, MeetupState};
use domain::time::Timestamp;
use icalendar::{Calendar, Component, Event};

/// The file type of an iCalendar object.
pub(crate) const CONTENT_TYPE: &str = "text/calendar; charset=utf-8";

/// The meetup as a calendar with one entry; `None` without a start. `site` is the address of the site, without a slash at its end.
pub(crate) fn calendar(meetup: &Meetup, site: &str, now: Timestamp) -> Option<String> {
    let (start, end) = (meetup.details.start.as_ref()?.at, meetup.ends_at()?);
    let is_cancelled = meetup.state == MeetupState::Cancelled;
    let address = format!("{site}/events/{}", meetup.id);
    let mut event = Event::new();
    event
        .add_property("UID", format!("{}@rally", meetup.id))
        .add_property("DTSTAMP", utc(now))
        .add_property("DTSTART", utc(start))
        .add_property("DTEND", utc(end))
        .add_property("SEQUENCE", meetup.sequence.to_string())
        .add_property("STATUS", if is_cancelled { "CANCELLED" } else { "CONFIRMED" })
        .summary(meetup.details.title.as_str())
        .description(&address)
        .add_property("URL", &address);
    let mut calendar = Calendar::new();
    calendar.append_property(("METHOD", if is_cancelled { "CANCEL" } else { "PUBLISH" })).push(event.done());
    Some(calendar.to_string())
}

/// A time in UTC, in the basic form of ISO 8601.
fn utc(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.milliseconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}
