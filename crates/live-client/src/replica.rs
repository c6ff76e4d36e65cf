//! The copy of one topic that a client keeps. Never knows how messages reach it.
//!
//! A change is applied if its revision is newer than what is known of its entity, and dropped otherwise: so duplicates,
//! reordering and replays are harmless. A snapshot replaces all that was known before it was asked for: so a lost message
//! does no lasting harm. A digest tells when one is due.
//!
//! The contract of a caller: [`Replica::begin`] when the subscription is sent, [`Replica::handle_snapshot`] and
//! [`Replica::handle_change`] as frames arrive in whatever order, [`Replica::begin_check`] when a ping is sent, and
//! [`Replica::agrees`] with the digest that answers it; if they do not agree, begin again.

use std::collections::BTreeMap;

use serde_json::Value;

use domain::time::Timestamp;
use protocol::digest::Digest;
use protocol::frames::{Change, Entity};

/// So many removed entities are remembered, lest a delayed change bring one back; the oldest are forgotten first.
const TOMBSTONES_KEPT: usize = 1_000;

/// So many changes may arrive between a ping and its answer and still be told from a lost message.
const TRAIL_KEPT: usize = 256;

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    rev: u64,
    state: Value,
    /// Learned from a change after the subscription was sent: a snapshot without it is older than it.
    learned: bool,
}

#[derive(Debug, Clone, Copy)]
struct Tombstone {
    rev: u64,
    learned: bool,
    /// Counts removals, so that the oldest can be told.
    order: u64,
}

/// The parts of a snapshot that have come so far.
#[derive(Debug, Clone, Default)]
struct Gathering {
    /// When the server made it: a part of another time is of another snapshot.
    at: Option<Timestamp>,
    /// By their numbers, in order.
    parts: Vec<(u32, Vec<Entity>)>,
}

/// Fault switches: mechanisms of a replica that can be switched off. Only the simulation does, to show that each is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplicaPolicy {
    /// Apply a change though it is not newer than what is known of its entity.
    pub ignore_revision: bool,
    /// Do not remember removed entities.
    pub forget_tombstones: bool,
    /// Take every digest of the server for a match.
    pub ignore_digest: bool,
}

/// A client's copy of a topic.
#[derive(Debug, Clone, Default)]
pub struct Replica {
    policy: ReplicaPolicy,
    entries: BTreeMap<String, Entry>,
    tombstones: BTreeMap<String, Tombstone>,
    removals: u64,
    digest: Digest,
    /// What is still to come of the snapshot that was asked for last.
    gathering: Option<Gathering>,
    /// Whether a snapshot has ever been whole.
    complete: bool,
    /// The digests since the last ping, if one is under way.
    trail: Option<Vec<Digest>>,
}

impl Replica {
    /// An empty copy with these fault switches.
    pub fn with_policy(policy: ReplicaPolicy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// Whether the topic's state has been known whole at some time: before that, nothing is to be shown.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether a snapshot is still awaited.
    pub const fn is_pending(&self) -> bool {
        self.gathering.is_some()
    }

    /// What the topic holds: id, revision and state of each entity, in the order of the ids.
    pub fn entities(&self) -> impl Iterator<Item = (&str, u64, &Value)> {
        self.entries.iter().map(|(id, entry)| (id.as_str(), entry.rev, &entry.state))
    }

    /// The state of one entity.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.entries.get(id).map(|entry| &entry.state)
    }

    /// The digest of what it holds.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The subscription is being sent: a snapshot will come, and what is known until now is no newer than it.
    pub fn begin(&mut self) {
        self.gathering = Some(Gathering::default());
        self.trail = None;
        self.entries.iter_mut().for_each(|(_, entry)| entry.learned = false);
        self.tombstones.iter_mut().for_each(|(_, tombstone)| tombstone.learned = false);
    }

    /// A part of a snapshot has come, made by the server at that time; true if what is shown may have changed: it was the last
    /// one missing, or has something newer though nobody has asked for it.
    pub fn handle_snapshot(&mut self, part: u32, parts: u32, at: Option<Timestamp>, entities: Vec<Entity>) -> bool {
        let Some(gathering) = &mut self.gathering else { return self.handle_entities(entities) };
        if gathering.at != at || parts == 1 {
            (gathering.at, gathering.parts) = (at, Vec::new());
        }
        match gathering.parts.binary_search_by_key(&part, |(number, _)| *number) {
            Ok(place) => gathering.parts[place].1 = entities,
            Err(place) => gathering.parts.insert(place, (part, entities)),
        }
        let have = u32::try_from(gathering.parts.len()).unwrap_or(u32::MAX);
        if have < parts {
            return false;
        }
        let whole = self.gathering.take().unwrap_or_default();
        self.replace(whole.parts.into_iter().flat_map(|(_, entities)| entities));
        self.complete = true;
        true
    }

