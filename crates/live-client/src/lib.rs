//! The life of a client's connection: subscribe, ping, notice that it is dead, come back, heal. Never opens a socket and
//! never reads a clock.
//!
//! The contract of a caller: tell it what happens (`handle_…`), with `now` in milliseconds of any clock that only goes
//! forward; after each call do what [`LiveClient::poll_action`] says until it says nothing more, show what
//! [`LiveClient::poll_event`] names, and call [`LiveClient::handle_timeout`] when [`LiveClient::next_timeout`] is due.

mod action;
mod asking;
#[cfg(feature = "mqtt")]
pub mod mqtt;
mod phase;
pub mod replica;
mod subscription;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use domain::time::Timestamp;
use domain::topic::Topic;
use protocol::frames::{Change, ClientFrame, FrameErrorCode, ServerFrame};
use protocol::settings::Settings;

pub use action::{Action, Connection, Event};
pub use subscription::Subscription;

use replica::{Replica, ReplicaPolicy};

use phase::{ANSWER_LIMIT, FIRST_WAIT, LONGEST_WAIT, Phase, STALE_AFTER};

/// One client: its connection and its copies.
#[derive(Debug)]
pub struct LiveClient {
    policy: ReplicaPolicy,
    visible_ping: u64,
    hidden_ping: u64,
    phase: Phase,
    shown: Option<Connection>,
    online: bool,
    visible: bool,
    /// Tries since the last snapshot.
    failures: u32,
    /// When the server was last heard of.
    heard: u64,
    /// When it was last seen that all copies agree with the server: at the last answer to a ping, or at the opening.
    checked: u64,
    /// When the oldest unanswered question was asked.
    asked: Option<u64>,
    /// Whether a ping is unanswered.
    pinged: bool,
    /// Whether the connection is to be somebody's.
    has_name: bool,
    /// What the server's clock said last, and the caller's clock then.
    server_time: Option<(Timestamp, u64)>,
    subscriptions: BTreeMap<Topic, Subscription>,
    actions: VecDeque<Action>,
    events: VecDeque<Event>,
}

impl LiveClient {
    /// A client that is not connected yet.
    pub fn new(settings: &Settings) -> Self {
        Self::with_policy(settings, ReplicaPolicy::default())
    }

