//! Who is notified of an event, and by which channel.

use domain::person::PersonId;
use domain::table::TableId;
use serde::{Deserialize, Serialize};

/// The recipient of a delivery, with the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Recipient {
    /// A person, through one of their browsers.
    Browser {
        /// The owner of the browser.
        person: PersonId,
        /// The browser's id.
        browser: String,
    },
    /// All readers of a Slack channel.
    Channel {
        /// The table of the webhook, or `None` for the general one.
        webhook: Option<TableId>,
    },
    /// One person in a Slack channel.
    Mention {
        /// The person.
        person: PersonId,
        /// The table of the webhook, or `None` for the general one.
        webhook: Option<TableId>,
    },
}

impl Recipient {
    /// A key that distinguishes this recipient from all others.
    pub fn key(&self) -> String {
        match self {
            Self::Browser { person, browser } => format!("browser#{person}#{browser}"),
            Self::Channel { webhook } => format!("channel#{}", webhook.as_ref().map_or("*", TableId::as_str)),
            Self::Mention { person, .. } => format!("mention#{person}"),
        }
    }

    /// The person, if the recipient is one.
    pub const fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Browser { person, .. } | Self::Mention { person, .. } => Some(person),
            Self::Channel { .. } => None,
        }
    }
}
