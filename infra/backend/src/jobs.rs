//! Jobs: work that another invocation does, now or after a delay. They are the messages of the SQS queues.

use domain::event::Event;
use domain::meetup::MeetupId;
use domain::table::TableId;
use protocol::frames::Change;
use serde::{Deserialize, Serialize};

use crate::db::keys::Shard;
use crate::notifications::recipient::Recipient;

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Send an event to a recipient.
    Deliver {
        /// The event.
        event: Event,
        /// The recipient.
        recipient: Recipient,
        /// The number of earlier tries.
        attempt: u32,
    },
    /// A connection has missed a change, or has just opened: send it the snapshots of its topics.
    #[serde(rename = "catch_up")]
    Resync {
        /// The connection's id.
        connection: String,
        /// The number of earlier tries.
        attempt: u32,
    },
    /// Publish changes to the subscribers in one shard; the changes fit into one message.
    #[serde(rename = "tell_shard")]
    PublishToShard {
        /// The shard.
        shard: Shard,
        /// The changes.
        changes: Vec<Change>,
    },
    /// A meetup changes at this time: it begins or ends, or its mails are due.
    AdvanceMeetup {
        /// The meetup.
        meetup: MeetupId,
    },
    /// A turn in the queue for a table may have timed out.
    Advance {
        /// The table.
        table: TableId,
    },
}

impl Job {
    /// The first try to resync a connection.
    pub const fn resync(connection: String) -> Self {
        Self::Resync { connection, attempt: 0 }
    }
}
