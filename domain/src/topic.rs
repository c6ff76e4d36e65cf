//! What can be subscribed to. Never knows who has subscribed.

use std::fmt;
use std::str::FromStr;

use crate::table::TableId;

/// The longest name that is read at all, in bytes.
const LONGEST: usize = 300;

/// The name of something that screens show and keep in step with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// `tables`: every table.
    Tables,
    /// `table/{id}`: one table.
    Table(TableId),
}

impl Topic {
    /// The topics on which a change of this table is told.
    pub fn of_table(id: &TableId) -> [Self; 2] {
        [Self::Tables, Self::Table(id.clone())]
    }

    /// What a keyed subscription at the handshake means (`…/live?item=KEY`, as the Real Time Platform had it): a topic's
    /// whole name, or the id of a table.
    ///
    /// # Errors
    /// The key names neither.
    pub fn of_key(key: &str) -> Result<Self, UnknownTopic> {
        key.parse().or_else(|unknown| key.parse().map(Self::Table).map_err(|_| unknown))
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables => formatter.write_str("tables"),
            Self::Table(id) => write!(formatter, "table/{id}"),
        }
    }
}

/// A name that is no topic's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("There is no topic “{0}”. Topics are “tables” and “table/{{id}}”.")]
pub struct UnknownTopic(String);

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(name: &str) -> Result<Self, UnknownTopic> {
        let unknown = || UnknownTopic(name.chars().take(80).collect());
        if name.len() > LONGEST {
            return Err(unknown());
        }
        match name.split_once('/') {
            None if name == "tables" => Ok(Self::Tables),
            Some(("table", id)) => id.parse().map(Self::Table).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_are_written() {
        for name in ["tables", "table/lobby-2"] {
            assert_eq!(name.parse::<Topic>().unwrap().to_string(), name);
        }
        for name in ["", "table", "table/", "table/a b", "tables/", "Tables", "table/lobby/x"] {
            assert!(name.parse::<Topic>().is_err(), "{name}");
        }
        assert!("x".repeat(10_000).parse::<Topic>().is_err());
    }

    #[test]
    fn a_key_is_a_topic_or_a_table() {
        assert_eq!(Topic::of_key("tables"), Ok(Topic::Tables));
        assert_eq!(Topic::of_key("lobby").unwrap().to_string(), "table/lobby");
        assert_eq!(Topic::of_key("table/lobby").unwrap().to_string(), "table/lobby");
        assert!(Topic::of_key("no such thing").is_err());
    }
}
