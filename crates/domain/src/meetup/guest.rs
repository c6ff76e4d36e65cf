//! A guest of a meetup.

use serde::{Deserialize, Serialize};

use crate::meetup::guest_key::GuestKey;
use crate::meetup::seats::GuestAnswer;
use crate::person::{PersonId, PersonName};
use crate::time::Timestamp;

/// How a guest came to the meetup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GuestOrigin {
    /// By an invitation of the host.
    Invited,
    /// By the address of an unlisted meetup.
    Link,
    /// From the list of public meetups.
    Public,
}

/// A guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetupGuest {
    /// What identifies them.
    pub key: GuestKey,
    /// What people call them.
    pub name: PersonName,
    /// The member they are, if they were signed in when they answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// How they came.
    pub origin: GuestOrigin,
    /// What they answered.
    #[serde(flatten)]
    pub answer: GuestAnswer,
    /// When they answered last.
    pub answered_at: Timestamp,
    /// Grows by one with each write.
    pub rev: u64,
}
