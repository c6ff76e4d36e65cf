//! Faults on request, for tests: what a real cloud does to a fan-out now and then. Never reachable from outside.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What happens to a post to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostFault {
    /// It is delivered, this much later.
    Delay(Duration),
    /// 429 LimitExceededException.
    Throttle,
    /// 500.
    Fail,
    /// 410 GoneException, though the connection lives.
    Gone,
}

/// The faults of one local AWS; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Posts are the hot path: without faults they pay one load.
    has_post_faults: AtomicBool,
    /// Per connection: the fault and how many posts it still hits.
    posts: Mutex<HashMap<String, (PostFault, u32)>>,
    /// How many invocations of the stream's function fail from now on.
    stream_failures: AtomicU32,
}

impl Faults {
    /// The next `times` posts to this connection meet this fault.
    pub fn post(&self, connection: &str, fault: PostFault, times: u32) {
        let mut posts = self.0.posts.lock().unwrap_or_else(PoisonError::into_inner);
        posts.insert(connection.to_owned(), (fault, times));
        self.0.has_post_faults.store(true, Ordering::Release);
    }

    /// The next `times` invocations of the stream's function fail without reaching it.
    pub fn fail_stream(&self, times: u32) {
        self.0.stream_failures.store(times, Ordering::Release);
    }

    /// The fault that a post to this connection meets now.
    pub(crate) fn take_post(&self, connection: &str) -> Option<PostFault> {
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

    /// Whether this invocation of the stream's function is to fail.
    pub(crate) fn take_stream_failure(&self) -> bool {
        self.0.stream_failures.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_as_often_as_told() {
        let faults = Faults::default();
        assert_eq!(faults.take_post("a"), None);
        faults.post("a", PostFault::Throttle, 2);
        assert_eq!(faults.take_post("b"), None);
        assert_eq!(faults.take_post("a"), Some(PostFault::Throttle));
        assert_eq!(faults.take_post("a"), Some(PostFault::Throttle));
        assert_eq!(faults.take_post("a"), None);
        faults.fail_stream(1);
        assert!(faults.take_stream_failure());
        assert!(!faults.take_stream_failure());
    }
}
