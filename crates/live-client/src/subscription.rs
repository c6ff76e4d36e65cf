//! One subscribed topic: its replica and its pending requests.

use protocol::frames::FrameError;

use crate::replica::{Replica, ReplicaPolicy};

/// A subscribed topic.
#[derive(Debug, Clone, Default)]
pub struct Subscription {
    /// The copy of the topic.
    pub replica: Replica,
    /// Why the server denied the topic, if it did.
    pub denied: Option<FrameError>,
    /// The number of parts of the page that are subscribed.
    pub(super) subscribers: usize,
    /// Internal errors of the server in a row.
    pub(super) faults: u32,
    /// When the topic is requested again after such an error.
    pub(super) retry_at: Option<u64>,
    /// When the topic is requested again, unless the replica has the pong's digest by then.
    pub(super) confirm_by: Option<u64>,
    /// Whether the last event said that the topic is denied. `denied` is cleared earlier, when another person connects.
    pub(super) is_shown_as_denied: bool,
}

impl Subscription {
    pub(super) fn with_policy(policy: ReplicaPolicy) -> Self {
        Self { replica: Replica::with_policy(policy), ..Self::default() }
    }

    /// When the topic is to be requested again.
    pub(super) fn next_retry(&self) -> Option<u64> {
        let confirm_by = self.confirm_by.filter(|_| self.replica.is_behind());
        self.retry_at.into_iter().chain(confirm_by).min()
    }

    /// Whether a snapshot was requested and may still come.
    pub(super) const fn is_waiting(&self) -> bool {
        self.replica.is_pending() && self.denied.is_none()
    }
}
