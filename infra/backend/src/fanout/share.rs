//! One processor's share of a batch's posts. None waits for one that is slow: whoever takes much longer than the others is left
//! behind, to catch up by itself. Never knows who watches what.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::outbound::posts::{PostError, Posts};

/// Nobody is slow who takes no longer than this.
const GRACE: Duration = Duration::from_millis(10);

/// Or than so many times what the slowest of the others took.
const MANY_TIMES: u32 = 3;

/// Before it is known what others take, nobody is slow who takes no longer than this: all tries of a post.
const UNKNOWN: Duration = Duration::from_secs(2);

/// What became of a share of the posts.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// So many connections have it.
    pub(super) reached: usize,
    /// These are gone.
    pub(super) gone: Vec<String>,
    /// These were slower than the others, or could not be reached.
    pub(super) late: Vec<String>,
    /// What the slowest took that was reached.
    longest: Option<Duration>,
}

/// Posts to all of a queue, to so many at once that are not slow.
pub(super) async fn post_all(posts: Posts, queue: Vec<(String, Arc<[String]>)>, at_once: usize) -> Share {
    let posts = &posts;
    let mut next = queue.iter().enumerate();
    let (mut share, mut under_way) = (Share::default(), FuturesUnordered::new());
    // By their places in the queue, since when.
    let mut open: BTreeMap<usize, Instant> = BTreeMap::new();
    let mut slow = 0;
    // One clock for all of them: a timer for each would cost more than its post.
    let mut tick = interval(GRACE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // What is slow takes nobody's place.
        while under_way.len() < at_once.max(1) + slow
            && let Some((place, (connection, messages))) = next.next()
        {
            open.insert(place, Instant::now());
            under_way.push(async move { (place, post_each(posts, connection, messages).await) });
        }
        tokio::select! {
            biased;
            ended = under_way.next() => match ended {
                Some((place, outcome)) => {
                    let took = open.remove(&place).map(|begun| begun.elapsed());
                    share.settle(&queue[place].0, outcome, took.unwrap_or_default());
                }
                None => return share,
            },
            _ = tick.tick() => {
                let patience = share.patience();
                slow = open.values().filter(|begun| begun.elapsed() > patience).count();
                if slow == under_way.len() && next.len() == 0 {
                    break;
                }
            }
        }
    }
    share.late.extend(open.into_keys().map(|place| queue[place].0.clone()));
    share
}

async fn post_each(posts: &Posts, connection: &str, messages: &[String]) -> Result<(), PostError> {
    for message in messages {
        posts.post(connection, message).await?;
    }
    Ok(())
}

impl Share {
    /// What the slowest of the others took, and much more; never more than all tries of a post take.
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
            let mut share = Share::default();
            share.settle("one", Ok(()), Duration::from_millis(milliseconds));
            share.patience()
        };
        assert_eq!(after(1), GRACE);
        assert_eq!(after(20), Duration::from_millis(60));
        assert_eq!(after(1_900), UNKNOWN, "one that was slow and came through makes nobody else wait");
        assert_eq!(Share::default().patience(), UNKNOWN);
    }
}
