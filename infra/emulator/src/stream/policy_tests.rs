//! The policy against a model: a function that fails any set of records, in virtual time.

use std::collections::{HashMap, HashSet};
use std::time::UNIX_EPOCH;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn record(sequence: u128, key_hash: u64) -> Record {
    Record { sequence: sequence.into(), key_hash, created_at: UNIX_EPOCH, event: Value::Null }
}

fn policy() -> Policy {
    Policy { batch_size: 8, maximum_retry_attempts: 2, maximum_record_age: Duration::MAX, ..Policy::default() }
}

/// The behaviour of the model's function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reports {
    WholeBatch,
    TheRecord,
}

/// Runs until idle. Returns the deliveries that the function accepted, in order, and the dead letters.
fn drive(mapping: &mut Mapping, poisoned: &HashSet<u128>, reports: Reports) -> (Vec<Record>, Vec<DeadLetter>) {
    let mut now = Instant::now();
    let mut delivered = Vec::new();
    let mut dead_letters = Vec::new();
    loop {
        while let Some(letter) = mapping.dead_letter().cloned() {
            dead_letters.push(letter);
            mapping.handle_dead_letter_stored();
        }
        if let Some(Invocation { lane, records }) = mapping.poll_invocation(now) {
            let bad = records.iter().position(|record| poisoned.iter().any(|bad| record.sequence == (*bad).into()));
            let outcome = match (bad, reports) {
                (None, _) => {
                    delivered.extend(records);
                    Outcome::Done
                }
                (Some(_), Reports::WholeBatch) => Outcome::Failed("poison".to_owned()),
                (Some(bad), Reports::TheRecord) => {
                    let sequence = records[bad].sequence;
                    delivered.extend(records.into_iter().take(bad));
                    Outcome::FailedFrom(vec![sequence])
                }
            };
            mapping.handle_outcome(lane, outcome, now, UNIX_EPOCH);
        } else if let Some(timeout) = mapping.next_timeout() {
            now = timeout;
        } else {
            return (delivered, dead_letters);
        }
    }
}

proptest! {
    #[test]
    fn each_record_is_delivered_once_in_order_per_key_or_becomes_a_dead_letter(
        keys in prop::collection::vec(0_u64..6, 1..80),
        poisoned in prop::collection::hash_set(1_u128..80, 0..6),
        by_record in any::<bool>(),
        lanes in 1_usize..5,
    ) {
        let reports = if by_record { Reports::TheRecord } else { Reports::WholeBatch };
        let mut mapping = Mapping::new(Policy { parallelization_factor: lanes, ..policy() }, None);
        let records: Vec<Record> = (1..).zip(&keys).map(|(sequence, key)| record(sequence, *key)).collect();
        let last = records.last().unwrap().sequence;
        mapping.accept(records.clone(), last);
        let (delivered, dead_letters) = drive(&mut mapping, &poisoned, reports);

        let expected: HashSet<SequenceNumber> =
            records.iter().map(|r| r.sequence).filter(|s| !poisoned.iter().any(|p| *s == (*p).into())).collect();
        let once: HashSet<SequenceNumber> = delivered.iter().map(|r| r.sequence).collect();
        prop_assert_eq!(delivered.len(), once.len(), "a record was delivered twice");
        prop_assert_eq!(&once, &expected);
        prop_assert_eq!(dead_letters.len(), records.len() - expected.len());
        let mut latest: HashMap<u64, SequenceNumber> = HashMap::new();
        for record in &delivered {
            let before = latest.insert(record.key_hash, record.sequence);
            prop_assert!(before < Some(record.sequence), "out of order within a key");
        }
        prop_assert_eq!(mapping.checkpoint(), Some(last));
    }

    #[test]
    fn the_checkpoint_never_passes_an_outstanding_record(
        keys in prop::collection::vec(0_u64..6, 1..40),
        outcomes in prop::collection::vec(0_u8..3, 0..60),
    ) {
        let mut mapping = Mapping::new(policy(), None);
        let records: Vec<Record> = (1..).zip(&keys).map(|(sequence, key)| record(sequence, *key)).collect();
        let mut open: BTreeSet<SequenceNumber> = records.iter().map(|r| r.sequence).collect();
        mapping.accept(records, 1000.into());
        let mut now = Instant::now();
        for choice in outcomes {
            if let Some(letter) = mapping.dead_letter().cloned() {
                open.remove(&letter.record.sequence);
                mapping.handle_dead_letter_stored();
            }
            if let Some(Invocation { lane, records }) = mapping.poll_invocation(now) {
                let outcome = match choice {
                    0 => Outcome::Failed("no".to_owned()),
                    1 => Outcome::FailedFrom(vec![records[records.len() / 2].sequence]),
                    _ => Outcome::Done,
                };
                let done = match &outcome {
                    Outcome::Done => records.len(),
                    Outcome::Failed(_) => 0,
                    Outcome::FailedFrom(_) => records.len() / 2,
                };
                for record in &records[..done] {
                    open.remove(&record.sequence);
                }
                mapping.handle_outcome(lane, outcome, now, UNIX_EPOCH);
            } else if let Some(timeout) = mapping.next_timeout() {
                now = timeout;
            }
            if let Some(first) = open.first() {
                prop_assert!(mapping.checkpoint() < Some(*first));
            }
        }
    }
}

