//! How the client keeps its replicas equal to the server's state: it requests snapshots, requests them again after an internal
//! error of the server, and compares digests.

use std::collections::{BTreeMap, BTreeSet};

use domain::time::Timestamp;
use domain::topic::Topic;
use protocol::digest::Digest;
use protocol::frames::{Change, ClientFrame, Entity, FrameError, FrameErrorCode, ServerFrame};

use crate::phase::{CROSSING_TIMEOUT, FIRST_RETRY_DELAY};
use crate::subscription::Subscription;
use crate::{Event, LiveClient, Update};

impl LiveClient {
    /// Subscribes at the server, which responds with a snapshot.
    pub(super) fn request_snapshot(&mut self, topic: &Topic, now: u64) {
        if let Some(subscription) = self.subscriptions.get_mut(topic) {
            subscription.replica.start_sync();
            (subscription.retry_at, subscription.confirm_by) = (None, None);
        }
        self.oldest_request_at.get_or_insert(now);
        self.send(&ClientFrame::Subscribe { topic: topic.to_string() });
    }

    /// Requests the topics again whose retry is due: after an internal error of the server, or because a change that the digest of
    /// a pong includes has not arrived.
    pub(super) fn retry_due(&mut self, now: u64) {
        let is_due = |subscription: &Subscription| subscription.next_retry().is_some_and(|due| now >= due);
        let due = self.subscriptions.iter().filter(|(_, subscription)| is_due(subscription));
        let due: Vec<Topic> = due.map(|(topic, _)| topic.clone()).collect();
        for topic in &due {
            self.request_snapshot(topic, now);
        }
    }

    /// When [`Self::retry_due`] is due next.
    pub(super) fn next_retry(&self) -> Option<u64> {
        self.subscriptions.values().filter_map(Subscription::next_retry).min()
    }

    /// A part of a snapshot that was requested.
    pub(super) fn handle_snapshot(
        &mut self,
        topic: &str,
        part: u32,
        parts: u32,
        at: Option<Timestamp>,
        entities: Vec<Entity>,
    ) {
        let Some((topic, subscription)) = self.find_subscription(topic) else { return };
        let was_pending = subscription.replica.is_pending();
        let mut update = subscription.replica.handle_snapshot(part, parts, at, entities);
        if was_pending && !subscription.replica.is_pending() {
            (subscription.denied, subscription.faults) = (None, 0);
            if std::mem::take(&mut subscription.is_shown_as_denied) {
                update = Some(Update::Reset);
            }
            self.failures = 0;
            self.throttle.end();
        }
        self.events.extend(update.map(|update| Event::Topic { topic, update }));
    }

    /// Shows a snapshot of a subscribed topic that was read elsewhere while the first connection opens. Without effect once the topic is
    /// complete or requested, because the connection's snapshot is newer and replaces it.
    pub fn show_early(&mut self, topic: &Topic, frames: &[String], now: u64) {
        let Some(subscription) = self.subscriptions.get_mut(topic) else { return };
        if subscription.replica.is_complete() || subscription.replica.is_pending() {
            return;
        }
        subscription.replica.start_sync();
        let name = topic.to_string();
        for frame in frames {
            match ServerFrame::parse(frame) {
                Some(ServerFrame::Snapshot { topic, part, parts, entities, at, unsolicited: false, .. })
                    if topic == name =>
                {
                    self.server_time = at.map(|at| (at, now)).or(self.server_time);
                    self.handle_snapshot(&topic, part, parts, at, entities);
                }
                _ => {}
            }
        }
    }

    /// A snapshot that was not requested. It may be old, so only newer revisions are applied.
    pub(super) fn handle_unsolicited(&mut self, topic: &str, entities: Vec<Entity>) {
        let Some((topic, subscription)) = self.find_subscription(topic) else { return };
        let ids = subscription.replica.apply_entities(entities);
        if subscription.replica.is_complete() && !ids.is_empty() {
            self.events.push_back(Event::Topic { topic, update: Update::Entities(ids) });
        }
    }

    /// Changes of one frame: one event for each topic.
    pub(super) fn apply_changes(&mut self, changes: Vec<Change>) {
        let mut changed: BTreeMap<Topic, BTreeSet<String>> = BTreeMap::new();
        for change in changes {
            let Some((topic, subscription)) = self.find_subscription(&change.topic) else { continue };
            let id = change.id.clone();
            if subscription.replica.apply_change(change) && subscription.replica.is_complete() {
                changed.entry(topic).or_default().insert(id);
            }
        }
        for (topic, ids) in changed {
            let update = Update::Entities(ids.into_iter().collect());
            self.events.push_back(Event::Topic { topic, update });
        }
    }

    /// Compares the replicas with the server's state by these digests, and requests the topics that differ. `is_answer` says that this
    /// client has pinged: then a change that the digests include may still be on its way, and the client waits for it.
    pub(super) fn compare(&mut self, digests: &BTreeMap<String, String>, is_answer: bool, now: u64) {
        let mut topics = Vec::new();
        for (topic, subscription) in &mut self.subscriptions {
            let digest = digests.get(&topic.to_string()).and_then(|digest| digest.parse::<Digest>().ok());
            // A topic that is missing from the digests means that the server has lost the subscription.
            let matches = digest.map_or(self.policy.ignore_digest, |digest| subscription.replica.matches(digest));
            if matches || subscription.denied.is_some() || subscription.replica.is_pending() {
                continue;
            }
            match digest {
                Some(digest) if is_answer => {
                    subscription.replica.expect(digest);
                    subscription.confirm_by = Some(now + CROSSING_TIMEOUT);
                }
                _ => topics.push(topic.clone()),
            }
        }
        for topic in &topics {
            self.request_snapshot(topic, now);
        }
    }

    pub(super) fn handle_error(&mut self, error: FrameError, now: u64) {
        let Some((topic, subscription)) = error.topic.as_deref().and_then(|topic| self.find_subscription(topic)) else {
            return;
        };
        if error.code == FrameErrorCode::InternalError {
            // A temporary fault: the topic is requested again. If no snapshot comes in time, the connection is replaced.
            subscription.retry_at = Some(now + (FIRST_RETRY_DELAY << subscription.faults.min(10)));
            subscription.faults += 1;
            return;
        }
        subscription.is_shown_as_denied = true;
        if subscription.denied.as_ref() != Some(&error) {
            subscription.denied = Some(error);
            self.events.push_back(Event::Topic { topic, update: Update::Denied });
        }
    }

    pub(super) fn is_waiting_for_snapshot(&self) -> bool {
        self.subscriptions.values().any(Subscription::is_waiting)
    }
}
