//! The phases of a connection and their time limits, all in milliseconds.

/// If a response takes longer, the connection is dead.
pub(super) const RESPONSE_TIMEOUT: u64 = 10_000;
/// The first delay before a topic is requested again after an internal error of the server; it doubles each time.
pub(super) const FIRST_RETRY_DELAY: u64 = 1_000;
/// A pong may include a change that is still on its way to this client. Only after this time it means that a change was lost.
pub(super) const CROSSING_TIMEOUT: u64 = 1_000;
/// The first delay before what was throttled is sent again; it doubles each time.
pub(super) const FIRST_THROTTLED_DELAY: u64 = 1_000;
/// The longest of these delays.
pub(super) const LONGEST_THROTTLED_DELAY: u64 = 60_000;
/// The first delay before the connection is opened again; it doubles each time.
pub(super) const FIRST_RECONNECT_DELAY: u64 = 500;
/// The longest delay before the connection is opened again.
pub(super) const LONGEST_RECONNECT_DELAY: u64 = 30_000;
/// After this long without a message, a page that becomes visible sends a ping at once.
pub(super) const STALE_AFTER: u64 = 5_000;

/// The phase of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Opening { since: u64 },
    Open,
    Waiting { until: u64 },
}

/// The delay after this number of failures in a row: `first`, doubled after each failure up to `longest`, and of that a part between
/// one half and all, by `jitter`, a random number from 0 to 1.
pub(super) fn delay(first: u64, longest: u64, failures: u32, jitter: f64) -> u64 {
    let delay = (first << failures.min(10)).min(longest);
    delay / 2 + (delay as f64 / 2.0 * jitter.clamp(0.0, 1.0)) as u64
}
