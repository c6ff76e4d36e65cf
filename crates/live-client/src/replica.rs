//! The copy of one topic that a client keeps. It does not know how messages reach it.
//!
//! A change is applied if its revision is newer than what is known of its entity, and dropped otherwise. So duplicates,
//! reordering and replays are harmless. A snapshot replaces everything that was known before it was requested. So a lost
//! message does no lasting harm. A digest shows when a snapshot is needed.
//!
//! The contract of a caller: call [`Replica::start_sync`] when the subscription is sent, [`Replica::handle_snapshot`] and
//! [`Replica::apply_change`] as frames arrive in any order, [`Replica::start_check`] when a ping is sent, and
//! [`Replica::matches`] with the digest of the pong. If the digest does not match, subscribe again.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use protocol::digest::Digest;
use protocol::frames::{Change, Entity};
use serde_json::Value;

use crate::Update;

/// The number of tombstones kept. They stop a delayed change from bringing a removed entity back; the oldest are dropped
/// first.
const TOMBSTONES_KEPT: usize = 1_000;

/// The number of changes that may arrive between a ping and its pong without looking like a lost message.
const DIGESTS_KEPT: usize = 256;

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    rev: u64,
    state: Value,
    /// Set by a change after the subscription was sent: a snapshot without the entity is older than the change.
    from_change: bool,
}

#[derive(Debug, Clone, Copy)]
struct Tombstone {
    rev: u64,
    from_change: bool,
    /// Counts removals, to find the oldest tombstone.
    order: u64,
}

/// The parts of a snapshot that have come so far.
#[derive(Debug, Clone, Default)]
struct SnapshotAssembly {
    /// When the server made it: a part of another time belongs to another snapshot.
    at: Option<Timestamp>,
    parts: BTreeMap<u32, Vec<Entity>>,
}

/// Fault switches: mechanisms of a replica that can be switched off. Only the simulation does, to show that each is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplicaPolicy {
    /// Apply a change although it is not newer than what is known of its entity.
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
    /// The snapshot that was requested last, if it is not whole yet.
    assembly: Option<SnapshotAssembly>,
    is_complete: bool,
    /// Every digest since the last ping, if its pong has not come.
    digests_since_ping: Option<Vec<Digest>>,
    /// The digest that a pong carried and that this replica has not had yet.
    expected: Option<Digest>,
}

impl Replica {
    /// An empty copy with these fault switches.
    pub fn with_policy(policy: ReplicaPolicy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// Whether a whole snapshot has ever come. Before that there is nothing to show.
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether a snapshot was requested and is not whole yet.
    pub const fn is_pending(&self) -> bool {
        self.assembly.is_some()
    }

    /// The entities: id, revision and state of each, ordered by id.
    pub fn entities(&self) -> impl ExactSizeIterator<Item = (&str, u64, &Value)> {
        self.entries.iter().map(|(id, entry)| (id.as_str(), entry.rev, &entry.state))
    }

    /// The state of one entity.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.entries.get(id).map(|entry| &entry.state)
    }

    /// The revision of one entity.
    pub fn revision(&self, id: &str) -> Option<u64> {
        self.entries.get(id).map(|entry| entry.rev)
    }

    /// The number of entities.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The digest of the entities.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The subscription is being sent: a snapshot will come, and nothing that is known now is newer than it.
    pub fn start_sync(&mut self) {
        self.assembly = Some(SnapshotAssembly::default());
        (self.digests_since_ping, self.expected) = (None, None);
        self.entries.values_mut().for_each(|entry| entry.from_change = false);
        self.tombstones.values_mut().for_each(|tombstone| tombstone.from_change = false);
    }

