//! The id of a room. It is a module of its own, since a guest has the id of a room and a room has people.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validation::{Violation, checked_text};

/// The characters of a random id.
pub const ID_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The number of characters of an id that this server makes.
pub const ID_LENGTH: usize = 10;

/// A room's name in addresses: [`ID_LENGTH`] lower-case letters and digits. Two rooms may have one name, never one id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomId(String);

checked_text!(RoomId, crate::schema::text("^[a-z0-9]{10}$"));

impl FromStr for RoomId {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        short_id(text).map(Self)
    }
}

/// A random id of this server.
pub(crate) fn short_id(text: &str) -> Result<String, Violation> {
    let fit = text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if fit {
        return Ok(text.to_owned());
    }
    let message = format!("An id has {ID_LENGTH} lower-case letters and digits.");
    Err(Violation::new("id", text, "id", message))
}
