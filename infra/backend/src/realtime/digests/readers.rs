//! Limits the reads of topics' data for digests. Of all concurrent requests of one instance for the same topic, one reads the data, and
//! the others take its result: they neither read the data nor read the stored digest again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::topic::Topic;
use protocol::digest::Digest;
use tokio::sync::Semaphore;

use crate::db::StorageError;

/// The largest number of topics whose data is read at the same time: each may be large.
const READERS: usize = 4;

/// The result of a read, for the requests that wait for it.
type Reading = Arc<tokio::sync::Mutex<Option<Digest>>>;

/// The reads in progress.
#[derive(Debug)]
pub(crate) struct Readers {
    under_way: Mutex<HashMap<Topic, Reading>>,
    turns: Semaphore,
}

impl Default for Readers {
    fn default() -> Self {
        Self { under_way: Mutex::default(), turns: Semaphore::new(READERS) }
    }
}

impl Readers {
    /// Reads the data of a topic by `read`, or takes the result of a read in progress.
    ///
    /// # Errors
    /// The error of `read`. Then the next waiting request reads.
    pub(super) async fn read(
        &self,
        topic: &Topic,
        read: impl Future<Output = Result<Digest, StorageError>>,
    ) -> Result<Digest, StorageError> {
        let reading = self.join(topic);
        let mut found = reading.lock().await;
        if let Some(digest) = *found {
            return Ok(digest);
        }
        // The semaphore is never closed; without a permit the data would only be read sooner.
        let turn = self.turns.acquire().await;
        let digest = read.await;
        drop(turn);
        *found = digest.as_ref().ok().copied();
        // Requests from now on read again.
        let mut under_way = self.under_way();
        if under_way.get(topic).is_some_and(|other| Arc::ptr_eq(other, &reading)) {
            under_way.remove(topic);
        }
        digest
    }

    /// The read of a topic's data, also forgetting reads that were cancelled.
    fn join(&self, topic: &Topic) -> Reading {
        let mut under_way = self.under_way();
        under_way.retain(|_, reading| Arc::strong_count(reading) > 1);
        Arc::clone(under_way.entry(topic.clone()).or_default())
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Topic, Reading>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::FutureExt;
    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn of_all_who_come_at_once_one_reads() {
        let (readers, count) = (Readers::default(), Cell::new(0));
        let digest = Digest::of([("a", 1)]);
        let ask = async || {
            let read = async {
                tokio::task::yield_now().await;
                count.set(count.get() + 1);
                Ok(digest)
            };
            readers.read(&Topic::Items, read).await.unwrap()
        };
        assert_eq!(join_all((0..5).map(|_| ask())).await, [digest; 5]);
        assert_eq!(count.get(), 1);
        ask().await;
        assert_eq!(count.get(), 2, "who comes later reads again");
        assert!(readers.under_way().is_empty());
    }

    #[tokio::test]
    async fn a_cancelled_read_leaves_nothing_behind() {
        let readers = Readers::default();
        let never = readers.read(&Topic::Tables, std::future::pending());
        assert!(never.now_or_never().is_none());
        assert!(readers.read(&Topic::Items, async { Ok(Digest::default()) }).await.is_ok());
        assert!(readers.under_way().is_empty());
    }

    #[tokio::test]
    async fn after_a_failure_the_next_one_reads() {
        let (readers, count) = (Readers::default(), Cell::new(0));
        let ask = async || {
            let read = async {
                tokio::task::yield_now().await;
                count.set(count.get() + 1);
                match count.get() {
                    1 => Err(StorageError::Unavailable("away".to_owned())),
                    _ => Ok(Digest::default()),
                }
            };
            readers.read(&Topic::Items, read).await.is_ok()
        };
        assert_eq!(join_all((0..3).map(|_| ask())).await, [false, true, true]);
        assert_eq!(count.get(), 2);
        assert!(readers.under_way().is_empty());
    }
}
