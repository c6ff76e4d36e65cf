//! Jobs: work for later or for another invocation, as the messages of the queues.

use domain::event::Event;
use domain::table::TableId;
use protocol::frames::Change;
use serde::{Deserialize, Serialize};

use crate::db::keys::Shard;
use crate::notifications::recipient::Recipient;

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Tell somebody of an event.
    Deliver {
        /// What has happened.
        event: Event,
        /// Who is to be told.
        recipient: Recipient,
        /// So often it was tried.
        attempt: u32,
    },
    /// A connection has missed something, or has just come: tell it what the topics are that it watches.
    #[serde(rename = "catch_up")]
    Resync {
        /// Which connection.
        connection: String,
        /// So often it was tried.
        attempt: u32,
    },
    /// Tell those who stand in one shard of a crowd what has changed: no more than one message takes.
    #[serde(rename = "tell_shard")]
    PublishToShard {
        /// Which shard.
        shard: Shard,
        /// What they are told.
        changes: Vec<Change>,
    },
    /// Somebody's turn in the line for a table may be over.
    Advance {
        /// Which table.
        table: TableId,
    },
}

impl Job {
    /// To tell a connection again what the topics are that it watches.
    pub const fn resync(connection: String) -> Self {
        Self::Resync { connection, attempt: 0 }
    }
}