    /// What the topic held at some time, whenever that was; true if some of it was news.
    pub fn handle_entities(&mut self, entities: Vec<Entity>) -> bool {
        let all = entities.into_iter().map(|Entity { id, rev, state }| self.learn(id, rev, Some(state)));
        all.fold(false, |any, is_news| any | is_news) && self.complete
    }

    /// A change has come; true if it was news.
    pub fn handle_change(&mut self, change: Change) -> bool {
        let Change { id, rev, state, .. } = change;
        self.learn(id, rev, state)
    }

    fn learn(&mut self, id: String, rev: u64, state: Option<Value>) -> bool {
        let known = self.entries.get(&id).map(|entry| entry.rev);
        let buried = self.tombstones.get(&id).map(|tombstone| tombstone.rev);
        let buried = buried.filter(|_| !self.policy.forget_tombstones);
        let newest = known.max(buried).filter(|_| !self.policy.ignore_revision);
        if newest.is_some_and(|newest| rev <= newest) {
            return false;
        }
        self.remove(&id);
        match state {
            Some(state) => self.insert(id, Entry { rev, state, learned: true }),
            None => self.bury(id, rev, true),
        }
        let digest = self.digest;
        if let Some(trail) = &mut self.trail
            && trail.len() < TRAIL_KEPT
        {
            trail.push(digest);
        }
        true
    }

    /// A ping is being sent: from now on, note each state, since its answer may be of any of them.
    pub fn begin_check(&mut self) {
        self.trail = Some(vec![self.digest]);
    }

    /// Whether `digest`, which answers the last ping, is of a state that this replica has had since; if not, a message is
    /// lost or late, and the caller begins again. While a snapshot is awaited there is nothing to compare.
    pub fn agrees(&mut self, digest: Digest) -> bool {
        let trail = self.trail.take().unwrap_or_default();
        self.policy.ignore_digest || self.is_pending() || digest == self.digest || trail.contains(&digest)
    }

    fn replace(&mut self, entities: impl Iterator<Item = Entity>) {
        let mut next = BTreeMap::default();
        for Entity { id, rev, state } in entities {
            // Only what was learned since the subscription can be newer than the snapshot.
            let buried = self.tombstones.get(&id).is_some_and(|tombstone| tombstone.learned && tombstone.rev >= rev);
            if !buried {
                self.tombstones.remove(&id);
                next.insert(id, Entry { rev, state, learned: false });
            }
        }
        for (id, entry) in std::mem::take(&mut self.entries) {
            match next.get(&id) {
                Some(newer) if !entry.learned || newer.rev >= entry.rev => {}
                None if !entry.learned => self.bury(id, entry.rev, false),
                _ => {
                    next.insert(id, entry);
                }
            }
        }
        self.digest = Digest::of(next.iter().map(|(id, entry)| (id.as_str(), entry.rev)));
        self.entries = next;
    }

    fn insert(&mut self, id: String, entry: Entry) {
        self.digest = self.digest.with(&id, entry.rev);
        self.tombstones.remove(&id);
        self.entries.insert(id, entry);
    }

    fn remove(&mut self, id: &str) {
        if let Some(entry) = self.entries.remove(id) {
            self.digest = self.digest.without(id, entry.rev);
        }
    }

