//! What the client does when the server throttles its messages: it keeps the connection, waits with exponential backoff and
//! jitter, and then sends the requests without a response again.

use domain::topic::Topic;
use protocol::frames::ClientFrame;

use crate::LiveClient;
use crate::phase::{FIRST_THROTTLED_DELAY, LONGEST_THROTTLED_DELAY, delay};

/// The backoff after throttled messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Throttle {
    /// The number of throttled messages in a row.
    in_a_row: u32,
    /// When a message was throttled. The wait is not decided yet, since that takes a random number.
    throttled_at: Option<u64>,
    /// When to send again.
    resume_at: Option<u64>,
}

impl Throttle {
    /// When the client must act next.
    pub(super) const fn next_timeout(&self) -> Option<u64> {
        match self.throttled_at {
            Some(at) => Some(at),
            None => self.resume_at,
        }
    }

    /// The server responds again.
    pub(super) const fn end(&mut self) {
        self.in_a_row = 0;
    }

    /// The connection has ended, so its requests need no retry.
    pub(super) const fn forget(&mut self) {
        (self.throttled_at, self.resume_at) = (None, None);
    }
}

impl LiveClient {
    /// The server has dropped a message; which one is unknown. The connection works, so the client no longer waits for its response.
    pub(super) fn handle_throttled(&mut self, now: u64) {
        self.oldest_request_at = None;
        if self.throttle.resume_at.is_none() {
            self.throttle.throttled_at = Some(now);
        }
    }

    /// Decides how long to wait, or sends again when that time is over. `jitter` is a random number from 0 to 1: it spreads the
    /// retries of many clients over time.
    pub(super) fn handle_throttle_timeout(&mut self, now: u64, jitter: f64) {
        if self.throttle.throttled_at.take().is_some() {
            let delay = delay(FIRST_THROTTLED_DELAY, LONGEST_THROTTLED_DELAY, self.throttle.in_a_row, jitter);
            self.throttle.in_a_row += 1;
            self.throttle.resume_at = Some(now + delay);
        }
        if self.throttle.resume_at.is_some_and(|due| now >= due) {
            self.throttle.resume_at = None;
            let waiting = self.subscriptions.iter().filter(|(_, subscription)| subscription.is_waiting());
            let waiting: Vec<Topic> = waiting.map(|(topic, _)| topic.clone()).collect();
            for topic in &waiting {
                self.request_snapshot(topic, now);
            }
            if self.is_awaiting_pong {
                self.oldest_request_at.get_or_insert(now);
                self.send(&ClientFrame::Ping);
            }
        }
    }
}
