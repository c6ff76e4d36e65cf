//! What a client asks the server for: whole topics, once more after a passing fault, and what a digest shows that it lacks. Never
//! decides when the connection is given up.

use std::collections::BTreeMap;

use super::LiveClient;
use super::phase::AGAIN;
use super::subscription::Subscription;
use domain::topic::Topic;
use protocol::digest::Digest;
use protocol::frames::{ClientFrame, FrameError, FrameErrorCode};

impl LiveClient {
    pub(super) fn expect_snapshot(&mut self, topic: &Topic, now: u64) {
        if let Some(subscription) = self.subscriptions.get_mut(topic) {
            subscription.replica.begin();
            subscription.again = None;
        }
        self.asked.get_or_insert(now);
    }

    pub(super) fn ask(&mut self, topic: &Topic, now: u64) {
        self.expect_snapshot(topic, now);
        self.send(&ClientFrame::Subscribe { topic: topic.to_string() });
    }

    /// Asks again for what could not be told because of a passing fault, and is due.
    pub(super) fn ask_again(&mut self, now: u64) {
        let is_due = |subscription: &Subscription| subscription.again.is_some_and(|again| now >= again);
        let due = self.subscriptions.iter().filter(|(_, subscription)| is_due(subscription));
        let due: Vec<Topic> = due.map(|(topic, _)| topic.clone()).collect();
        for topic in &due {
            self.ask(topic, now);
        }
    }

    /// When [`Self::ask_again`] has something to ask.
    pub(super) fn again_due(&self) -> Option<u64> {
        self.subscriptions.iter().filter_map(|(_, subscription)| subscription.again).min()
    }

    pub(super) fn disagreeing(&mut self, digests: &BTreeMap<String, String>) -> Vec<Topic> {
        let mut topics = Vec::new();
        for (topic, subscription) in self.subscriptions.iter_mut() {
            let told = digests.get(&topic.to_string()).and_then(|digest| digest.parse::<Digest>().ok());
            // A topic that the answer does not name is one that the server no longer knows us to watch.
            let agrees = told.map_or(self.policy.ignore_digest, |digest| subscription.replica.agrees(digest));
            if !agrees && subscription.refused.is_none() && !subscription.replica.is_pending() {
                topics.push(topic.clone());
            }
        }
        topics
    }

    pub(super) fn handle_error(&mut self, error: FrameError, now: u64) {
        let Some((topic, subscription)) = error.topic.as_deref().and_then(|topic| self.find(topic)) else { return };
        if error.code == FrameErrorCode::InternalError {
            // A passing fault: the snapshot stays awaited, and if it does not come in time, a new connection asks for it.
            subscription.again = Some(now + (AGAIN << subscription.faults.min(10)));
            subscription.faults += 1;
            return;
        }
        subscription.refused = Some(error);
        self.push_topic_event(topic);
    }

    pub(super) fn is_waiting_for_snapshot(&self) -> bool {
        let waits = |one: &Subscription| one.replica.is_pending() && one.refused.is_none();
        self.subscriptions.iter().any(|(_, subscription)| waits(subscription))
    }
}
