//! Injected faults, for tests: failures that a real cloud sometimes has. Not reachable from outside the process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The fault of a post to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostFault {
    /// It is delivered with this delay.
    Delay(Duration),
    /// 429 LimitExceededException.
    Throttle,
    /// 500.
    Fail,
    /// 410 GoneException, although the connection is open.
    Gone,
}

/// An operation at which a fault can be injected at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultPoint {
    /// SNS responds with 500.
    Publish,
    /// SQS responds with 500.
    Send,
    /// DynamoDB throttles a write and does not apply it.
    Database,
    /// An invocation does not reach the function.
    FunctionBefore,
    /// A function has finished, and its response is lost.
    FunctionAfter,
    /// A function is invoked twice.
    Duplicate,
    /// The stream's function has finished, and its response is lost: the batch is delivered again.
    StreamAfter,
}

/// The faults of one local AWS; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Posts are the hot path: without faults they cost one atomic load.
    has_post_faults: AtomicBool,
    /// Per connection: the fault, and the number of posts that it still affects.
    posts: Mutex<HashMap<String, (PostFault, u32)>>,
    /// The number of the stream's invocations that still fail.
    stream_failures: AtomicU32,
    /// Whether any fault has a probability.
    has_probabilities: AtomicBool,
    /// Per operation: the probability of its fault in thousandths; and the state of the random generator.
    probabilities: Mutex<(HashMap<FaultPoint, u64>, u64)>,
}

impl Faults {
    /// The next `times` posts to this connection fail with this fault.
    pub fn fail_posts(&self, connection: &str, fault: PostFault, times: u32) {
        let mut posts = self.0.posts.lock().unwrap_or_else(PoisonError::into_inner);
        posts.insert(connection.to_owned(), (fault, times));
        self.0.has_post_faults.store(true, Ordering::Release);
    }

    /// The next `times` invocations of the stream's function fail without reaching it.
    pub fn fail_stream(&self, times: u32) {
        self.0.stream_failures.store(times, Ordering::Release);
    }

    /// Sets the probability of a fault of this operation, in thousandths. The same seed gives the same sequence.
    pub fn set_probability(&self, operation: FaultPoint, of_a_thousand: u64, seed: u64) {
        let mut probabilities = self.0.probabilities.lock().unwrap_or_else(PoisonError::into_inner);
        probabilities.0.insert(operation, of_a_thousand);
        // Never zero: xorshift would then give only zeros.
        probabilities.1 ^= seed | 1;
        self.0.has_probabilities.store(true, Ordering::Release);
    }

    /// Switches off all random faults.
    pub fn clear_probabilities(&self) {
        self.0.has_probabilities.store(false, Ordering::Release);
    }

    /// Whether this operation fails now.
    pub(crate) fn should_fail(&self, operation: FaultPoint) -> bool {
        if !self.0.has_probabilities.load(Ordering::Acquire) {
            return false;
        }
        let mut probabilities = self.0.probabilities.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(probability) = probabilities.0.get(&operation).copied() else { return false };
        // Marsaglia's xorshift64 ("Xorshift RNGs", 2003).
        let mut state = probabilities.1.max(1);
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        probabilities.1 = state;
        state % 1_000 < probability
    }

    /// The fault of the current post to this connection, if any.
    pub(crate) fn take_post_fault(&self, connection: &str) -> Option<PostFault> {
        if !self.0.has_post_faults.load(Ordering::Acquire) {
            return None;
        }
        let mut posts = self.0.posts.lock().unwrap_or_else(PoisonError::into_inner);
        let (fault, times) = posts.get_mut(connection)?;
        let fault = *fault;
        *times = times.saturating_sub(1);
        if *times == 0 {
            posts.remove(connection);
        }
        self.0.has_post_faults.store(!posts.is_empty(), Ordering::Release);
        Some(fault)
    }

    /// Whether this invocation of the stream's function fails.
    pub(crate) fn take_stream_failure(&self) -> bool {
        self.0.stream_failures.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_occurs_the_given_number_of_times_or_with_the_given_probability() {
        let faults = Faults::default();
        assert_eq!(faults.take_post_fault("a"), None);
        faults.fail_posts("a", PostFault::Throttle, 2);
        assert_eq!(faults.take_post_fault("b"), None);
        assert_eq!(faults.take_post_fault("a"), Some(PostFault::Throttle));
        assert_eq!(faults.take_post_fault("a"), Some(PostFault::Throttle));
        assert_eq!(faults.take_post_fault("a"), None);
        faults.fail_stream(1);
        assert!(faults.take_stream_failure());
        assert!(!faults.take_stream_failure());
        assert!(!faults.should_fail(FaultPoint::Publish));
        faults.set_probability(FaultPoint::Publish, 250, 7);
        let failures = (0..1_000).filter(|_| faults.should_fail(FaultPoint::Publish)).count();
        assert!((200..300).contains(&failures) && !faults.should_fail(FaultPoint::Send), "{failures}");
        faults.clear_probabilities();
        assert!(!faults.should_fail(FaultPoint::Publish));
    }
}
