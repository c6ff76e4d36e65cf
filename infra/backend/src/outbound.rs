//! The result of sending something to a service outside, and the wait before a retry.

use std::time::Duration;

/// What became of something that was sent to a channel outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The channel has taken it.
    Taken,
    /// The recipient is no more.
    Gone,
    /// Not now; after this time if the channel said so.
    Later(Option<Duration>, String),
    /// Never, for this reason.
    Refused(String),
}

/// Between half of the wait and the whole, so that those who were refused together do not come again together.
pub(crate) fn jittered(wait: Duration) -> Duration {
    let mut byte = [0_u8];
    // Without randomness the wait is merely not spread.
    let _ = getrandom::fill(&mut byte);
    wait.mul_f64(0.5 + f64::from(byte[0]) / 512.0)
}
