//! Who is notified of an event, and by which channel.

use domain::person::PersonId;
use domain::table::TableId;
use serde::{Deserialize, Serialize};

/// Who is told, and by which channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Recipient {
    /// A person, by one of their browsers.
    Browser {
        /// Whose it is.
        person: PersonId,
        /// Its id.
        browser: String,
    },
    /// Everybody in a Slack channel.
    Channel {
        /// Whose webhook: a table's, or that for all others.
        webhook: Option<TableId>,
    },
    /// One person in a Slack channel.
    Mention {
        /// Who.
        person: PersonId,
        /// Whose webhook: a table's, or that for all others.
        webhook: Option<TableId>,
    },
}

impl Recipient {
    /// What tells this recipient from all others.
    pub fn key(&self) -> String {
        match self {
            Self::Browser { person, browser } => format!("browser#{person}#{browser}"),
            Self::Channel { webhook } => format!("channel#{}", webhook.as_ref().map_or("*", TableId::as_str)),
            Self::Mention { person, .. } => format!("mention#{person}"),
        }
    }

    /// The person who is told, if it is one.
    pub const fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Browser { person, .. } | Self::Mention { person, .. } => Some(person),
            Self::Channel { .. } => None,
        }
    }
}
