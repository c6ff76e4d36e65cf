//! The paths and bodies of meetups, which people call events.

use serde::{Deserialize, Serialize};

use domain::meetup::{GuestKey, Meetup, MeetupGuest, MeetupId, SeatsView, Visibility};
#[cfg(feature = "openapi")]
use domain::meetup::{JoinUrl, MeetupDescription, MeetupTitle, WallTime, ZoneName};
#[cfg(feature = "openapi")]
use domain::person::PersonName;

/// `GET` lists the public meetups, `POST` creates a draft.
pub const MEETUPS: &str = "/v1/meetups";

/// `GET` lists the caller's own meetups.
pub const OWN_MEETUPS: &str = "/v1/me/meetups";

/// `GET` reads a meetup, `PUT` replaces its details, `DELETE` deletes a draft.
pub fn meetup(id: &MeetupId) -> String {
    format!("{MEETUPS}/{id}")
}

/// `POST` publishes a draft.
pub fn publish(id: &MeetupId) -> String {
    format!("{MEETUPS}/{id}/publish")
}

/// `POST` takes publishing back.
pub fn take_back(id: &MeetupId) -> String {
    format!("{MEETUPS}/{id}/take-back")
}

/// `POST` cancels a meetup.
pub fn cancel(id: &MeetupId) -> String {
    format!("{MEETUPS}/{id}/cancel")
}

/// `PUT` answers for the caller.
pub fn answer(id: &MeetupId) -> String {
    format!("{MEETUPS}/{id}/answer")
}

/// `GET` returns the meetup as an iCalendar object.
pub fn calendar(id: &MeetupId) -> String {
    format!("{MEETUPS}/{id}/calendar")
}

/// `GET` lists the guests.
pub fn guests(id: &MeetupId) -> String {
    format!("{MEETUPS}/{id}/guests")
}

/// `DELETE` removes a guest.
pub fn guest(id: &MeetupId, guest: &GuestKey) -> String {
    format!("{MEETUPS}/{id}/guests/{guest}")
}

/// The body of `POST /v1/meetups` and of `PUT /v1/meetups/{id}`. An omitted field is not set: a draft needs only a title.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetupForm {
    /// 1 to 120 characters on one line.
    #[cfg_attr(feature = "openapi", schema(value_type = MeetupTitle))]
    pub title: String,
    /// Up to 5,000 characters of Markdown.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<MeetupDescription>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The start as the clocks of the zone show it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<WallTime>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The time zone of the start, by its name in the tz database; required with a start.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ZoneName>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The duration in minutes: 5 to 10,080; 60 by default.
    #[cfg_attr(feature = "openapi", schema(minimum = 5, maximum = 10_080))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
    /// The people who see it once it is published; `private` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// The number of seats: 1 to 10,000. Without it there is no limit.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i64>,
    /// The number of others whom each guest may bring: 0 to 5; 0 by default.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 5))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plus_limit: Option<i64>,
    /// Whether guests see the names of those who come; false by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows_guests: Option<bool>,
    /// The address of the video meeting, for guests who come.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<JoinUrl>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_url: Option<String>,
}

/// The body of `PUT /v1/meetups/{id}/answer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetupAnswer {
    /// Whether the guest comes.
    pub is_coming: bool,
    /// The number of others whom the guest brings; 0 by default.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 5))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plus: Option<i64>,
    /// The name of a guest who is not signed in; required with their first answer.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<PersonName>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A meetup on its topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetupState {
    /// The meetup, in its public form.
    pub meetup: Meetup,
    /// Its description as HTML.
    pub description_html: String,
}

/// A meetup as the caller sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetupPage {
    /// The meetup. Only its host and guests who come get the address of the video meeting.
    pub meetup: Meetup,
    /// Its description as HTML.
    pub description_html: String,
    /// Its seats.
    pub seats: SeatsView,
    /// Whether the caller is its host.
    pub is_host: bool,
    /// The caller as its guest, after an answer or an invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<MeetupGuest>,
    /// The position on the wait list, from 1 on, if the guest waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_position: Option<u32>,
}
