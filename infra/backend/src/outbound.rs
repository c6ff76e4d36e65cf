//! The result of sending something to a service outside, and the wait before a retry.

use std::time::Duration;

/// The result of sending something to an outside service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The service has accepted it.
    Accepted,
    /// The recipient does not exist any more.
    Gone,
    /// Retry later; after this time if the service says so.
    RetryLater(Option<Duration>, String),
    /// The service will never accept it, for this reason.
    Rejected(String),
}

/// A random time between half of the wait and the whole, so that clients that failed together do not retry together.
pub(crate) fn jittered(wait: Duration) -> Duration {
    let mut byte = [0_u8];
    // Without random numbers, all clients wait for half of the time.
    let _ = getrandom::fill(&mut byte);
    wait.mul_f64(0.5 + f64::from(byte[0]) / 512.0)
}
