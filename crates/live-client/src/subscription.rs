//! What a client knows of one topic, and whether anybody looks. Never asks for it.

use crate::replica::Replica;
use protocol::frames::FrameError;

/// What is known of a topic.
#[derive(Debug, Clone, Default)]
pub struct Subscription {
    /// The copy of it.
    pub replica: Replica,
    /// Why the server does not tell it, if it refused.
    pub refused: Option<FrameError>,
    /// So many parts of the page look at it.
    pub(super) watchers: usize,
    /// So often in a row the server could not tell it.
    pub(super) faults: u32,
    /// When it is asked for again after that.
    pub(super) again: Option<u64>,
}
