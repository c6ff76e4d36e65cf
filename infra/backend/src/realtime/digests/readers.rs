//! Limits the reads of topics' data for digests. Of all concurrent requests of one instance for the same topic, one reads the data, and
//! the others return its result: they read neither the data nor the stored digest again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::topic::Topic;
use protocol::digest::Digest;
use tokio::sync::Semaphore;

use crate::db::StorageError;

/// The largest number of topics whose data is read at the same time: each may be large.
const CONCURRENT_READS: usize = 4;

/// The result of a read, for the requests that wait for it.
type PendingRead = Arc<tokio::sync::Mutex<Option<Digest>>>;

/// The reads in progress.
#[derive(Debug)]
pub(crate) struct Readers {
    in_progress: Mutex<HashMap<Topic, PendingRead>>,
    permits: Semaphore,
}

impl Default for Readers {
    fn default() -> Self {
        Self { in_progress: Mutex::default(), permits: Semaphore::new(CONCURRENT_READS) }
    }
}

impl Readers {
    /// Reads the data of a topic by `read`, or returns the result of a read in progress.
    ///
    /// # Errors
    /// The error of `read`. Then the next waiting request reads.
    pub(super) async fn read(
        &self,
        topic: &Topic,
        read: impl Future<Output = Result<Digest, StorageError>>,
    ) -> Result<Digest, StorageError> {
        let pending = self.pending(topic);
        let mut result = pending.lock().await;
        if let Some(digest) = *result {
            return Ok(digest);
        }
        // The semaphore is never closed; without a permit the data would only be read sooner.
        let permit = self.permits.acquire().await;
        let digest = read.await;
        drop(permit);
        *result = digest.as_ref().ok().copied();
        // Requests from now on read again.
        let mut in_progress = self.in_progress();
        if in_progress.get(topic).is_some_and(|other| Arc::ptr_eq(other, &pending)) {
            in_progress.remove(topic);
        }
        digest
    }

    /// The pending read of a topic's data, or a new one. Also removes reads that were cancelled.
    fn pending(&self, topic: &Topic) -> PendingRead {
        let mut in_progress = self.in_progress();
        in_progress.retain(|_, pending| Arc::strong_count(pending) > 1);
        Arc::clone(in_progress.entry(topic.clone()).or_default())
    }

    fn in_progress(&self) -> MutexGuard<'_, HashMap<Topic, PendingRead>> {
        self.in_progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::FutureExt;
    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn of_concurrent_requests_one_reads() {
        let (readers, count) = (Readers::default(), Cell::new(0));
        let digest = Digest::of([("a", 1)]);
        let request = async || {
            let read = async {
                tokio::task::yield_now().await;
                count.set(count.get() + 1);
                Ok(digest)
            };
            readers.read(&Topic::Items, read).await.unwrap()
        };
        assert_eq!(join_all((0..5).map(|_| request())).await, [digest; 5]);
        assert_eq!(count.get(), 1);
        request().await;
        assert_eq!(count.get(), 2, "a later request reads again");
        assert!(readers.in_progress().is_empty());
    }

    #[tokio::test]
    async fn a_cancelled_read_is_removed() {
        let readers = Readers::default();
        let never = readers.read(&Topic::Tables, std::future::pending());
        assert!(never.now_or_never().is_none());
        assert!(readers.read(&Topic::Items, async { Ok(Digest::default()) }).await.is_ok());
        assert!(readers.in_progress().is_empty());
    }

    #[tokio::test]
    async fn after_a_failure_the_next_request_reads() {
        let (readers, count) = (Readers::default(), Cell::new(0));
        let request = async || {
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
        assert_eq!(join_all((0..3).map(|_| request())).await, [false, true, true]);
        assert_eq!(count.get(), 2);
        assert!(readers.in_progress().is_empty());
    }
}
