//! One processor's part of the posts of a batch. A slow connection does not delay the others: it is left out, and resynced later.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::realtime::publisher::{ConnectionPublisher, PostError};

/// A post that takes at most this long is never slow.
const GRACE: Duration = Duration::from_millis(10);

/// A post is slow above this many times the duration of the slowest successful one.
const MANY_TIMES: u32 = 3;

/// Until a post has succeeded, a post is slow above this duration: all tries of a post.
const UNKNOWN: Duration = Duration::from_secs(2);

/// If at least this many connections, and at least half of those in progress, are throttled, the account makes too many requests;
/// otherwise the buffers of some connections are full.
const PRESSED: usize = 8;

/// In that case each throttled post is tried again while other posts succeed, for at most this long in all: half of the function's
/// timeout.
const PRESSED_FOR: Duration = Duration::from_secs(30);

/// The result of a batch of posts.
#[derive(Debug, Default)]
pub(crate) struct PostBatch {
    /// The number of connections that received their messages.
    pub(crate) reached: usize,
    /// Connections that are gone.
    pub(crate) gone: Vec<String>,
    /// Connections that were slower than the others or could not be reached.
    pub(crate) late: Vec<String>,
    /// The duration of the slowest successful post.
    longest: Option<Duration>,
}

/// The posts in progress that were throttled, by their positions in the queue.
#[derive(Debug, Default)]
struct Throttled(Mutex<BTreeSet<usize>>);

impl Throttled {
    fn with<T>(&self, look: impl FnOnce(&mut BTreeSet<usize>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Posts to all connections of a queue, at most `at_once` at the same time, not counting slow ones.
pub(crate) async fn post_all(
    posts: ConnectionPublisher,
    queue: Vec<(String, Arc<[String]>)>,
    at_once: usize,
) -> PostBatch {
    let throttled = Throttled::default();
    let post = |place: usize| {
        let (posts, throttled, (connection, messages)) = (&posts, &throttled, &queue[place]);
        let note = move || {
            throttled.with(|all| all.insert(place));
        };
        async move { (place, post_each(posts, connection, messages, note).await) }
    };
    // Positions in the queue.
    let (mut next, mut again) = (0..queue.len(), VecDeque::new());
    let (mut share, mut under_way) = (PostBatch::default(), FuturesUnordered::new());
    // The start of each post.
    let mut open: BTreeMap<usize, Instant> = BTreeMap::new();
    let mut slow = 0;
    let (begun, mut reached) = (Instant::now(), Instant::now());
    // One timer for all posts: a timer for each would cost more than its post.
    let mut tick = interval(GRACE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // A slow post does not count towards the limit.
        while under_way.len() < at_once.max(1) + slow
            && let Some(place) = next.next().or_else(|| again.pop_front())
        {
            open.insert(place, Instant::now());
            under_way.push(post(place));
        }
        let is_pressed = |open: &BTreeMap<usize, Instant>, reached: Instant| {
            let throttled = throttled.with(|all| all.len());
            let most_are = throttled >= PRESSED && 2 * throttled >= open.len();
            most_are && reached.elapsed() < UNKNOWN && begun.elapsed() < PRESSED_FOR
        };
        tokio::select! {
            biased;
            ended = under_way.next() => match ended {
                Some((place, Err(PostError::Throttled))) if is_pressed(&open, reached) => again.push_back(place),
                Some((place, outcome)) => {
                    let took = open.remove(&place).map(|begun| begun.elapsed());
                    throttled.with(|all| all.remove(&place));
                    if outcome.is_ok() {
                        reached = Instant::now();
                    }
                    share.settle(&queue[place].0, outcome, took.unwrap_or_default());
                }
                None => return share,
            },
            _ = tick.tick() => {
                if is_pressed(&open, reached) {
                    slow = 0;
                    continue;
                }
                let patience = share.patience();
                slow = open.values().filter(|begun| begun.elapsed() > patience).count();
                if slow == open.len() && next.is_empty() {
                    break;
                }
            }
        }
    }
    share.late.extend(open.into_keys().map(|place| queue[place].0.clone()));
    share
}

async fn post_each(
    posts: &ConnectionPublisher,
    connection: &str,
    messages: &[String],
    throttled: impl Fn(),
) -> Result<(), PostError> {
    let failed = |error: &PostError| {
        if *error == PostError::Throttled {
            throttled();
        }
    };
    for message in messages {
        posts.post_telling(connection, message, failed).await?;
    }
    Ok(())
}

impl PostBatch {
    /// A multiple of the duration of the slowest successful post; at most the duration of all tries of a post.
    fn patience(&self) -> Duration {
        self.longest.map_or(UNKNOWN, |longest| (longest * MANY_TIMES).clamp(GRACE, UNKNOWN))
    }

    fn settle(&mut self, connection: &str, outcome: Result<(), PostError>, took: Duration) {
        match outcome {
            Ok(()) => {
                self.reached += 1;
                self.longest = self.longest.max(Some(took));
            }
            Err(PostError::Gone) => self.gone.push(connection.to_owned()),
            Err(error) => {
                tracing::warn!(connection, %error, "a post failed");
                self.late.push(connection.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_waited_for_longer_than_all_tries_of_a_post_take() {
        let after = |milliseconds: u64| {
            let mut share = PostBatch::default();
            share.settle("one", Ok(()), Duration::from_millis(milliseconds));
            share.patience()
        };
        assert_eq!(after(1), GRACE);
        assert_eq!(after(20), Duration::from_millis(60));
        assert_eq!(after(1_900), UNKNOWN, "one that was slow and came through makes nobody else wait");
        assert_eq!(PostBatch::default().patience(), UNKNOWN);
    }
}
