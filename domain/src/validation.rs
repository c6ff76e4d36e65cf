//! What is wrong with a value that came from outside, in words. Never decides what a value means.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// As much of a refused value as is told back to who sent it.
const VALUE_SHOWN: usize = 80;

/// One refused value: which, and why. PingPongfy's `validationErrors` member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Violation {
    /// The field, as the wire names it.
    pub property: String,
    /// The value that was refused, shortened to 80 characters; empty if there was none.
    pub value: String,
    /// The broken constraints: each one's name, and a sentence for a person.
    pub constraints: BTreeMap<String, String>,
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
        }
    }

    /// The sentences, joined, as a form shows them beside the field.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_told_back_shortened() {
        let violation = Violation::new("id", &"x".repeat(500), "length", "Too long.");
        assert_eq!(violation.value.chars().count(), VALUE_SHOWN + 1);
        assert_eq!(violation.to_string(), "Too long.");
    }
}