    /// A part of a snapshot that the server made at `at` has come; `part` is from 1 to `parts`. Returns what has changed:
    /// [`Update::Reset`] if the snapshot is whole now and differs from what was known, [`Update::Entities`] if no snapshot
    /// was requested and something in it is newer.
    pub fn handle_snapshot(
        &mut self,
        part: u32,
        parts: u32,
        at: Option<Timestamp>,
        entities: Vec<Entity>,
    ) -> Option<Update> {
        let Some(assembly) = &mut self.assembly else {
            let ids = self.apply_entities(entities);
            return (self.is_complete && !ids.is_empty()).then_some(Update::Entities(ids));
        };
        if assembly.at != at || parts == 1 {
            *assembly = SnapshotAssembly { at, parts: BTreeMap::new() };
        }
        assembly.parts.insert(part, entities);
        if assembly.parts.len() < parts as usize {
            return None;
        }
        let whole = self.assembly.take().unwrap_or_default();
        let has_changed = self.replace(whole.parts.into_values().flatten());
        let is_first = !std::mem::replace(&mut self.is_complete, true);
        (is_first || has_changed).then_some(Update::Reset)
    }

    /// Applies what the topic held at some time, which may be long ago. Returns the ids of the entities that were older here, sorted.
    ///
    /// A snapshot that was requested replaces it, whichever comes first: an entity that is not in that snapshot may have been removed after
    /// these were read. If it was made after that snapshot was read, the connection gets its change, too.
    pub fn apply_entities(&mut self, entities: Vec<Entity>) -> Vec<String> {
        let mut ids = Vec::new();
        for Entity { id, rev, state } in entities {
            if self.apply(id.clone(), rev, Some(state), false) {
                ids.push(id);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Applies a change. Returns whether an entity has changed or gone.
    pub fn apply_change(&mut self, change: Change) -> bool {
        let Change { id, rev, state, .. } = change;
        self.apply(id, rev, state, true)
    }

    fn apply(&mut self, id: String, rev: u64, state: Option<Value>, from_change: bool) -> bool {
        let removed = self.tombstones.get(&id).map(|tombstone| tombstone.rev);
        let removed = removed.filter(|_| !self.policy.forget_tombstones);
        let newest = self.revision(&id).max(removed).filter(|_| !self.policy.ignore_revision);
        if newest.is_some_and(|newest| rev <= newest) {
            return false;
        }
        let was_there = self.remove(&id);
        let has_changed = was_there || state.is_some();
        match state {
            Some(state) => self.insert(id, Entry { rev, state, from_change }),
            None => self.write_tombstone(id, rev, from_change),
        }
        let digest = self.digest;
        if let Some(digests) = &mut self.digests_since_ping
            && digests.len() < DIGESTS_KEPT
        {
            digests.push(digest);
        }
        self.expected.take_if(|expected| *expected == digest);
        has_changed
    }

    /// The server's state has this digest, which is none that the replica has had: a change may be on its way.
    pub(super) fn expect(&mut self, digest: Digest) {
        self.expected = Some(digest);
    }

    /// Whether the replica has not had the digest that was expected.
    pub(super) const fn is_behind(&self) -> bool {
        self.expected.is_some()
    }

    /// A ping is being sent: from now on keep each digest, since the pong may be about any of these states.
    pub fn start_check(&mut self) {
        self.digests_since_ping = Some(vec![self.digest]);
    }

    /// Whether `digest`, which the pong carries, is of a state that this replica has had since the ping. If not, a message
    /// was lost or is late, and the caller subscribes again. While a snapshot is pending there is nothing to compare.
    ///
    /// A match does not end the wait for a digest that is expected: the server also sends digests without a ping, and they may
    /// overtake the answer to an earlier one. That answer is then the older of both.
    pub fn matches(&mut self, digest: Digest) -> bool {
        let digests = self.digests_since_ping.take().unwrap_or_default();
        self.policy.ignore_digest || self.is_pending() || digest == self.digest || digests.contains(&digest)
    }

    /// Replaces the entries by a snapshot, but for what changes have brought since it was requested. Returns whether an id,
    /// a revision or a state differs. The state may differ at the same revision: it depends on the person who sees it.
    fn replace(&mut self, entities: impl Iterator<Item = Entity>) -> bool {
        let mut next = BTreeMap::new();
        for Entity { id, rev, state } in entities {
            let is_removed = |tombstone: &Tombstone| tombstone.from_change && tombstone.rev >= rev;
            if !self.tombstones.get(&id).is_some_and(is_removed) {
                self.tombstones.remove(&id);
                next.insert(id, Entry { rev, state, from_change: false });
            }
        }
        let (mut has_changed, count) = (false, self.entries.len());
        for (id, entry) in std::mem::take(&mut self.entries) {
            match next.get(&id) {
                Some(newer) if !entry.from_change || newer.rev >= entry.rev => {
                    has_changed |= newer.rev != entry.rev || newer.state != entry.state;
                }
                None if !entry.from_change => {
                    has_changed = true;
                    self.write_tombstone(id, entry.rev, false);
                }
                _ => {
                    next.insert(id, entry);
                }
            }
        }
        self.digest = Digest::of(next.iter().map(|(id, entry)| (id.as_str(), entry.rev)));
        self.entries = next;
        has_changed || self.entries.len() != count
    }

    fn insert(&mut self, id: String, entry: Entry) {
        self.digest = self.digest.with(&id, entry.rev);
        self.tombstones.remove(&id);
        self.entries.insert(id, entry);
    }

    /// Returns whether the entity was there.
    fn remove(&mut self, id: &str) -> bool {
        let Some(entry) = self.entries.remove(id) else { return false };
        self.digest = self.digest.without(id, entry.rev);
        true
    }

    fn write_tombstone(&mut self, id: String, rev: u64, from_change: bool) {
        self.removals += 1;
        self.tombstones.insert(id, Tombstone { rev, from_change, order: self.removals });
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

    fn synced(entities: Vec<Entity>) -> Replica {
        let mut replica = Replica::default();
        replica.start_sync();
        assert_eq!(replica.handle_snapshot(1, 1, None, entities), Some(Update::Reset));
        replica
    }

    #[test]
    fn each_fault_switch_breaks_its_mechanism() {
        let broken = |policy| {
            let mut replica = Replica::with_policy(policy);
            replica.start_sync();
            replica.handle_snapshot(1, 1, None, vec![entity("lobby", 3, 0)]);
            replica
        };
        let mut replica = broken(ReplicaPolicy { ignore_revision: true, ..ReplicaPolicy::default() });
        assert!(replica.apply_change(change("lobby", 2, Some(1))));
        let mut replica = broken(ReplicaPolicy { forget_tombstones: true, ..ReplicaPolicy::default() });
        replica.apply_change(change("lobby", 4, None));
        assert!(replica.apply_change(change("lobby", 3, Some(1))));
        let mut replica = broken(ReplicaPolicy { ignore_digest: true, ..ReplicaPolicy::default() });
        assert!(replica.matches(Digest::default()));
        assert!(!broken(ReplicaPolicy::default()).matches(Digest::default()));
    }

    /// Fault: a snapshot without a request, which was read before the removal, outweighed the requested one that was read after it.
    #[test]
    fn entities_read_earlier_do_not_replace_a_requested_snapshot() {
        let mut replica = synced(vec![entity("gauge", 6, 0), entity("van", 3, 0)]);
        replica.start_sync();
        assert_eq!(replica.apply_entities(vec![entity("gauge", 7, 0), entity("van", 3, 0)]), ["gauge"]);
        assert_eq!(replica.handle_snapshot(1, 1, None, vec![entity("van", 3, 0)]), Some(Update::Reset));
        assert_eq!(shown(&replica), [("van".to_owned(), 3)]);
    }

    #[test]
    fn entities_are_found_by_id() {
        let replica = synced(vec![entity("lobby", 3, 7), entity("attic", 1, 0)]);
        assert_eq!((replica.get("lobby"), replica.revision("lobby")), (Some(&Value::from(7)), Some(3)));
        assert_eq!((replica.get("cellar"), replica.revision("cellar")), (None, None));
        assert_eq!((replica.len(), replica.is_empty()), (2, false));
    }

    #[test]
    fn an_older_change_is_dropped() {
        let mut replica = synced(vec![entity("lobby", 3, 0)]);
        assert!(!replica.apply_change(change("lobby", 3, Some(1))));
        assert!(replica.apply_change(change("lobby", 4, Some(2))));
        assert!(!replica.apply_change(change("lobby", 4, Some(2))));
        assert_eq!(replica.get("lobby"), Some(&Value::from(2)));
    }

    #[test]
    fn a_removal_is_not_undone_by_what_came_before_it() {
        let mut replica = synced(vec![entity("lobby", 1, 0)]);
        assert!(replica.apply_change(change("lobby", 3, None)));
        assert!(!replica.apply_change(change("lobby", 2, Some(1))));
        assert_eq!(shown(&replica), []);
        assert!(replica.apply_change(change("lobby", 4, Some(1))));
    }

    #[test]
    fn a_change_that_overtakes_the_snapshot_stays() {
        let mut replica = Replica::default();
        replica.start_sync();
        replica.apply_change(change("attic", 1, Some(1)));
        replica.apply_change(change("lobby", 5, None));
        assert!(!replica.is_complete());
        replica.handle_snapshot(1, 1, None, vec![entity("lobby", 4, 0), entity("cellar", 2, 0)]);
        assert_eq!(shown(&replica), [("attic".to_owned(), 1), ("cellar".to_owned(), 2)]);
    }

    #[test]
    fn a_snapshot_in_parts_is_applied_when_it_is_whole() {
        let mut replica = synced(vec![entity("old", 1, 0)]);
        replica.start_sync();
        let at = |milliseconds| Some(Timestamp::from_milliseconds(milliseconds));
        assert_eq!(replica.handle_snapshot(1, 2, at(1), vec![entity("of another", 1, 0)]), None);
        assert_eq!(replica.handle_snapshot(2, 2, at(2), vec![entity("two", 1, 0)]), None);
        assert_eq!(shown(&replica), [("old".to_owned(), 1)]);
        assert_eq!(replica.handle_snapshot(1, 2, at(2), vec![entity("one", 1, 0)]), Some(Update::Reset));
        assert_eq!(shown(&replica), [("one".to_owned(), 1), ("two".to_owned(), 1)]);
        // In pages, of which only the last knows how many parts there are.
        replica.start_sync();
        assert_eq!(replica.handle_snapshot(1, u32::MAX, at(3), vec![entity("three", 1, 0)]), None);
        assert_eq!(replica.handle_snapshot(2, u32::MAX, at(3), vec![entity("four", 1, 0)]), None);
        assert_eq!(replica.handle_snapshot(3, 3, at(3), vec![entity("five", 1, 0)]), Some(Update::Reset));
        assert_eq!(replica.len(), 3);
    }

    #[test]
    fn a_snapshot_that_was_not_requested_takes_nothing_back() {
        let mut replica = synced(vec![entity("attic", 1, 0), entity("cellar", 4, 0), entity("lobby", 5, 0)]);
        assert_eq!(replica.handle_snapshot(1, 1, None, vec![entity("cellar", 3, 1), entity("lobby", 5, 1)]), None);
        assert_eq!(shown(&replica).len(), 3);
        let update = replica.handle_snapshot(1, 2, None, vec![entity("cellar", 6, 1)]);
        assert_eq!(update, Some(Update::Entities(vec!["cellar".to_owned()])), "one part is enough");
        assert_eq!(shown(&replica), [("attic".to_owned(), 1), ("cellar".to_owned(), 6), ("lobby".to_owned(), 5)]);
        assert!(!replica.is_pending());
    }

    #[test]
    fn a_digest_may_be_of_any_state_since_the_ping() {
        let mut replica = synced(vec![entity("lobby", 1, 0)]);
        let before = replica.digest();
        replica.start_check();
        replica.apply_change(change("lobby", 2, Some(1)));
        assert!(replica.matches(before));
        replica.start_check();
        assert!(!replica.matches(before), "that state was over before the second ping");
    }

    #[test]
    fn the_oldest_tombstones_are_dropped() {
        let mut replica = synced(vec![]);
        for number in 0..=TOMBSTONES_KEPT as u64 {
            replica.apply_change(change(&number.to_string(), 1, None));
        }
        assert_eq!(replica.tombstones.len(), TOMBSTONES_KEPT);
        assert!(!replica.tombstones.contains_key("0"));
    }
}
