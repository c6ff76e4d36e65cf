//! Faults, at random from the seed: how often, when, and how long requests take. Only decides; the other modules inject them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// DynamoDB throttles a request and does not apply it.
    DatabaseThrottled,
    /// DynamoDB answers 500 to a request and does not apply it.
    DatabaseFailed,
    /// DynamoDB applies a request, and its response is lost.
    DatabaseSilent,
    /// The gateway answers 429 to a post.
    PostThrottled,
    /// The gateway answers 500 to a post.
    PostFailed,
    /// The gateway answers 410, although the connection is open.
    PostGone,
    /// The gateway answers 200, and does not deliver the post.
    PostDropped,
    /// The post is delivered, and the response is lost.
    PostSilent,
    /// The post is delivered twice, the second time much later.
    PostTwice,
    /// The post takes seconds.
    PostLate,
    /// SNS or SQS answers 500.
    MessageFailed,
    /// An invocation does not reach the function.
    CallLost,
    /// A function's instance dies at one of its awaits.
    Crash,
    /// A function has finished, and its response is lost.
    AnswerLost,
    /// A function is invoked twice for one event.
    CallTwice,
    /// The reader of the stream dies and restarts at its checkpoint.
    ReaderDies,
    /// A browser's connection is cut.
    LineCut,
    /// A browser's connection carries nothing any more, without an error.
    LineStalled,
    /// A browser is suspended: a closed lid.
    Sleep,
    /// A browser has no network, and reports it.
    Offline,
}

/// Each fault, and its maximum probability in thousandths.
const FAULTS: [(Fault, u32); 20] = [
    (Fault::DatabaseThrottled, 60),
    (Fault::DatabaseFailed, 30),
    (Fault::DatabaseSilent, 30),
    (Fault::PostThrottled, 200),
    (Fault::PostFailed, 100),
    (Fault::PostGone, 20),
    (Fault::PostDropped, 150),
    (Fault::PostSilent, 60),
    (Fault::PostTwice, 100),
    (Fault::PostLate, 100),
    (Fault::MessageFailed, 100),
    (Fault::CallLost, 40),
    (Fault::Crash, 100),
    (Fault::AnswerLost, 50),
    (Fault::CallTwice, 80),
    (Fault::ReaderDies, 100),
    (Fault::LineCut, 100),
    (Fault::LineStalled, 100),
    (Fault::Sleep, 100),
    (Fault::Offline, 100),
];

/// The faults that the server notices, so that it can retry, and their probability in thousandths in the phase with faults.
const NOTICED: [(Fault, u32); 5] = [
    (Fault::DatabaseThrottled, 60),
    (Fault::DatabaseFailed, 30),
    (Fault::PostThrottled, 200),
    (Fault::PostFailed, 200),
    (Fault::MessageFailed, 100),
];

/// The faults that are enabled now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FaultLevel {
    /// None, and what was broken stays as it is.
    None,
    /// The faults that the server notices.
    Noticed,
    /// All faults.
    All,
}

/// The random generator of one simulation.
#[derive(Debug)]
pub(crate) struct Chaos {
    rng: Mutex<Rng>,
    /// The probability of each fault in thousandths: in some simulations zero, so that the other faults are tested by themselves.
    probability: BTreeMap<Fault, u32>,
    /// The usual time of a request, in microseconds.
    latency: u64,
    fault_level: AtomicU8,
    fault_counts: Mutex<BTreeMap<Fault, u32>>,
}

impl Chaos {
    /// The generator of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let probability = FAULTS.map(|(fault, most)| (fault, if rng.u8(..10) < 4 { 0 } else { rng.u32(1..=most) }));
        let latency = rng.u64(200..15_000);
        Self {
            rng: Mutex::new(rng),
            probability: probability.into(),
            latency,
            fault_level: AtomicU8::new(FaultLevel::All as u8),
            fault_counts: Mutex::default(),
        }
    }

    fn rng(&self) -> MutexGuard<'_, Rng> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on these faults are enabled.
    pub(crate) fn set_fault_level(&self, fault_level: FaultLevel) {
        self.fault_level.store(fault_level as u8, Ordering::Relaxed);
    }

    fn is(&self, fault_level: FaultLevel) -> bool {
        self.fault_level.load(Ordering::Relaxed) == fault_level as u8
    }

    /// Whether all faults are still enabled.
    pub(crate) fn has_all_faults(&self) -> bool {
        self.is(FaultLevel::All)
    }

    /// The number of times that each fault has occurred.
    pub(crate) fn fault_counts(&self) -> BTreeMap<Fault, u32> {
        self.fault_counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a fault occurs now.
    pub(crate) fn occurs(&self, fault: Fault) -> bool {
        let probability = match () {
            () if self.has_all_faults() => self.probability.get(&fault).copied(),
            () if self.is(FaultLevel::Noticed) => {
                NOTICED.iter().find(|(noticed, _)| *noticed == fault).map(|(_, probability)| *probability)
            }
            () => None,
        };
        let probability = probability.unwrap_or_default();
        if probability == 0 || self.rng().u32(..1_000) >= probability {
            return false;
        }
        *self.fault_counts.lock().unwrap_or_else(PoisonError::into_inner).entry(fault).or_default() += 1;
        true
    }

    /// The first of these faults that occurs now.
    pub(crate) fn first(&self, faults: &[Fault]) -> Option<Fault> {
        faults.iter().copied().find(|fault| self.occurs(*fault))
    }

    /// A number in this range.
    pub(crate) fn number(&self, range: Range<u64>) -> u64 {
        self.rng().u64(range)
    }

    /// Whether an event of this probability, in percent, happens.
    pub(crate) fn percent(&self, probability: u64) -> bool {
        self.number(0..100) < probability
    }

    /// One of these.
    pub(crate) fn choose<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.rng().usize(..all.len())]
    }

    /// A duration in this range of milliseconds.
    pub(crate) fn milliseconds(&self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.number(range))
    }

    /// Waits for a request's network delay: mostly about the usual time, sometimes much longer.
    pub(crate) async fn network_delay(&self) {
        let mut microseconds = self.number(self.latency / 2..self.latency * 2);
        if self.has_all_faults() && self.percent(2) {
            microseconds *= 20;
        }
        tokio::time::sleep(Duration::from_micros(microseconds)).await;
    }

    /// Waits for a duration in this range of milliseconds.
    pub(crate) async fn pause(&self, range: Range<u64>) {
        tokio::time::sleep(self.milliseconds(range)).await;
    }
}
