//! Decides what to send of a table's state, and when. Never sends it.
//!
//! One request at a time. A state that is outdated when the server is reachable again is never sent, and a state is repeated only as a
//! heartbeat, or if it is unknown whether it has arrived.

use std::time::Duration;

use domain::time::Timestamp;

/// The first wait after a failure; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A refused report will be refused again, until a person fixes the key: so it is retried each minute.
const REFUSED_WAIT: Duration = Duration::from_secs(60);

/// The result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The server has accepted it.
    Taken,
    /// The server is unreachable or overloaded; retry after this time if it is given.
    Later(Option<Duration>),
    /// The server refuses it: a wrong key, or no such table.
    Refused,
}

/// The state to report and its progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reporter {
    heartbeat: Duration,
    /// The table's state: true is free.
    state: Option<bool>,
    /// The last state that the server has acknowledged.
    known: Option<bool>,
    under_way: Option<bool>,
    failures: u32,
    /// Nothing is sent before this time.
    not_before: Timestamp,
    heard: Timestamp,
}

impl Reporter {
    /// The initial state is unknown. An unchanged state is sent again after `heartbeat`.
    pub(crate) const fn new(heartbeat: Duration) -> Self {
        let beginning = Timestamp::from_milliseconds(0);
        Self {
            heartbeat,
            state: None,
            known: None,
            under_way: None,
            failures: 0,
            not_before: beginning,
            heard: beginning,
        }
    }

    /// The table is free (true) or busy.
    pub(crate) const fn handle_state(&mut self, is_free: bool) {
        self.state = Some(is_free);
    }

    /// Whether the server has the current state.
    pub(crate) fn is_done(&self) -> bool {
        self.under_way.is_none() && self.state == self.known
    }

    /// The state to send now, if any; its reply must be handled before the next one is sent.
    pub(crate) fn poll_request(&mut self, now: Timestamp) -> Option<bool> {
        let state = self.state?;
        let is_due = self.known != Some(state) || now.since(self.heard) >= self.heartbeat;
        if self.under_way.is_some() || now < self.not_before || !is_due {
            return None;
        }
        self.under_way = Some(state);
        Some(state)
    }

    /// Handles the reply. `chance`, 0 to 1, spreads the retries of clients that have lost the same server.
    pub(crate) fn handle_reply(&mut self, now: Timestamp, reply: Reply, chance: f64) {
        let sent = self.under_way.take();
        let wait = match reply {
            Reply::Taken => {
                (self.known, self.failures, self.heard) = (sent, 0, now);
                Duration::ZERO
            }
            Reply::Later(Some(wait)) => wait,
            Reply::Later(None) => {
                let wait = FIRST_WAIT * 2_u32.saturating_pow(self.failures.min(5));
                self.failures = self.failures.saturating_add(1);
                wait.min(LONGEST_WAIT).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
            }
            Reply::Refused => REFUSED_WAIT,
        };
        if reply != Reply::Taken {
            // It may have arrived or not, so it is sent again.
            self.known = None;
        }
        self.not_before = now.plus(wait);
    }

    /// When to send next, if nothing happens until then.
    pub(crate) fn next_timeout(&self) -> Option<Timestamp> {
        let state = self.state?;
        if self.under_way.is_some() {
            return None;
        }
        let due = if self.known == Some(state) { self.heard.plus(self.heartbeat) } else { self.not_before };
        Some(due.max(self.not_before))
    }
}
