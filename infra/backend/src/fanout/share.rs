//! One processor's share of a batch's posts. None waits for one that is slow: whoever takes much longer than the others is left
//! behind, to catch up by itself. Never knows who watches what.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, timeout, timeout_at};

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

/// How a connection's posts ended, and what they took.
type Ended = (String, Result<(), PostError>, Duration);

/// Where a connection's posts stand.
enum Step {
    Ended(Ended),
    /// They are slow: others take their place, and they go on beside them.
    Slow(String, BoxFuture<'static, Ended>),
}

/// Posts to all of a queue, to so many at once.
pub(super) async fn post_all(posts: Posts, queue: Vec<(String, Arc<[String]>)>, at_once: usize) -> Share {
    let mut queue = queue.into_iter();
    let (mut share, mut slow) = (Share::default(), Slow::default());
    let begin = |next: (String, Arc<[String]>), patience| step(posts.clone(), next, patience);
    let mut fresh: FuturesUnordered<_> =
        queue.by_ref().take(at_once.max(1)).map(|next| begin(next, share.patience())).collect();
    while let Some(step) = fresh.next().await {
        fresh.extend(queue.next().map(|next| begin(next, share.patience())));
        match step {
            Step::Ended(ended) => share.settle(ended),
            Step::Slow(connection, posts) => slow.push(connection, posts),
        }
    }
    // What has ended meanwhile, and what ends in the same time again.
    let until = Instant::now() + share.patience().min(UNKNOWN);
    while let Ok(Some(ended)) = timeout_at(until, slow.posts.next()).await {
        slow.names.retain(|name| *name != ended.0);
        share.settle(ended);
    }
    share.late.extend(slow.names);
    share
}

#[derive(Default)]
struct Slow {
    names: Vec<String>,
    posts: FuturesUnordered<BoxFuture<'static, Ended>>,
}

impl Slow {
    fn push(&mut self, connection: String, posts: BoxFuture<'static, Ended>) {
        self.names.push(connection);
        self.posts.push(posts);
    }
}

impl Share {
    /// What the slowest of the others took, and much more.
    fn patience(&self) -> Duration {
        self.longest.map_or(UNKNOWN, |longest| (longest * MANY_TIMES).max(GRACE))
    }

    fn settle(&mut self, (connection, outcome, took): Ended) {
        match outcome {
            Ok(()) => {
                self.reached += 1;
                self.longest = self.longest.max(Some(took));
            }
            Err(PostError::Gone) => self.gone.push(connection),
            Err(error) => {
                tracing::warn!(connection, %error, "a post failed");
                self.late.push(connection);
            }
        }
    }
}

async fn step(posts: Posts, (connection, messages): (String, Arc<[String]>), patience: Duration) -> Step {
    let name = connection.clone();
    let mut posts: BoxFuture<'static, Ended> = Box::pin(async move {
        let begun = Instant::now();
        for message in messages.iter() {
            if let Err(error) = posts.post(&connection, message).await {
                return (connection, Err(error), begun.elapsed());
            }
        }
        (connection, Ok(()), begun.elapsed())
    });
    match timeout(patience, &mut posts).await {
        Ok(ended) => Step::Ended(ended),
        Err(_) => Step::Slow(name, posts),
    }
}
