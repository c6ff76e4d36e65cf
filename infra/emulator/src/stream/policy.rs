//! What an event source mapping does next, decided without a clock, a task or a file. Time comes in as `now`.
//!
//! Calling contract: give fetched records to [`Mapping::accept`]; carry out each [`Mapping::poll_invocation`] and report
//! it with [`Mapping::handle_outcome`]; store each [`Mapping::dead_letter`] and say so with
//! [`Mapping::handle_dead_letter_stored`]; remember [`Mapping::checkpoint`]; and come back at
//! [`Mapping::next_timeout`]. A record is behind the checkpoint only once the function has taken it, or the dead-letter
//! store has it, or the filter did not want it: so a stop at any moment loses nothing and may deliver twice.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::record::{Record, SequenceNumber};

/// The settings of an event source mapping, with Lambda's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Most records in one invocation.
    pub batch_size: usize,
    /// Invocations at the same time. Records of one partition key are never in two of them.
    pub parallelization_factor: usize,
    /// Whether a failed batch is split to find the record that fails.
    pub bisect_batch_on_function_error: bool,
    /// How often a failed batch is tried again. Splitting does not count.
    pub maximum_retry_attempts: u32,
    /// A record that has failed and is older is given up.
    pub maximum_record_age: Duration,
    /// The pause before the first retry; it doubles with each.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            batch_size: 100,
            parallelization_factor: 4,
            bisect_batch_on_function_error: true,
            maximum_retry_attempts: 5,
            maximum_record_age: Duration::from_secs(60 * 60),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(10),
        }
    }
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All records are taken.
    Done,
    /// None counts as taken.
    Failed(String),
    /// Records before the lowest of these are taken, as `batchItemFailures` says.
    FailedFrom(Vec<SequenceNumber>),
}

/// A batch to hand to the function.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// Which of the parallel lanes it belongs to.
    pub lane: usize,
    /// The records, in order.
    pub records: Vec<Record>,
}

/// Why a record was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It failed more often than is allowed.
    RetryAttemptsExhausted,
    /// It failed and is too old.
    RecordAgeExceeded,
}

/// A record that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// The record.
    pub record: Record,
    /// Why.
    pub condition: Condition,
    /// How often it was tried.
    pub attempts: u32,
    /// The function's last error.
    pub error: String,
}

#[derive(Debug, Clone)]
struct Batch {
    records: Vec<Record>,
    /// Failures so far that count.
    failures: u32,
}

#[derive(Debug, Default)]
struct Lane {
    /// Records that were never tried.
    fresh: VecDeque<Record>,
    /// Parts of failed batches, to be tried again before anything fresh.
    again: VecDeque<Batch>,
    in_flight: Option<Batch>,
    not_before: Option<Instant>,
}

/// The state of one event source mapping.
#[derive(Debug)]
pub struct Mapping {
    policy: Policy,
    lanes: Vec<Lane>,
    /// Records that are neither taken nor stored as dead letters.
    outstanding: BTreeSet<SequenceNumber>,
    /// The last record fetched, wanted or not.
    fetched: Option<SequenceNumber>,
    dead: VecDeque<DeadLetter>,
}

impl Mapping {
    /// A mapping that has fetched nothing beyond `start`.
    pub fn new(policy: Policy, start: Option<SequenceNumber>) -> Self {
        let lanes = (0..policy.parallelization_factor.max(1)).map(|_| Lane::default()).collect();
        Self { policy, lanes, outstanding: BTreeSet::new(), fetched: start, dead: VecDeque::new() }
    }

    /// Where to read on.
    pub fn fetched(&self) -> Option<SequenceNumber> {
        self.fetched
    }

    /// Whether more records should be fetched. A function that does not keep up must not fill the memory.
    pub fn wants_records(&self) -> bool {
        self.outstanding.len() < self.policy.batch_size * self.lanes.len() * 2
    }

    /// All records up to this position are behind us.
    pub fn checkpoint(&self) -> Option<SequenceNumber> {
        self.outstanding.first().map(|first| first.before()).or(self.fetched)
    }

    /// Whether a batch is with the function.
    pub fn is_invoking(&self) -> bool {
        self.lanes.iter().any(|lane| lane.in_flight.is_some())
    }

    /// The record to store next, if any was given up.
    pub fn dead_letter(&self) -> Option<&DeadLetter> {
        self.dead.front()
    }

