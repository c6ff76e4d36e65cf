//! The id of a room. It is a module of its own, since a guest has the id of a room and a room has people.

use crate::validation::Violation;

/// The characters of a random id.
pub const ID_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The number of characters of an id that this server makes.
pub const ID_LENGTH: usize = 10;

/// Declares a type of ids that this server makes: [`ID_LENGTH`] lower-case letters and digits.
macro_rules! short_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        $crate::validation::checked_text!($name, $crate::schema::text("^[a-z0-9]{10}$"));

        impl std::str::FromStr for $name {
            type Err = $crate::validation::Violation;

            fn from_str(text: &str) -> Result<Self, $crate::validation::Violation> {
                $crate::room_id::check_short_id(text).map(Self)
            }
        }
    };
}
pub(crate) use short_id;

short_id! {
    /// A room's name in addresses: [`ID_LENGTH`] lower-case letters and digits. Two rooms may have one name, never one id.
    RoomId
}

/// Checks an id that this server makes.
pub(crate) fn check_short_id(text: &str) -> Result<String, Violation> {
    let fit = text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if fit {
        return Ok(text.to_owned());
    }
    let message = format!("An id has {ID_LENGTH} lower-case letters and digits.");
    Err(Violation::new("id", text, "id", message))
}
