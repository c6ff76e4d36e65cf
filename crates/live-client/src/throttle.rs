//! What the client does when the server takes no more messages just now: it keeps the connection, waits for a while of a random
//! length, and then sends again what has no response yet.

use domain::topic::Topic;
use protocol::frames::ClientFrame;

use crate::LiveClient;
use crate::phase::{FIRST_THROTTLED_DELAY, LONGEST_THROTTLED_DELAY, delay};

/// Whether something was throttled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Throttle {
    /// Answers of this kind in a row.
    times: u32,
    /// An answer came at this time; how long to wait is not decided yet, since that takes a random number.
    throttled_at: Option<u64>,
    /// When to send again.
    resume_at: Option<u64>,
}

impl Throttle {
    /// When the client has something to do.
    pub(super) const fn next_timeout(&self) -> Option<u64> {
        match self.throttled_at {
            Some(at) => Some(at),
            None => self.resume_at,
        }
    }

    /// The server answers again.
    pub(super) const fn end(&mut self) {
        self.times = 0;
    }

    /// The connection has ended, and with it what was sent on it.
    pub(super) const fn forget(&mut self) {
        (self.throttled_at, self.resume_at) = (None, None);
    }
}

impl LiveClient {
    /// A message was not handled; which one is unknown. The connection is fine, so its response is not waited for any more.
    pub(super) fn handle_throttled(&mut self, now: u64) {
        self.waiting_since = None;
        if self.throttle.resume_at.is_none() {
            self.throttle.throttled_at = Some(now);
        }
    }

    /// Decides how long to wait, or sends again when that time is over. `jitter` is a random number from 0 to 1: it spreads the
    /// clients of a server that has too many.
    pub(super) fn handle_throttle_timeout(&mut self, now: u64, jitter: f64) {
        if self.throttle.throttled_at.take().is_some() {
            let delay = delay(FIRST_THROTTLED_DELAY, LONGEST_THROTTLED_DELAY, self.throttle.times, jitter);
            self.throttle.times += 1;
            self.throttle.resume_at = Some(now + delay);
        }
        if self.throttle.resume_at.is_some_and(|due| now >= due) {
            self.throttle.resume_at = None;
            let waiting = self.subscriptions.iter().filter(|(_, subscription)| subscription.is_waiting());
            let waiting: Vec<Topic> = waiting.map(|(topic, _)| topic.clone()).collect();
            for topic in &waiting {
                self.request_snapshot(topic, now);
            }
            if self.is_pinged {
                self.waiting_since.get_or_insert(now);
                self.send(&ClientFrame::Ping);
            }
        }
    }
}