    /// When a pause ends, if nothing else happens before.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.lanes.iter().filter(|lane| lane.in_flight.is_none()).filter_map(|lane| lane.not_before).min()
    }

    /// Takes wanted records, in order, and the position up to which the stream was read.
    pub fn accept(&mut self, records: Vec<Record>, read_up_to: SequenceNumber) {
        self.fetched = self.fetched.max(Some(read_up_to));
        for record in records {
            self.outstanding.insert(record.sequence);
            // A remainder of the number of lanes fits.
            let lane = (record.key_hash % self.lanes.len() as u64) as usize;
            self.lanes[lane].fresh.push_back(record);
        }
    }

    /// The next batch to hand to the function, if a lane is free.
    pub fn poll_invocation(&mut self, now: Instant) -> Option<Invocation> {
        let batch_size = self.policy.batch_size;
        self.lanes.iter_mut().enumerate().find_map(|(lane, state)| {
            let batch = state.next_batch(batch_size, now)?;
            let records = batch.records.clone();
            state.in_flight = Some(batch);
            Some(Invocation { lane, records })
        })
    }

    /// The function has answered for this lane's batch.
    pub fn handle_outcome(&mut self, lane: usize, outcome: Outcome, now: Instant, today: SystemTime) {
        let Some(mut batch) = self.lanes.get_mut(lane).and_then(|lane| lane.in_flight.take()) else {
            return;
        };
        let (failed_at, error) = match outcome {
            Outcome::Done => (batch.records.len(), None),
            Outcome::Failed(error) => (0, Some(error)),
            Outcome::FailedFrom(sequences) => first_failure(&batch, &sequences),
        };
        for taken in batch.records.drain(..failed_at) {
            self.outstanding.remove(&taken.sequence);
        }
        if batch.records.is_empty() {
            return;
        }
        // Progress proves that earlier failures were of other records.
        batch.failures = if failed_at > 0 { 1 } else { batch.failures + 1 };
        self.handle_failure(lane, batch, error, now, today);
    }

    /// The first dead letter is stored.
    pub fn handle_dead_letter_stored(&mut self) {
        if let Some(stored) = self.dead.pop_front() {
            self.outstanding.remove(&stored.record.sequence);
        }
    }

    /// Splits, retries or gives up a batch whose first record failed; with an error it may have been any of them.
    fn handle_failure(
        &mut self,
        lane: usize,
        mut batch: Batch,
        error: Option<String>,
        now: Instant,
        today: SystemTime,
    ) {
        let is_pinpointed = error.is_none();
        let policy = &self.policy;
        let state = &mut self.lanes[lane];
        if policy.bisect_batch_on_function_error && batch.records.len() > 1 {
            // The function may name the record that fails; else halving finds it. What follows waits behind it.
            let middle = if is_pinpointed { 1 } else { batch.records.len().div_ceil(2) };
            let rest = batch.records.split_off(middle);
            state.again.push_front(Batch { records: rest, failures: 0 });
            if !is_pinpointed {
                batch.failures -= 1;
                state.again.push_front(batch);
                return;
            }
        }
        let condition = if batch.failures > policy.maximum_retry_attempts {
            Some(Condition::RetryAttemptsExhausted)
        } else if batch.records.iter().any(|record| is_too_old(record, today, policy.maximum_record_age)) {
            Some(Condition::RecordAgeExceeded)
        } else {
            None
        };
        match condition {
            None => {
                state.not_before = Some(now + pause(policy, batch.failures));
                state.again.push_front(batch);
            }
            Some(condition) => {
                let attempts = batch.failures;
                let error = error.unwrap_or_else(|| "The function reported this record.".to_owned());
                self.dead.extend(batch.records.into_iter().map(|record| DeadLetter {
                    record,
                    condition,
                    attempts,
                    error: error.clone(),
                }));
            }
        }
    }
}

impl Lane {
    fn next_batch(&mut self, batch_size: usize, now: Instant) -> Option<Batch> {
        if self.in_flight.is_some() || self.not_before.is_some_and(|not_before| now < not_before) {
            return None;
        }
        self.not_before = None;
        if let Some(batch) = self.again.pop_front() {
            return Some(batch);
        }
        let count = self.fresh.len().min(batch_size);
        (count > 0).then(|| Batch { records: self.fresh.drain(..count).collect(), failures: 0 })
    }
}

/// Where the batch failed, or an error if that is unknown. Lambda takes a name that it does not know, or an empty one,
/// for a failure of the whole batch.
fn first_failure(batch: &Batch, sequences: &[SequenceNumber]) -> (usize, Option<String>) {
    let positions: Option<Vec<usize>> =
        sequences.iter().map(|sequence| batch.records.iter().position(|record| record.sequence == *sequence)).collect();
    match positions.and_then(|positions| positions.into_iter().min()) {
        Some(position) => (position, None),
        None => (0, Some("The function reported a record that is not in the batch.".to_owned())),
    }
}

fn is_too_old(record: &Record, today: SystemTime, limit: Duration) -> bool {
    today.duration_since(record.created_at).is_ok_and(|age| age > limit)
}

fn pause(policy: &Policy, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    policy.first_pause.saturating_mul(1 << doublings).min(policy.longest_pause)
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
