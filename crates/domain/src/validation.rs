//! Violations: why a value from a client is invalid.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of characters of a refused value that are returned to the client.
const VALUE_SHOWN: usize = 80;

/// One refused value: which, and why. PingPongfy's `validationErrors` member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Violation {
    /// The field, as the wire names it.
    pub property: String,
    /// The value that was refused, shortened to 80 characters; empty if it is missing.
    pub value: String,
    /// The broken constraints: each one's name, and a sentence for a person.
    pub constraints: BTreeMap<String, String>,
    /// Whether the value has its form but conflicts with other values, or with the stored state. It is never sent.
    #[serde(skip)]
    pub is_rule: bool,
}

impl Violation {
    /// `value` of `property` breaks `constraint`, which `message` explains.
    pub fn new(property: &str, value: &str, constraint: &str, message: impl Into<String>) -> Self {
        let mut shown: String = value.chars().take(VALUE_SHOWN).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Self {
            property: property.to_owned(),
            value: shown,
            constraints: BTreeMap::from([(constraint.to_owned(), message.into())]),
            is_rule: false,
        }
    }

    /// `value` of `property` has its form and breaks a rule that involves more than the value: another value, or the stored state.
    pub fn of_rule(property: &str, value: &str, constraint: &str, message: impl Into<String>) -> Self {
        Self { is_rule: true, ..Self::new(property, value, constraint, message) }
    }

    /// The sentences, joined, as a form shows them next to the field.
    pub fn message(&self) -> String {
        let sentences: Vec<&str> = self.constraints.values().map(String::as_str).collect();
        sentences.join(" ")
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl std::error::Error for Violation {}

/// Implements for a checked text, once it parses (`FromStr` with a [`Violation`]), that it can be read, shown, sent and received. With the
/// form of the text, from `schema`, it is also described.
macro_rules! checked_text {
    ($type:ident, $form:expr) => {
        $crate::validation::checked_text!($type);

        #[cfg(feature = "openapi")]
        $crate::described!($type, $form);
    };
    ($type:ident) => {
        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::validation::Violation;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(checked: $type) -> Self {
                checked.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}
pub(crate) use checked_text;

/// The sentence about a character that a text must not have.
pub(crate) fn not_allowed(odd: char) -> String {
    match odd {
        ' ' => "Spaces aren't allowed.".to_owned(),
        '"' | '\'' => format!("“{odd}” isn't allowed."),
        // Escaped if it could not be seen, or would change how the sentence is shown.
        _ => format!("“{}” isn't allowed.", odd.escape_debug()),
    }
}

/// One line of `shortest` to `longest` characters, without white space at its ends.
///
/// # Errors
/// It is too short, too long, or not one line; `what` names it in the sentence, like “A name”.
pub(crate) fn line(
    property: &str,
    what: &str,
    text: &str,
    shortest: usize,
    longest: usize,
) -> Result<String, Violation> {
    let trimmed = text.trim();
    if trimmed.chars().any(char::is_control) {
        let message = format!("{what} is one line without control characters.");
        return Err(Violation::new(property, text, "characters", message));
    }
    within(property, what, trimmed, shortest, longest)
}

/// A text of `shortest` to `longest` characters, in as many lines as it likes.
///
/// # Errors
/// As for [`line()`].
pub(crate) fn within(
    property: &str,
    what: &str,
    text: &str,
    shortest: usize,
    longest: usize,
) -> Result<String, Violation> {
    let trimmed = text.trim();
    let length = trimmed.chars().count();
    if length < shortest {
        return Err(Violation::new(property, text, "length", format!("{what} cannot be empty.")));
    }
    if length > longest {
        let message = format!("{what} has at most {longest} characters; this one has {length}.");
        return Err(Violation::new(property, text, "length", message));
    }
    Ok(trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_shortened_in_the_message() {
        let violation = Violation::new("id", &"x".repeat(500), "length", "Too long.");
        assert_eq!(violation.value.chars().count(), VALUE_SHOWN + 1);
        assert_eq!(violation.to_string(), "Too long.");
    }

    #[test]
    fn a_character_that_is_not_allowed_can_be_read() {
        for (odd, sentence) in [
            (' ', "Spaces aren't allowed."),
            ('é', "“é” isn't allowed."),
            ('"', "“\"” isn't allowed."),
            ('\n', "“\\n” isn't allowed."),
            ('\u{202e}', "“\\u{202e}” isn't allowed."),
        ] {
            assert_eq!(not_allowed(odd), sentence);
        }
    }
}
