//! How far a connection is, and how long it may take. Never decides what comes next.

/// An answer that takes longer, in milliseconds, means that the connection is dead.
pub(super) const ANSWER_LIMIT: u64 = 10_000;
/// The first wait before asking again for what the server could not tell just now, in milliseconds; it doubles each time.
pub(super) const AGAIN: u64 = 1_000;
/// The first wait before connecting again, in milliseconds; it doubles each time.
pub(super) const FIRST_WAIT: u64 = 500;
/// The longest wait before connecting again, in milliseconds.
pub(super) const LONGEST_WAIT: u64 = 30_000;
/// After a silence of so many milliseconds a page that comes back into view asks at once.
pub(super) const STALE_AFTER: u64 = 5_000;

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Opening { since: u64 },
    Open,
    Waiting { until: u64 },
}
