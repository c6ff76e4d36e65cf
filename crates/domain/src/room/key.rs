//! What opens a room: its join code, or the token of a link.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validation::{Violation, checked_text};

/// The characters of a join code: no I, L, O, U, 0 or 1, which are mistaken for other characters, or make words.
pub const CODE_ALPHABET: &[u8; 30] = b"ABCDEFGHJKMNPQRSTVWXYZ23456789";

/// The length of a join code in characters.
pub const CODE_LENGTH: usize = 6;

/// Six characters that lead to a room, as people read them off a wall and type them: spaces, hyphens and case make no
/// difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JoinCode(String);

checked_text!(JoinCode, crate::schema::code("[A-HJKMNP-TV-Za-hjkmnp-tv-z2-9]", CODE_LENGTH));

impl FromStr for JoinCode {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let bare = |character: &char| !character.is_whitespace() && *character != '-';
        let code: String = text.chars().filter(bare).take(80).map(|character| character.to_ascii_uppercase()).collect();
        let length = code.chars().count();
        if length != CODE_LENGTH {
            let message = format!("A join code has {CODE_LENGTH} characters; this one has {length}.");
            return Err(Violation::new("code", text, "length", message));
        }
        if let Some(odd) =
            code.chars().find(|character| !character.is_ascii() || !CODE_ALPHABET.contains(&(*character as u8)))
        {
            let odd = odd.escape_default();
            let message =
                format!("A join code has letters and digits, but never I, L, O, U, 0 or 1. “{odd}” is wrong.");
            return Err(Violation::new("code", text, "characters", message));
        }
        Ok(Self(code))
    }
}

/// The length of a link's token in characters: 132 bits in base64url.
pub const LINK_LENGTH: usize = 22;

/// The token of a link that leads into a room, as the QR code has it. The server makes it of the room's id and join code, so it ends with the
/// code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JoinLink(String);

checked_text!(JoinLink, crate::schema::text("^[A-Za-z0-9_-]{22}$"));

impl FromStr for JoinLink {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() == LINK_LENGTH && text.bytes().all(fit) {
            return Ok(Self(text.to_owned()));
        }
        let message =
            format!("The token of a link has {LINK_LENGTH} letters, digits, “-” and “_”. Was the link copied whole?");
        Err(Violation::new("link", text, "length", message))
    }
}

/// What opens a room: its join code, or the token of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKey {
    /// The code, as it is typed.
    Code(JoinCode),
    /// The token, as the QR code has it.
    Link(JoinLink),
}

impl EntryKey {
    /// The one of both that there is.
    ///
    /// # Errors
    /// There is none, or there are both.
    pub fn of(code: Option<JoinCode>, link: Option<JoinLink>) -> Result<Self, Violation> {
        match (code, link) {
            (Some(code), None) => Ok(Self::Code(code)),
            (None, Some(link)) => Ok(Self::Link(link)),
            (None, None) => {
                let message = "Send the room's join code as “code”, or the token of its link as “link”.";
                Err(Violation::of_rule("code", "", "required", message))
            }
            (Some(_), Some(link)) => {
                let message = "Send the join code or the token of the link, not both.";
                Err(Violation::of_rule("link", link.as_str(), "once", message))
            }
        }
    }
}
