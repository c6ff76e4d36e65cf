//! For any order, duplication and loss of changes, a replica that then gets one snapshot, or one digest and what follows
//! from it, equals the table.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use live_client::Replica;
use proptest::prelude::*;
use protocol::digest::Digest;
use protocol::frames::{Change, Entity};
use serde_json::Value;

const IDS: [&str; 4] = ["attic", "cellar", "kitchen", "lobby"];

/// The table as DynamoDB would hold it: revisions go on beyond a removal.
#[derive(Debug, Clone, Default)]
struct Table {
    entities: BTreeMap<&'static str, (u64, Option<u64>)>,
}

impl Table {
    fn write(&mut self, write: Write) -> Change {
        let (rev, state) = self.entities.entry(IDS[write.entity]).or_default();
        *rev += 1;
        *state = write.value;
        Change {
            topic: "tables".to_owned(),
            id: IDS[write.entity].to_owned(),
            rev: *rev,
            state: write.value.map(Value::from),
        }
    }

    fn snapshot(&self) -> Vec<Entity> {
        let live = |(id, (rev, state)): (&&str, &(u64, Option<u64>))| {
            state.map(|state| Entity { id: (*id).to_owned(), rev: *rev, state: Value::from(state) })
        };
        self.entities.iter().filter_map(live).collect()
    }

    fn digest(&self) -> Digest {
        let snapshot = self.snapshot();
        Digest::of(snapshot.iter().map(|entity| (entity.id.as_str(), entity.rev)))
    }
}

#[derive(Debug, Clone, Copy)]
struct Write {
    entity: usize,
    /// `None` removes.
    value: Option<u64>,
}

fn writes(most: usize) -> impl Strategy<Value = Vec<Write>> {
    let write = (0..IDS.len(), proptest::option::weighted(0.7, 0..100_u64));
    proptest::collection::vec(write.prop_map(|(entity, value)| Write { entity, value }), 0..most)
}

/// Which of the changes arrive, in which order, some of them twice.
fn deliveries(most: usize) -> impl Strategy<Value = Vec<prop::sample::Index>> {
    proptest::collection::vec(any::<prop::sample::Index>(), 0..most)
}

fn deliver(replica: &mut Replica, changes: &[Change], picks: &[prop::sample::Index]) {
    for pick in picks.iter().filter(|_| !changes.is_empty()) {
        replica.apply_change(pick.get(changes).clone());
    }
}

fn hand_over(replica: &mut Replica, entities: &[Entity], part_size: usize, backwards: bool) {
    let mut parts: Vec<(u32, Vec<Entity>)> =
        entities.chunks(part_size).map(<[Entity]>::to_vec).zip(1..).map(|(part, number)| (number, part)).collect();
    if parts.is_empty() {
        parts.push((1, Vec::new()));
    }
    let count = parts.len() as u32;
    if backwards {
        parts.reverse();
    }
    for (number, part) in parts {
        replica.handle_snapshot(number, count, None, part);
    }
}

fn content(replica: &Replica) -> Vec<Entity> {
    let entity = |(id, rev, state): (&str, u64, &Value)| Entity { id: id.to_owned(), rev, state: state.clone() };
    replica.entities().map(entity).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Any subset of what was written before, in any order; then a subscription, whose snapshot may be overtaken by the
    /// changes after it; then all of these in any order, with duplicates and with what the replica has known before.
    #[test]
    fn a_snapshot_and_what_follows_it_make_it_equal(
        before in writes(20), after in writes(12),
        early in deliveries(30), overtaking in deliveries(10), late in deliveries(20),
        order in any::<prop::sample::Index>(), part_size in 1..4_usize, backwards in any::<bool>(),
    ) {
        let mut table = Table::default();
        let mut replica = Replica::default();
        let old: Vec<Change> = before.into_iter().map(|write| table.write(write)).collect();
        deliver(&mut replica, &old, &early);

        replica.start_sync();
        let snapshot = table.snapshot();
        let new: Vec<Change> = after.into_iter().map(|write| table.write(write)).collect();
        deliver(&mut replica, &new, &overtaking);
        hand_over(&mut replica, &snapshot, part_size, backwards);
        prop_assert!(replica.is_complete());

        deliver(&mut replica, &new, &late);
        let split = order.index(new.len() + 1);
        for change in new[split..].iter().chain(&new[..split]) {
            replica.apply_change(change.clone());
        }
        prop_assert_eq!(content(&replica), table.snapshot());
        prop_assert_eq!(replica.digest(), table.digest());
    }

    /// Whatever was lost, and whatever came late: after one check of the digest and, where it fails, one snapshot, the
    /// replica equals the table; and where it does not fail, it equals it already.
    #[test]
    fn one_check_of_the_digest_heals(
        first in writes(20), second in writes(20), arrived in deliveries(40), stale in deliveries(10),
    ) {
        let mut table = Table::default();
        let mut replica = Replica::default();
        let mut changes: Vec<Change> = first.into_iter().map(|write| table.write(write)).collect();
        replica.start_sync();
        hand_over(&mut replica, &table.snapshot(), 2, false);
        changes.extend(second.into_iter().map(|write| table.write(write)));
        deliver(&mut replica, &changes, &arrived);
        deliver(&mut replica, &changes, &stale);

        replica.start_check();
        if !replica.matches(table.digest()) {
            replica.start_sync();
            hand_over(&mut replica, &table.snapshot(), 3, false);
        }
        prop_assert_eq!(content(&replica), table.snapshot());
    }

    /// The digest that is kept up is the digest of what is held.
    #[test]
    fn the_digest_is_that_of_the_content(all in writes(30), picks in deliveries(60), begin_at in 0..60_usize) {
        let mut table = Table::default();
        let mut replica = Replica::default();
        let changes: Vec<Change> = all.into_iter().map(|write| table.write(write)).collect();
        for (step, pick) in picks.iter().enumerate().filter(|_| !changes.is_empty()) {
            if step == begin_at {
                replica.start_sync();
                hand_over(&mut replica, &table.snapshot(), 2, true);
            }
            replica.apply_change(pick.get(&changes).clone());
            let held = content(&replica);
            prop_assert_eq!(replica.digest(), Digest::of(held.iter().map(|one| (one.id.as_str(), one.rev))));
        }
    }
}
