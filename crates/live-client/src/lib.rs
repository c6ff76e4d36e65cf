//! Rally's live client: it keeps a replica of each subscribed topic equal to the server's state, also after lost messages and
//! lost connections.
//!
//! It is sans-I/O: it opens no socket, reads no clock and has no randomness, so a test or the simulation can run it in
//! virtual time.
//!
//! The contract of a caller:
//! - Call a `handle_…` method when something happens. `now` is in milliseconds of any monotonic clock.
//! - After each call run the actions of [`LiveClient::poll_action`] until it returns `None`, and show the events of
//!   [`LiveClient::poll_event`] until it returns `None`.
//! - Call [`LiveClient::handle_timeout`] when [`LiveClient::next_timeout`] is due.
//!
//! - [`LiveClient`]: the connection: open, subscribe, ping, reconnect
//! - [`Subscription`], [`replica`]: the client's copy of a topic
//! - `mqtt` (feature `mqtt`): the same frames through an MQTT broker

mod action;
#[cfg(feature = "mqtt")]
pub mod mqtt;
mod phase;
pub mod replica;
mod subscription;
mod sync;
mod throttle;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use domain::time::Timestamp;
use domain::topic::Topic;
use protocol::frames::{self, Change, ClientFrame, FrameErrorCode, GatewayError, ServerFrame};
use protocol::settings::Settings;

pub use action::{Action, ConnectionState, Event, Update};
pub use replica::{Replica, ReplicaPolicy};
pub use subscription::Subscription;

use phase::{FIRST_RECONNECT_DELAY, LONGEST_RECONNECT_DELAY, Phase, RESPONSE_TIMEOUT, STALE_AFTER, delay};
use throttle::Throttle;

/// A client: its connection and its replicas. All times are in milliseconds of the caller's clock.
#[derive(Debug)]
pub struct LiveClient {
    policy: ReplicaPolicy,
    /// The interval between pings while the page is visible.
    visible_ping: u64,
    /// The same while it is hidden.
    hidden_ping: u64,
    phase: Phase,
    /// The state of the connection at the last [`Event::Connection`].
    reported: Option<ConnectionState>,
    is_online: bool,
    /// Whether the device has reported that it lost its network, and no message has shown since then that the open connection
    /// still works.
    is_unverified: bool,
    is_visible: bool,
    /// Attempts to connect since the last snapshot.
    failures: u32,
    /// When the last message was received.
    last_seen_at: u64,
    /// When the replicas were last compared with the server: at the last pong, or when the connection was opened.
    checked_at: u64,
    /// When the oldest request without a response was sent.
    oldest_request_at: Option<u64>,
    /// Whether a ping was sent whose pong has not come.
    is_awaiting_pong: bool,
    /// The wait after the server has throttled a message.
    throttle: Throttle,
    /// Whether the connection is to be authenticated.
    is_authenticated: bool,
    /// Whether a connection that has ended with its token is being replaced. That usually takes less than a second, so the state
    /// stays [`ConnectionState::Live`].
    is_renewing: bool,
    /// The time of the last snapshot by the server's clock, and by the caller's clock.
    server_time: Option<(Timestamp, u64)>,
    /// The latest version that a server has sent, at least this client's own.
    newest_version: u32,
    subscriptions: BTreeMap<Topic, Subscription>,
    actions: VecDeque<Action>,
    events: VecDeque<Event>,
}

impl LiveClient {
    /// A client that is not connected yet.
    pub fn new(settings: &Settings) -> Self {
        Self::with_policy(settings, ReplicaPolicy::default())
    }

