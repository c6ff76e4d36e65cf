//! Decides which state of a table to send, and when. Sends nothing itself.
//!
//! One request at a time. A state that is outdated when the server is reachable again is never sent, and a state is repeated only as a
//! heartbeat, or if it is unknown whether it has arrived.

use std::time::Duration;

use domain::time::Timestamp;

/// The first wait after a failure; it doubles each time.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The longest wait after a failure.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// A rejected report is rejected again until a person fixes the key, so it is retried only once a minute.
const REJECTED_RETRY: Duration = Duration::from_secs(60);

/// The result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The server has accepted it.
    Accepted,
    /// The server is unreachable or overloaded; retry after this time if it is given.
    Retry(Option<Duration>),
    /// The server rejects it: a wrong key, or no such table.
    Rejected,
}

/// The state to report and its progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reporter {
    heartbeat: Duration,
    /// The table's state: true is free.
    state: Option<bool>,
    /// The last state that the server has acknowledged.
    acknowledged: Option<bool>,
    in_flight: Option<bool>,
    failures: u32,
    /// Nothing is sent before this time.
    not_before: Timestamp,
    last_success: Timestamp,
}

impl Reporter {
    /// The initial state is unknown. An unchanged state is sent again after `heartbeat`.
    pub(crate) const fn new(heartbeat: Duration) -> Self {
        let epoch = Timestamp::from_milliseconds(0);
        Self {
            heartbeat,
            state: None,
            acknowledged: None,
            in_flight: None,
            failures: 0,
            not_before: epoch,
            last_success: epoch,
        }
    }

    /// The table is free (true) or busy.
    pub(crate) const fn handle_state(&mut self, is_free: bool) {
        self.state = Some(is_free);
    }

    /// Whether the server has the current state.
    pub(crate) fn is_done(&self) -> bool {
        self.in_flight.is_none() && self.state == self.acknowledged
    }

    /// The state to send now, if any; its reply must be handled before the next one is sent.
    pub(crate) fn poll_request(&mut self, now: Timestamp) -> Option<bool> {
        let state = self.state?;
        let is_due = self.acknowledged != Some(state) || now.since(self.last_success) >= self.heartbeat;
        if self.in_flight.is_some() || now < self.not_before || !is_due {
            return None;
        }
        self.in_flight = Some(state);
        Some(state)
    }

    /// Handles the reply. `jitter`, 0 to 1, spreads the retries of clients that have lost the same server.
    pub(crate) fn handle_reply(&mut self, now: Timestamp, reply: Reply, jitter: f64) {
        let sent = self.in_flight.take();
        let wait = match reply {
            Reply::Accepted => {
                (self.acknowledged, self.failures, self.last_success) = (sent, 0, now);
                Duration::ZERO
            }
            Reply::Retry(Some(wait)) => wait,
            Reply::Retry(None) => {
                let wait = FIRST_RETRY * 2_u32.saturating_pow(self.failures.min(5));
                self.failures = self.failures.saturating_add(1);
                wait.min(LONGEST_RETRY).mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
            }
            Reply::Rejected => REJECTED_RETRY,
        };
        if reply != Reply::Accepted {
            // It may have arrived or not, so it is sent again.
            self.acknowledged = None;
        }
        self.not_before = now.plus(wait);
    }

    /// When to send next, if nothing happens until then.
    pub(crate) fn next_timeout(&self) -> Option<Timestamp> {
        let state = self.state?;
        if self.in_flight.is_some() {
            return None;
        }
        let due =
            if self.acknowledged == Some(state) { self.last_success.plus(self.heartbeat) } else { self.not_before };
        Some(due.max(self.not_before))
    }
}
