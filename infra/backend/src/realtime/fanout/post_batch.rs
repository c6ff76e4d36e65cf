//! One processor's part of the posts of a fan-out. A slow connection does not delay the others: its post is abandoned, and a job resyncs
//! it later.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::realtime::publisher::{ConnectionPublisher, PostError};

/// A post is never slow up to this duration.
const GRACE: Duration = Duration::from_millis(10);

/// A post is slow above this many times the duration of the slowest successful one.
const SLOW_FACTOR: u32 = 3;

/// A post is always slow above this duration: all tries of a post together. Until a post has succeeded, this is the only limit.
const LONGEST_POST: Duration = Duration::from_secs(2);

/// If at least this many connections, and at least half of those in progress, are throttled, the account makes too many requests;
/// otherwise the buffers of some connections are full.
const THROTTLED_POSTS: usize = 8;

/// In that case each throttled post is retried while other posts succeed, for at most this long in all: half of the function's timeout.
const THROTTLED_RETRY_TIMEOUT: Duration = Duration::from_secs(30);

/// The result of a batch of posts.
#[derive(Debug, Default)]
pub(crate) struct PostBatch {
    /// The number of connections that received their messages.
    pub(crate) reached: usize,
    /// Connections that are closed.
    pub(crate) disconnected: Vec<String>,
    /// Connections that were slower than the others or could not be reached.
    pub(crate) to_resync: Vec<String>,
    /// The duration of the slowest successful post.
    longest: Option<Duration>,
}

/// The posts in progress that were throttled, by their positions in the queue.
#[derive(Debug, Default)]
struct Throttled(Mutex<BTreeSet<usize>>);

impl Throttled {
    fn with<T>(&self, access: impl FnOnce(&mut BTreeSet<usize>) -> T) -> T {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Posts to all connections of a queue, at most `at_once` at the same time, not counting slow ones.
pub(crate) async fn post_all(
    publisher: ConnectionPublisher,
    queue: Vec<(String, Arc<[String]>)>,
    at_once: usize,
) -> PostBatch {
    let throttled = Throttled::default();
    let post = |position: usize| {
        let (publisher, throttled, (connection, messages)) = (&publisher, &throttled, &queue[position]);
        let on_throttled = move || {
            throttled.with(|all| all.insert(position));
        };
        async move { (position, post_each(publisher, connection, messages, on_throttled).await) }
    };
    // Positions in the queue.
    let (mut next, mut retries) = (0..queue.len(), VecDeque::new());
    let (mut batch, mut in_progress) = (PostBatch::default(), FuturesUnordered::new());
    // The start of each post in progress.
    let mut started: BTreeMap<usize, Instant> = BTreeMap::new();
    let mut slow = 0;
    let (batch_start, mut last_success) = (Instant::now(), Instant::now());
    // One timer for all posts: a timer for each would cost more than its post.
    let mut tick = interval(GRACE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // A slow post does not count towards the limit.
        while in_progress.len() < at_once.max(1) + slow
            && let Some(position) = next.next().or_else(|| retries.pop_front())
        {
            started.insert(position, Instant::now());
            in_progress.push(post(position));
        }
        let is_account_throttled = |started: &BTreeMap<usize, Instant>, last_success: Instant| {
            let throttled = throttled.with(|all| all.len());
            let most_are = throttled >= THROTTLED_POSTS && 2 * throttled >= started.len();
            most_are && last_success.elapsed() < LONGEST_POST && batch_start.elapsed() < THROTTLED_RETRY_TIMEOUT
        };
        tokio::select! {
            biased;
            ended = in_progress.next() => match ended {
                Some((position, Err(PostError::Throttled))) if is_account_throttled(&started, last_success) => retries.push_back(position),
                Some((position, outcome)) => {
                    let took = started.remove(&position).map(|start| start.elapsed());
                    throttled.with(|all| all.remove(&position));
                    if outcome.is_ok() {
                        last_success = Instant::now();
                    }
                    batch.record_outcome(&queue[position].0, outcome, took.unwrap_or_default());
                }
                None => return batch,
            },
            _ = tick.tick() => {
                if is_account_throttled(&started, last_success) {
                    slow = 0;
                    continue;
                }
                let slow_after = batch.slow_after();
                slow = started.values().filter(|start| start.elapsed() > slow_after).count();
                if slow == started.len() && next.is_empty() {
                    break;
                }
            }
        }
    }
    batch.to_resync.extend(started.into_keys().map(|position| queue[position].0.clone()));
    batch
}

async fn post_each(
    publisher: &ConnectionPublisher,
    connection: &str,
    messages: &[String],
    on_throttled: impl Fn(),
) -> Result<(), PostError> {
    let on_error = |error: &PostError| {
        if *error == PostError::Throttled {
            on_throttled();
        }
    };
    for message in messages {
        publisher.post_observed(connection, message, on_error).await?;
    }
    Ok(())
}

impl PostBatch {
    /// The duration above which a post is slow: a multiple of the slowest successful post, between [`GRACE`] and [`LONGEST_POST`].
    fn slow_after(&self) -> Duration {
        self.longest.map_or(LONGEST_POST, |longest| (longest * SLOW_FACTOR).clamp(GRACE, LONGEST_POST))
    }

    fn record_outcome(&mut self, connection: &str, outcome: Result<(), PostError>, took: Duration) {
        match outcome {
            Ok(()) => {
                self.reached += 1;
                self.longest = self.longest.max(Some(took));
            }
            Err(PostError::Gone) => self.disconnected.push(connection.to_owned()),
            Err(error) => {
                tracing::warn!(connection, %error, "a post failed");
                self.to_resync.push(connection.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_slow_above_a_multiple_of_the_slowest_success() {
        let after = |milliseconds: u64| {
            let mut batch = PostBatch::default();
            batch.record_outcome("one", Ok(()), Duration::from_millis(milliseconds));
            batch.slow_after()
        };
        assert_eq!(after(1), GRACE);
        assert_eq!(after(20), Duration::from_millis(60));
        assert_eq!(after(1_900), LONGEST_POST, "at most all tries of a post");
        assert_eq!(PostBatch::default().slow_after(), LONGEST_POST);
    }
}
