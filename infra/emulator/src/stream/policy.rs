//! The policy of an event source mapping, decided without a clock, a task or a file. Time is an argument:
//! `now` for pauses, `wall_now` for the age of records.
//!
//! Imitated settings: batch size, parallelization factor, bisecting, maximum retry attempts and record age, `batchItemFailures`.
//!
//! Calling contract: give fetched records to [`Mapping::accept`]; carry out each [`Mapping::poll_invocation`] and report its result
//! with [`Mapping::handle_outcome`]; store each [`Mapping::dead_letter`] and confirm it with [`Mapping::handle_dead_letter_stored`];
//! store [`Mapping::checkpoint`]; and return at [`Mapping::next_timeout`]. The checkpoint passes a record only after the function has
//! accepted it, the dead-letter store has it, or the filter has dropped it: so a stop at any moment loses nothing and may deliver
//! twice.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::record::{Record, SequenceNumber};

/// The settings of an event source mapping, with Lambda's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Most records in one invocation.
    pub batch_size: usize,
    /// Concurrent invocations (lanes). Records of one partition key are never in two of them.
    pub parallelization_factor: usize,
    /// Whether a failed batch is split to find the failing record.
    pub bisect_batch_on_function_error: bool,
    /// Maximum retries of a failed batch. Splitting does not count.
    pub maximum_retry_attempts: u32,
    /// A failed record that is older than this becomes a dead letter.
    pub maximum_record_age: Duration,
    /// The pause before the first retry; it doubles with each retry.
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
    /// All records are done.
    Done,
    /// No record counts as done.
    Failed(String),
    /// Records before the lowest of these are done, by `batchItemFailures`.
    FailedFrom(Vec<SequenceNumber>),
}

/// A batch to hand to the function.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// The index of its lane.
    pub lane: usize,
    /// The records, in order.
    pub records: Vec<Record>,
}

/// Why a record became a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It failed more often than the limit.
    RetryAttemptsExhausted,
    /// It failed and is older than the limit.
    RecordAgeExceeded,
}

/// A record that is no longer retried.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// The record.
    pub record: Record,
    /// The reason.
    pub condition: Condition,
    /// The number of tries.
    pub attempts: u32,
    /// The function's last error.
    pub error: String,
}

#[derive(Debug, Clone)]
struct Batch {
    records: Vec<Record>,
    /// The number of counted failures.
    failures: u32,
}

#[derive(Debug, Default)]
struct Lane {
    /// Records that were never tried.
    fresh: VecDeque<Record>,
    /// Failed batches and parts of them, to be retried before fresh records.
    retries: VecDeque<Batch>,
    in_flight: Option<Batch>,
    not_before: Option<Instant>,
}

/// The state of one event source mapping.
#[derive(Debug)]
pub struct Mapping {
    policy: Policy,
    lanes: Vec<Lane>,
    /// Records that are neither done nor stored as dead letters.
    outstanding: BTreeSet<SequenceNumber>,
    /// The last fetched record, whether it passed the filter or not.
    fetched: Option<SequenceNumber>,
    dead_letters: VecDeque<DeadLetter>,
}

impl Mapping {
    /// A mapping that reads from `start` on.
    pub fn new(policy: Policy, start: Option<SequenceNumber>) -> Self {
        let lanes = (0..policy.parallelization_factor.max(1)).map(|_| Lane::default()).collect();
        Self { policy, lanes, outstanding: BTreeSet::new(), fetched: start, dead_letters: VecDeque::new() }
    }

    /// The position from which to read on.
    pub fn fetched(&self) -> Option<SequenceNumber> {
        self.fetched
    }

    /// Whether more records should be fetched. If the function is slow, the queue in memory must not grow without bound.
    pub fn wants_records(&self) -> bool {
        self.outstanding.len() < self.policy.batch_size * self.lanes.len() * 2
    }

    /// The position up to which all records are done.
    pub fn checkpoint(&self) -> Option<SequenceNumber> {
        self.outstanding.first().map(|first| first.before()).or(self.fetched)
    }

    /// Whether a batch is in flight.
    pub fn is_invoking(&self) -> bool {
        self.lanes.iter().any(|lane| lane.in_flight.is_some())
    }

    /// The dead letter to store next, if there is one.
    pub fn dead_letter(&self) -> Option<&DeadLetter> {
        self.dead_letters.front()
    }