    /// The same, with fault switches for its replicas.
    pub fn with_policy(settings: &Settings, policy: ReplicaPolicy) -> Self {
        Self {
            policy,
            visible_ping: u64::from(settings.visible_ping_seconds.max(1)) * 1_000,
            hidden_ping: u64::from(settings.hidden_ping_seconds.max(1)) * 1_000,
            phase: Phase::Idle,
            reported: None,
            is_online: true,
            is_unverified: false,
            is_visible: true,
            failures: 0,
            last_seen_at: 0,
            checked_at: 0,
            oldest_request_at: None,
            is_awaiting_pong: false,
            throttle: Throttle::default(),
            is_authenticated: false,
            is_renewing: false,
            server_time: None,
            newest_version: protocol::VERSION,
            subscriptions: BTreeMap::new(),
            actions: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// The state of the connection.
    pub fn connection(&self) -> ConnectionState {
        match self.phase {
            Phase::Open if !self.is_unverified => ConnectionState::Live,
            Phase::Opening { .. } if self.is_renewing && self.is_online => ConnectionState::Live,
            _ if !self.is_online => ConnectionState::Offline,
            Phase::Waiting { until } => ConnectionState::Waiting { until },
            // An unverified connection belongs to a device without a network, so it was handled above.
            Phase::Idle | Phase::Opening { .. } | Phase::Open => ConnectionState::Connecting,
        }
    }

    /// The client's copy of a subscribed topic.
    pub fn subscription(&self, topic: &Topic) -> Option<&Subscription> {
        self.subscriptions.get(topic)
    }

    /// The server's time at `now`, known from its last snapshot. It is late by the time that this message took.
    pub fn server_time(&self, now: u64) -> Option<Timestamp> {
        let (at, received_at) = self.server_time?;
        Some(at.plus(Duration::from_millis(now.saturating_sub(received_at))))
    }

    /// The next action; call until it returns `None`.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The next event; call until it returns `None`.
    pub fn poll_event(&mut self) -> Option<Event> {
        let connection = self.connection();
        if self.reported != Some(connection) {
            self.reported = Some(connection);
            return Some(Event::Connection);
        }
        self.events.pop_front()
    }

    /// Connects, if there is no connection.
    pub fn start(&mut self, now: u64) {
        if matches!(self.phase, Phase::Idle | Phase::Waiting { .. }) {
            self.phase = Phase::Opening { since: now };
            self.actions.push_back(Action::Open);
        }
    }

    /// Reconnects for another person. Topics that were denied before are requested again. If `is_authenticated` is
    /// true and the server answers that it does not know the caller, the client replaces the connection.
    pub fn reconnect(&mut self, is_authenticated: bool, now: u64) {
        self.is_authenticated = is_authenticated;
        if matches!(self.phase, Phase::Open | Phase::Opening { .. }) {
            self.actions.push_back(Action::Close);
        }
        self.subscriptions.values_mut().for_each(|subscription| subscription.denied = None);
        self.throttle.forget();
        (self.phase, self.failures, self.oldest_request_at, self.is_awaiting_pong) = (Phase::Idle, 0, None, false);
        self.is_renewing = false;
        self.start(now);
    }

    /// Replaces a connection that has ended with the token that it was opened with. If that fails, the client
    /// retries as after any lost connection.
    fn renew(&mut self, now: u64) {
        self.actions.push_back(Action::Close);
        (self.oldest_request_at, self.is_awaiting_pong) = (None, false);
        self.throttle.forget();
        (self.phase, self.is_renewing) = (Phase::Idle, true);
        self.start(now);
    }

    /// A part of the page subscribes to a topic. Only the first subscriber makes the client subscribe at the server.
    pub fn subscribe(&mut self, topic: &Topic, now: u64) {
        let policy = self.policy;
        let subscription = self.subscriptions.entry(topic.clone()).or_insert_with(|| Subscription::with_policy(policy));
        subscription.subscribers += 1;
        let is_known = subscription.replica.is_complete() || subscription.replica.is_pending();
        if self.phase == Phase::Open && !is_known {
            self.request_snapshot(topic, now);
        }
    }

    /// A part of the page ends its subscription. After the last one the topic is unsubscribed and forgotten.
    pub fn unsubscribe(&mut self, topic: &Topic) {
        let Some(subscription) = self.subscriptions.get_mut(topic) else { return };
        subscription.subscribers = subscription.subscribers.saturating_sub(1);
        if subscription.subscribers == 0 {
            self.subscriptions.remove(topic);
            if self.phase == Phase::Open {
                self.send(&ClientFrame::Unsubscribe { topic: topic.to_string() });
            }
        }
    }

    /// The connection is open.
    pub fn handle_opened(&mut self, now: u64) {
        self.phase = Phase::Open;
        (self.last_seen_at, self.checked_at, self.is_unverified) = (now, now, false);
        (self.oldest_request_at, self.is_awaiting_pong, self.is_renewing) = (None, false, false);
        self.throttle.forget();
        let topics: Vec<Topic> = self.subscriptions.keys().cloned().collect();
        for topic in &topics {
            self.request_snapshot(topic, now);
        }
    }

    /// The connection is closed, or could not be opened. `jitter` is a random number from 0 to 1. It spreads the reconnects of
    /// all clients over time when a server restarts.
    pub fn handle_closed(&mut self, now: u64, jitter: f64) {
        let until = now + delay(FIRST_RECONNECT_DELAY, LONGEST_RECONNECT_DELAY, self.failures, jitter);
        self.failures += 1;
        self.phase = Phase::Waiting { until };
        (self.oldest_request_at, self.is_awaiting_pong, self.is_renewing) = (None, false, false);
        self.throttle.forget();
    }

    /// Applies a change that came with a response elsewhere, for example to the page's own request. A change that is not
    /// newer than what is known has no effect.
    pub fn apply_change(&mut self, change: Change) {
        self.apply_changes(vec![change]);
    }

    /// A message was received.
    pub fn handle_message(&mut self, text: &str, now: u64) {
        (self.last_seen_at, self.is_unverified) = (now, false);
        // A frame of a later version is no reason to lose the connection: a digest shows whether it mattered.
        let Some(frame) = ServerFrame::parse(text) else {
            self.note_version(frames::unknown_version(text));
            if GatewayError::parse(text).is_some() {
                self.handle_throttled(now);
            }
            return;
        };
        self.note_version(frame.version());
        match frame {
            ServerFrame::Snapshot { topic, entities, unsolicited: true, .. } => {
                self.handle_unsolicited(&topic, entities);
            }
            ServerFrame::Snapshot { topic, part, parts, entities, at, .. } => {
                self.server_time = at.map(|at| (at, now)).or(self.server_time);
                self.handle_snapshot(&topic, part, parts, at, entities);
            }
            ServerFrame::Changes { changes } => self.apply_changes(changes),
            ServerFrame::Pong { digests, .. } => {
                self.throttle.end();
                self.checked_at = now;
                let is_answer = std::mem::take(&mut self.is_awaiting_pong);
                self.compare(&digests, is_answer, now);
            }
            ServerFrame::Unsubscribed { .. } => {}
            // The server no longer knows the caller of this connection; a new one authenticates again. It is opened at once if the
            // connection has ended with its token, which is no failure. Otherwise the client waits with a jitter of 0.5: no random
            // number is available here, and this error does not come to many clients at once.
            ServerFrame::Error(error) if error.code == FrameErrorCode::Unauthenticated && self.is_authenticated => {
                if error.topic.is_none() && self.phase == Phase::Open {
                    self.renew(now)
                } else {
                    self.abandon(now, 0.5)
                }
            }
            // The server was busy: neither error is about a topic.
            ServerFrame::Error(error)
                if error.code == FrameErrorCode::TooManyMessages
                    || error.code == FrameErrorCode::InternalError && error.topic.is_none() =>
            {
                self.handle_throttled(now);
            }
            ServerFrame::Error(error) => self.handle_error(error, now),
        }
        if !self.is_awaiting_pong && !self.is_waiting_for_snapshot() {
            self.oldest_request_at = None;
        }
    }

    /// The page has become visible or hidden.
    pub fn handle_visibility(&mut self, visible: bool, now: u64) {
        self.is_visible = visible;
        if visible {
            self.check_now(now);
        }
    }

    /// The device has got or lost its network.
    pub fn handle_network(&mut self, online: bool, now: u64) {
        (self.is_online, self.is_unverified) = (online, false);
        if online {
            self.check_now(now);
        } else if self.phase == Phase::Open {
            // The report may be wrong (a server on this machine needs no network): until the ping is answered the connection counts as
            // lost, but is not closed.
            self.is_unverified = true;
            self.ping(now);
        }
    }

    /// The time that [`Self::next_timeout`] returned has come. `jitter` is as for [`Self::handle_closed`].
    pub fn handle_timeout(&mut self, now: u64, jitter: f64) {
        let is_overdue = |since: u64| now >= since + RESPONSE_TIMEOUT;
        match self.phase {
            Phase::Waiting { until } if now >= until => self.start(now),
            Phase::Opening { since } if is_overdue(since) => self.abandon(now, jitter),
            Phase::Open if self.oldest_request_at.is_some_and(is_overdue) => self.abandon(now, jitter),
            Phase::Open if self.throttle.next_timeout().is_some_and(|due| now >= due) => {
                self.handle_throttle_timeout(now, jitter);
            }
            Phase::Open if self.is_idle() && now >= self.next_ping() => self.ping(now),
            Phase::Open => self.retry_due(now),
            _ => {}
        }
    }

    /// When [`Self::handle_timeout`] is to be called next.
    pub fn next_timeout(&self) -> Option<u64> {
        match self.phase {
            Phase::Idle => None,
            Phase::Waiting { until } => Some(until),
            Phase::Opening { since } => Some(since + RESPONSE_TIMEOUT),
            Phase::Open => {
                let due = match self.oldest_request_at {
                    Some(since) => Some(since + RESPONSE_TIMEOUT),
                    None => self.is_idle().then(|| self.next_ping()),
                };
                [due, self.next_retry(), self.throttle.next_timeout()].into_iter().flatten().min()
            }
        }
    }

    /// Whether the client waits neither for a response nor to repeat a throttled message.
    const fn is_idle(&self) -> bool {
        self.oldest_request_at.is_none() && self.throttle.next_timeout().is_none()
    }

    /// Counted from the last check, not from the last message: a change shows that the connection works, but not that no
    /// change was lost.
    const fn next_ping(&self) -> u64 {
        self.checked_at + if self.is_visible { self.visible_ping } else { self.hidden_ping }
    }

    /// Connects without waiting for the delay, or pings a connection without recent messages.
    fn check_now(&mut self, now: u64) {
        match self.phase {
            Phase::Waiting { .. } => {
                self.failures = 0;
                self.start(now);
            }
            Phase::Open if now >= self.last_seen_at + STALE_AFTER => self.ping(now),
            _ => {}
        }
    }

    /// Reports a server of a later version, whose frames may have a meaning that this client does not know.
    fn note_version(&mut self, version: Option<u32>) {
        if let Some(version) = version.filter(|version| *version > self.newest_version) {
            self.newest_version = version;
            self.events.push_back(Event::NewerServer { version });
        }
    }

    fn ping(&mut self, now: u64) {
        if self.is_awaiting_pong {
            return;
        }
        for subscription in self.subscriptions.values_mut() {
            subscription.replica.start_check();
        }
        self.is_awaiting_pong = true;
        self.oldest_request_at.get_or_insert(now);
        self.send(&ClientFrame::Ping);
    }

    /// Closes a connection that is dead.
    fn abandon(&mut self, now: u64, jitter: f64) {
        self.actions.push_back(Action::Close);
        self.handle_closed(now, jitter);
    }

    fn send(&mut self, frame: &ClientFrame) {
        self.actions.push_back(Action::Send(frame.to_json()));
    }

    fn find_subscription(&mut self, name: &str) -> Option<(Topic, &mut Subscription)> {
        let topic: Topic = name.parse().ok()?;
        let subscription = self.subscriptions.get_mut(&topic)?;
        Some((topic, subscription))
    }
}

#[cfg(test)]
mod tests;
