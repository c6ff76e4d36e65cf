//! People: members, who are signed in, and guests, who have a nickname in one room.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::{NAME_LIMIT, name};
use crate::room_id::RoomId;
use crate::validation::{Violation, checked_text};

/// What identifies a person: a member's `sub` at the issuer (OpenID Connect Core 1.0, section 2), or an id that a guest
/// was given. 1 to 128 visible ASCII characters without `/` and `#`, so that it can be part of a topic and a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonId(String);

checked_text!(PersonId, crate::schema::text("^[!-\"$-.0-~]{1,128}$"));

impl FromStr for PersonId {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let fit = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b'#';
        if text.is_empty() || text.len() > 128 || !text.bytes().all(fit) {
            let message = "A person's id has 1 to 128 visible ASCII characters, none of them “/” or “#”.";
            return Err(Violation::new("person", text, "characters", message));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The beginning of every guest's id. A `sub` of an issuer that begins with it is refused.
pub const GUEST_PREFIX: &str = "guest:";

/// The number of characters of a guest's id after the prefix.
const GUEST_ID_LENGTH: usize = 20;

impl PersonId {
    /// Whether it is a guest's.
    pub fn is_guest(&self) -> bool {
        self.0.starts_with(GUEST_PREFIX)
    }
}

/// A guest's id, as this server makes them: [`GUEST_PREFIX`] and 20 lower-case letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GuestId(String);

checked_text!(GuestId, crate::schema::text("^guest:[a-z0-9]{20}$"));

impl FromStr for GuestId {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let fit = |id: &str| {
            id.len() == GUEST_ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.strip_prefix(GUEST_PREFIX).is_some_and(fit) {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("A guest's id is “{GUEST_PREFIX}” and {GUEST_ID_LENGTH} lower-case letters and digits.");
        Err(Violation::new("guest", text, "id", message))
    }
}

impl From<GuestId> for PersonId {
    fn from(id: GuestId) -> Self {
        Self(id.0)
    }
}

/// The name of a person: one line of 1 to 80 characters, none of them invisible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

checked_text!(PersonName, crate::name::schema());

impl FromStr for PersonName {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        name("name", "A name", text).map(Self)
    }
}

impl PersonName {
    /// This name with a number, which distinguishes it from names that look like it: “Anna (2)”. A long name is cut for it.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        let suffix = format!(" ({number})");
        let kept: String = self.0.chars().take(NAME_LIMIT.saturating_sub(suffix.len())).collect();
        // A name that has become shorter is still one.
        [&kept, suffix.as_str()].concat().parse().unwrap_or_else(|_| self.clone())
    }
}

/// A person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The member's id.
    pub id: PersonId,
    /// What the issuer calls them.
    pub name: PersonName,
    /// Whether they are of the group `admin`.
    #[serde(default)]
    pub is_admin: bool,
    /// All groups that they are of, as the issuer calls them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

impl Member {
    /// Whether they may do what members of a group may: an admin may all.
    pub fn is_of(&self, group: &str) -> bool {
        self.is_admin || self.groups.iter().any(|own| own == group)
    }
}

/// A person who gave a nickname.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// The guest's id.
    pub id: PersonId,
    /// The nickname.
    pub name: PersonName,
    /// The one room that they are a guest of.
    pub room: RoomId,
}

/// A person with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// Signed in.
    Member(Member),
    /// A room's guest.
    Guest(Guest),
}

impl Person {
    /// The person's id.
    pub const fn id(&self) -> &PersonId {
        match self {
            Self::Member(member) => &member.id,
            Self::Guest(guest) => &guest.id,
        }
    }

    /// Their display name.
    pub const fn name(&self) -> &PersonName {
        match self {
            Self::Member(member) => &member.name,
            Self::Guest(guest) => &guest.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_fits_into_a_topic_and_a_key() {
        for fit in ["a", "4d8c-11ec", "auth0|5f7c", &"x".repeat(128)] {
            assert!(fit.parse::<PersonId>().is_ok(), "{fit}");
        }
        for odd in ["", "a/b", "a#b", "a b", "ä", &"x".repeat(129)] {
            assert!(odd.parse::<PersonId>().is_err(), "{odd}");
        }
    }

    #[test]
    fn the_id_of_a_guest_differs_from_that_of_a_member() {
        let id: GuestId = "guest:abcdefghijkmnpqrst23".parse().unwrap();
        assert!(PersonId::from(id).is_guest() && !"ada".parse::<PersonId>().unwrap().is_guest());
        for odd in ["", "guest:", "guest:b1", "ada", "guest:abcdefghijkmnpqrst2#", "abcdefghijkmnpqrst23"] {
            assert!(odd.parse::<GuestId>().is_err(), "{odd}");
        }
    }

    #[test]
    fn a_numbered_name_is_another_name_of_the_same_length_at_most() {
        let name = |text: &str| text.parse::<PersonName>().unwrap();
        assert_eq!(name("Anna").numbered(2), name("Anna (2)"));
        let long = name(&"x".repeat(80));
        assert_eq!(long.numbered(12).as_str(), format!("{} (12)", "x".repeat(75)));
        assert_eq!(name(&format!("{} y", "x".repeat(75))).numbered(2).as_str(), format!("{} (2)", "x".repeat(75)));
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(" Ada ".parse::<PersonName>().unwrap().as_str(), "Ada");
        for odd in ["", "  ", "a\nb", &"x".repeat(81)] {
            assert!(odd.parse::<PersonName>().is_err(), "{odd}");
        }
    }
}