    /// When a pause ends, unless another event comes before.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.lanes.iter().filter(|lane| lane.in_flight.is_none()).filter_map(|lane| lane.not_before).min()
    }

    /// Adds records that passed the filter, in order, and the position up to which the stream was read.
    pub fn accept(&mut self, records: Vec<Record>, read_up_to: SequenceNumber) {
        self.fetched = self.fetched.max(Some(read_up_to));
        for record in records {
            self.outstanding.insert(record.sequence);
            // A remainder modulo the number of lanes fits.
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

    /// Handles the function's result for this lane's batch.
    pub fn handle_outcome(&mut self, lane: usize, outcome: Outcome, now: Instant, wall_now: SystemTime) {
        let Some(mut batch) = self.lanes.get_mut(lane).and_then(|lane| lane.in_flight.take()) else {
            return;
        };
        let (failed_at, error) = match outcome {
            Outcome::Done => (batch.records.len(), None),
            Outcome::Failed(error) => (0, Some(error)),
            Outcome::FailedFrom(sequences) => first_failure(&batch, &sequences),
        };
        for done in batch.records.drain(..failed_at) {
            self.outstanding.remove(&done.sequence);
        }
        if batch.records.is_empty() {
            return;
        }
        // Progress shows that earlier failures were of other records.
        batch.failures = if failed_at > 0 { 1 } else { batch.failures + 1 };
        self.handle_failure(lane, batch, error, now, wall_now);
    }

    /// Removes the first dead letter, which is stored.
    pub fn handle_dead_letter_stored(&mut self) {
        if let Some(stored) = self.dead_letters.pop_front() {
            self.outstanding.remove(&stored.record.sequence);
        }
    }

    /// Splits or retries a batch whose first record failed, or moves it to the dead letters. With an error, any record may have failed.
    fn handle_failure(
        &mut self,
        lane: usize,
        mut batch: Batch,
        error: Option<String>,
        now: Instant,
        wall_now: SystemTime,
    ) {
        let is_pinpointed = error.is_none();
        let policy = &self.policy;
        let state = &mut self.lanes[lane];
        if policy.bisect_batch_on_function_error && batch.records.len() > 1 {
            // The function may name the failing record; otherwise bisection finds it. The records after it wait.
            let middle = if is_pinpointed { 1 } else { batch.records.len().div_ceil(2) };
            let rest = batch.records.split_off(middle);
            state.retries.push_front(Batch { records: rest, failures: 0 });
            if !is_pinpointed {
                batch.failures -= 1;
                state.retries.push_front(batch);
                return;
            }
        }
        let condition = if batch.failures > policy.maximum_retry_attempts {
            Some(Condition::RetryAttemptsExhausted)
        } else if batch.records.iter().any(|record| is_too_old(record, wall_now, policy.maximum_record_age)) {
            Some(Condition::RecordAgeExceeded)
        } else {
            None
        };
        match condition {
            None => {
                state.not_before = Some(now + pause(policy, batch.failures));
                state.retries.push_front(batch);
            }
            Some(condition) => {
                let attempts = batch.failures;
                let error = error.unwrap_or_else(|| "The function reported this record.".to_owned());
                self.dead_letters.extend(batch.records.into_iter().map(|record| DeadLetter {
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
        if let Some(batch) = self.retries.pop_front() {
            return Some(batch);
        }
        let count = self.fresh.len().min(batch_size);
        (count > 0).then(|| Batch { records: self.fresh.drain(..count).collect(), failures: 0 })
    }
}

/// Where the batch failed, or an error if that is unknown. Lambda treats an unknown or empty name as a failure of the whole batch.
fn first_failure(batch: &Batch, sequences: &[SequenceNumber]) -> (usize, Option<String>) {
    let positions: Option<Vec<usize>> =
        sequences.iter().map(|sequence| batch.records.iter().position(|record| record.sequence == *sequence)).collect();
    match positions.and_then(|positions| positions.into_iter().min()) {
        Some(position) => (position, None),
        None => (0, Some("The function reported a record that is not in the batch.".to_owned())),
    }
}

fn is_too_old(record: &Record, wall_now: SystemTime, limit: Duration) -> bool {
    wall_now.duration_since(record.created_at).is_ok_and(|age| age > limit)
}

fn pause(policy: &Policy, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    policy.first_pause.saturating_mul(1 << doublings).min(policy.longest_pause)
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
