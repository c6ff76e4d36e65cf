//! The key of a guest. It is a module of its own, since a guest has an answer and the seats have the keys of guests.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::room_id::short_id;
use crate::validation::{Violation, checked_text};

/// What identifies a guest within a meetup: 10 lower-case letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GuestKey(String);

checked_text!(GuestKey, crate::schema::text("^[a-z0-9]{10}$"));

impl FromStr for GuestKey {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        short_id(text).map(Self)
    }
}