    /// The same, whose replicas have these fault switches.
    pub fn with_policy(settings: &Settings, policy: ReplicaPolicy) -> Self {
        Self {
            policy,
            visible_ping: u64::from(settings.visible_ping_seconds.max(1)) * 1_000,
            hidden_ping: u64::from(settings.hidden_ping_seconds.max(1)) * 1_000,
            phase: Phase::Idle,
            shown: None,
            online: true,
            visible: true,
            failures: 0,
            heard: 0,
            checked: 0,
            asked: None,
            pinged: false,
            has_name: false,
            server_time: None,
            subscriptions: BTreeMap::default(),
            actions: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// How the connection is.
    pub fn connection(&self) -> Connection {
        match self.phase {
            Phase::Open => Connection::Live,
            _ if !self.online => Connection::Offline,
            Phase::Waiting { until } => Connection::Waiting { until },
            Phase::Idle | Phase::Opening { .. } => Connection::Connecting,
        }
    }

    /// What is known of a topic that is looked at.
    pub fn subscription(&self, topic: &Topic) -> Option<&Subscription> {
        self.subscriptions.get(topic)
    }

    /// What the server's clock says at `now`, if it has ever said anything: late by as long as a message takes.
    pub fn server_time(&self, now: u64) -> Option<Timestamp> {
        let (said, then) = self.server_time?;
        Some(said.plus(Duration::from_millis(now.saturating_sub(then))))
    }

    /// What to do next; call until there is nothing.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// What to show anew; call until there is nothing.
    pub fn poll_event(&mut self) -> Option<Event> {
        let connection = self.connection();
        if self.shown != Some(connection) {
            self.shown = Some(connection);
            return Some(Event::Connection);
        }
        self.events.pop_front()
    }

    /// Connects, if it is not connected.
    pub fn start(&mut self, now: u64) {
        if matches!(self.phase, Phase::Idle | Phase::Waiting { .. }) {
            self.phase = Phase::Opening { since: now };
            self.actions.push_back(Action::Open);
        }
    }

    /// Connects anew, since somebody else looks now: what was refused to the one before is asked for again. `has_name`
    /// says whether the connection is to be somebody's, so that a server that does not know whose is asked once more.
    pub fn reconnect(&mut self, has_name: bool, now: u64) {
        self.has_name = has_name;
        if matches!(self.phase, Phase::Open | Phase::Opening { .. }) {
            self.actions.push_back(Action::Close);
        }
        self.subscriptions.iter_mut().for_each(|(_, subscription)| subscription.refused = None);
        (self.phase, self.failures, self.asked, self.pinged) = (Phase::Idle, 0, None, false);
        self.start(now);
    }

    /// Somebody else is opening a connection for this client: like [`Self::start`] without the action.
    pub fn expect_opening(&mut self, now: u64) {
        self.phase = Phase::Opening { since: now };
    }

    /// That connection is open, and these topics were subscribed on it already.
    pub fn handle_adopted(&mut self, now: u64, asked: &[Topic]) {
        for topic in asked {
            self.subscription_of(topic);
        }
        self.open(now);
        let topics: Vec<Topic> = self.topics();
        for topic in &topics {
            if asked.contains(topic) {
                self.expect_snapshot(topic, now);
            } else {
                self.ask(topic, now);
            }
        }
    }

    /// A part of the page begins to look at a topic.
    pub fn watch(&mut self, topic: &Topic, now: u64) {
        let subscription = self.subscription_of(topic);
        subscription.watchers += 1;
        let known = subscription.replica.is_complete() || subscription.replica.is_pending();
        if self.phase == Phase::Open && !known {
            self.ask(topic, now);
        }
    }

    /// A part of the page no longer looks at a topic.
    pub fn unwatch(&mut self, topic: &Topic) {
        let Some(subscription) = self.subscriptions.get_mut(topic) else { return };
        subscription.watchers = subscription.watchers.saturating_sub(1);
        if subscription.watchers == 0 {
            self.subscriptions.remove(topic);
            if self.phase == Phase::Open {
                self.send(&ClientFrame::Unsubscribe { topic: topic.to_string() });
            }
        }
    }

    /// The connection is open.
    pub fn handle_opened(&mut self, now: u64) {
        self.open(now);
        let topics: Vec<Topic> = self.topics();
        for topic in &topics {
            self.ask(topic, now);
        }
    }

    /// The connection is closed, or could not be opened. `chance` is between 0 and 1: it spreads the clients of a server
    /// that restarts.
    pub fn handle_closed(&mut self, now: u64, chance: f64) {
        let wait = (FIRST_WAIT << self.failures.min(10)).min(LONGEST_WAIT);
        self.failures += 1;
        let until = now + wait / 2 + (wait as f64 / 2.0 * chance.clamp(0.0, 1.0)) as u64;
        self.phase = Phase::Waiting { until };
        (self.asked, self.pinged) = (None, false);
    }

    /// Something has changed: the server has said so on the connection, or in an answer elsewhere. What is known already is
    /// no news.
    pub fn handle_change(&mut self, change: Change) {
        let Some((topic, subscription)) = self.find(&change.topic) else { return };
        if subscription.replica.handle_change(change) && subscription.replica.is_complete() {
            self.push_topic_event(topic);
        }
    }

    /// A message has come.
    pub fn handle_message(&mut self, text: &str, now: u64) {
        self.heard = now;
        // What this version does not understand is no reason to lose the connection: a digest will show if it mattered.
        let Some(frame) = ServerFrame::parse(text) else { return };
        match frame {
            ServerFrame::Snapshot { topic, entities, unasked: true, .. } => {
                let Some((topic, subscription)) = self.find(&topic) else { return };
                if subscription.replica.handle_entities(entities) {
                    self.push_topic_event(topic);
                }
            }
            ServerFrame::Snapshot { topic, part, parts, entities, at, .. } => {
                self.server_time = at.map(|at| (at, now)).or(self.server_time);
                let Some((topic, subscription)) = self.find(&topic) else { return };
                if subscription.replica.handle_snapshot(part, parts, at, entities) {
                    (subscription.refused, subscription.faults) = (None, 0);
                    self.failures = 0;
                    self.events.push_back(Event::Topic(topic));
                }
            }
            ServerFrame::Changes { changes } => {
                changes.into_iter().for_each(|change| self.handle_change(change));
            }
            ServerFrame::Pong { digests } => {
                (self.pinged, self.checked) = (false, now);
                for topic in self.disagreeing(&digests) {
                    self.ask(&topic, now);
                }
            }
            ServerFrame::Unsubscribed { .. } => {}
            // The server has forgotten whose connection this is: a new one says it again.
            ServerFrame::Error(error) if error.code == FrameErrorCode::Unauthenticated && self.has_name => {
                self.give_up(now, 0.5);
            }
            ServerFrame::Error(error) => self.handle_error(error, now),
        }
        if !self.pinged && !self.is_waiting_for_snapshot() {
            self.asked = None;
        }
    }

    /// The page is seen, or no longer.
    pub fn handle_visibility(&mut self, visible: bool, now: u64) {
        self.visible = visible;
        if visible {
            self.hurry(now);
        }
    }

    /// The device has a network, or no longer.
    pub fn handle_network(&mut self, online: bool, now: u64) {
        self.online = online;
        if online {
            self.hurry(now);
        } else if self.phase == Phase::Open {
            // It may be wrong (a server on this machine needs no network), so ask rather than hang up.
            self.ping(now);
        }
    }

    /// The time that [`Self::next_timeout`] named has come. `chance` is as for [`Self::handle_closed`].
    pub fn handle_timeout(&mut self, now: u64, chance: f64) {
        match self.phase {
            Phase::Waiting { until } if now >= until => self.start(now),
            Phase::Opening { since } if now >= since + ANSWER_LIMIT => self.give_up(now, chance),
            Phase::Open if self.asked.is_some_and(|asked| now >= asked + ANSWER_LIMIT) => self.give_up(now, chance),
            Phase::Open if self.asked.is_none() && now >= self.ping_due() => self.ping(now),
            Phase::Open => self.ask_again(now),
            _ => {}
        }
    }

    /// When [`Self::handle_timeout`] is to be called next.
    pub fn next_timeout(&self) -> Option<u64> {
        match self.phase {
            Phase::Idle => None,
            Phase::Waiting { until } => Some(until),
            Phase::Opening { since } => Some(since + ANSWER_LIMIT),
            Phase::Open => {
                let due = self.asked.map_or_else(|| self.ping_due(), |asked| asked + ANSWER_LIMIT);
                Some(self.again_due().map_or(due, |again| again.min(due)))
            }
        }
    }

    /// Counted from the last check, not from the last message: a change proves that the connection lives, but not that
    /// none was lost.
    const fn ping_due(&self) -> u64 {
        self.checked + if self.visible { self.visible_ping } else { self.hidden_ping }
    }

    fn open(&mut self, now: u64) {
        self.phase = Phase::Open;
        (self.heard, self.checked, self.asked, self.pinged) = (now, now, None, false);
    }

    fn hurry(&mut self, now: u64) {
        match self.phase {
            Phase::Waiting { .. } => {
                self.failures = 0;
                self.start(now);
            }
            Phase::Open if now >= self.heard + STALE_AFTER => self.ping(now),
            _ => {}
        }
    }

    fn ping(&mut self, now: u64) {
        if self.pinged {
            return;
        }
        for (_, subscription) in self.subscriptions.iter_mut() {
            subscription.replica.begin_check();
        }
        self.pinged = true;
        self.asked.get_or_insert(now);
        self.send(&ClientFrame::Ping);
    }

    fn give_up(&mut self, now: u64, chance: f64) {
        self.actions.push_back(Action::Close);
        self.handle_closed(now, chance);
    }

    fn send(&mut self, frame: &ClientFrame) {
        self.actions.push_back(Action::Send(frame.to_json()));
    }

    fn topics(&self) -> Vec<Topic> {
        self.subscriptions.iter().map(|(topic, _)| topic.clone()).collect()
    }

    fn subscription_of(&mut self, topic: &Topic) -> &mut Subscription {
        if self.subscriptions.get(topic).is_none() {
            let replica = Replica::with_policy(self.policy);
            self.subscriptions.insert(topic.clone(), Subscription { replica, ..Subscription::default() });
        }
        self.subscriptions.get_mut(topic).unwrap_or_else(|| unreachable!("it was just put there"))
    }

    fn find(&mut self, name: &str) -> Option<(Topic, &mut Subscription)> {
        let topic: Topic = name.parse().ok()?;
        let subscription = self.subscriptions.get_mut(&topic)?;
        Some((topic, subscription))
    }

    fn push_topic_event(&mut self, topic: Topic) {
        let event = Event::Topic(topic);
        if !self.events.contains(&event) {
            self.events.push_back(event);
        }
    }
}

#[cfg(test)]
mod tests;
