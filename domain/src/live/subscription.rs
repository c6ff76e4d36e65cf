//! What a client knows of one topic, and whether anybody looks. Never asks for it.

use crate::replica::Replica;
use crate::wire::frames::FrameError;

/// What is known of a topic.
#[derive(Debug, Clone, Default)]
pub struct Subscription {
    /// The copy of it.
    pub replica: Replica,
    /// Why the server does not tell it, if it refused.
    pub refused: Option<FrameError>,
    /// So many parts of the page look at it.
    pub(super) watchers: usize,
}