    fn bury(&mut self, id: String, rev: u64, learned: bool) {
        self.removals += 1;
        self.tombstones.insert(id, Tombstone { rev, learned, order: self.removals });
        if self.tombstones.len() > TOMBSTONES_KEPT {
            let oldest = self.tombstones.iter().min_by_key(|(_, tombstone)| tombstone.order);
            if let Some(id) = oldest.map(|(id, _)| id.clone()) {
                self.tombstones.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: &str, rev: u64, state: Option<u64>) -> Change {
        Change { topic: "tables".to_owned(), id: id.to_owned(), rev, state: state.map(Value::from) }
    }

    fn entity(id: &str, rev: u64, state: u64) -> Entity {
        Entity { id: id.to_owned(), rev, state: Value::from(state) }
    }

    fn shown(replica: &Replica) -> Vec<(String, u64)> {
        replica.entities().map(|(id, rev, _)| (id.to_owned(), rev)).collect()
    }

    fn begun(entities: Vec<Entity>) -> Replica {
        let mut replica = Replica::default();
        replica.begin();
        assert!(replica.handle_snapshot(1, 1, None, entities));
        replica
    }

    #[test]
    fn an_older_change_is_dropped() {
        let mut replica = begun(vec![entity("lobby", 3, 0)]);
        assert!(!replica.handle_change(change("lobby", 3, Some(1))));
        assert!(replica.handle_change(change("lobby", 4, Some(2))));
        assert!(!replica.handle_change(change("lobby", 4, Some(2))));
        assert_eq!(replica.get("lobby"), Some(&Value::from(2)));
    }

    #[test]
    fn a_removal_is_not_undone_by_what_came_before_it() {
        let mut replica = begun(vec![entity("lobby", 1, 0)]);
        assert!(replica.handle_change(change("lobby", 3, None)));
        assert!(!replica.handle_change(change("lobby", 2, Some(1))));
        assert_eq!(shown(&replica), []);
        assert!(replica.handle_change(change("lobby", 4, Some(1))));
    }

    #[test]
    fn a_change_that_overtakes_the_snapshot_stays() {
        let mut replica = Replica::default();
        replica.begin();
        replica.handle_change(change("attic", 1, Some(1)));
        replica.handle_change(change("lobby", 5, None));
        assert!(!replica.is_complete());
        replica.handle_snapshot(1, 1, None, vec![entity("lobby", 4, 0), entity("cellar", 2, 0)]);
        assert_eq!(shown(&replica), [("attic".to_owned(), 1), ("cellar".to_owned(), 2)]);
    }

    #[test]
    fn a_snapshot_in_parts_counts_when_it_is_whole() {
        let mut replica = begun(vec![entity("old", 1, 0)]);
        replica.begin();
        let at = |milliseconds| Some(Timestamp::from_milliseconds(milliseconds));
        assert!(!replica.handle_snapshot(1, 2, at(1), vec![entity("of another", 1, 0)]));
        assert!(!replica.handle_snapshot(2, 2, at(2), vec![entity("two", 1, 0)]));
        assert_eq!(shown(&replica), [("old".to_owned(), 1)]);
        assert!(replica.handle_snapshot(1, 2, at(2), vec![entity("one", 1, 0)]));
        assert_eq!(shown(&replica), [("one".to_owned(), 1), ("two".to_owned(), 1)]);
    }

    #[test]
    fn a_snapshot_that_nobody_has_asked_for_takes_nothing_back() {
        let mut replica = begun(vec![entity("attic", 1, 0), entity("cellar", 4, 0), entity("lobby", 5, 0)]);
        assert!(!replica.handle_snapshot(1, 1, None, vec![entity("cellar", 3, 1), entity("lobby", 5, 1)]));
        assert_eq!(shown(&replica).len(), 3);
        assert!(replica.handle_snapshot(1, 2, None, vec![entity("cellar", 6, 1)]), "a part of it is as good");
        assert_eq!(shown(&replica), [("attic".to_owned(), 1), ("cellar".to_owned(), 6), ("lobby".to_owned(), 5)]);
        assert!(!replica.is_pending());
    }

    #[test]
    fn an_answer_may_be_of_any_state_since_the_ping() {
        let mut replica = begun(vec![entity("lobby", 1, 0)]);
        let before = replica.digest();
        replica.begin_check();
        replica.handle_change(change("lobby", 2, Some(1)));
        assert!(replica.agrees(before));
        replica.begin_check();
        assert!(!replica.agrees(before), "that state was over before the second ping");
    }

    #[test]
    fn removals_are_forgotten_in_time() {
        let mut replica = begun(vec![]);
        for number in 0..=TOMBSTONES_KEPT as u64 {
            replica.handle_change(change(&number.to_string(), 1, None));
        }
        assert_eq!(replica.tombstones.len(), TOMBSTONES_KEPT);
        assert!(replica.tombstones.get("0").is_none());
    }
}