#[test]
fn a_failed_batch_waits_longer_each_time_and_other_lanes_do_not_wait() {
    let mut mapping = Mapping::new(Policy { parallelization_factor: 2, ..policy() }, None);
    mapping.accept(vec![record(1, 0), record(2, 1)], 2.into());
    let start = Instant::now();
    let first = mapping.poll_invocation(start).unwrap();
    mapping.handle_outcome(first.lane, Outcome::Failed("no".to_owned()), start, UNIX_EPOCH);
    assert_eq!(mapping.poll_invocation(start).unwrap().lane, 1);
    assert_eq!(mapping.poll_invocation(start), None);
    let retry_at = start + Duration::from_millis(200);
    assert_eq!(mapping.next_timeout(), Some(retry_at));
    let second = mapping.poll_invocation(retry_at).unwrap();
    mapping.handle_outcome(second.lane, Outcome::Failed("no".to_owned()), retry_at, UNIX_EPOCH);
    assert_eq!(mapping.next_timeout(), Some(retry_at + Duration::from_millis(400)));
}

#[test]
fn an_old_record_is_tried_once_before_it_becomes_a_dead_letter() {
    let day = Duration::from_secs(24 * 60 * 60);
    let mut mapping = Mapping::new(Policy { maximum_record_age: Duration::from_secs(60), ..policy() }, None);
    mapping.accept(vec![record(1, 0)], 1.into());
    let now = Instant::now();
    let invocation = mapping.poll_invocation(now).unwrap();
    mapping.handle_outcome(invocation.lane, Outcome::Failed("no".to_owned()), now, UNIX_EPOCH + day);
    assert_eq!(mapping.dead_letter().unwrap().condition, Condition::RecordAgeExceeded);
}

#[test]
fn the_checkpoint_passes_records_that_the_filter_drops() {
    let mut mapping = Mapping::new(policy(), Some(3.into()));
    assert_eq!(mapping.checkpoint(), Some(3.into()));
    mapping.accept(Vec::new(), 9.into());
    assert_eq!(mapping.checkpoint(), Some(9.into()));
}

#[test]
fn it_stops_fetching_while_the_function_does_not_keep_up() {
    let mut mapping = Mapping::new(Policy { batch_size: 2, parallelization_factor: 1, ..policy() }, None);
    assert!(mapping.wants_records());
    mapping.accept((1..=4).map(|sequence| record(sequence, 0)).collect(), 4.into());
    assert!(!mapping.wants_records());
}
