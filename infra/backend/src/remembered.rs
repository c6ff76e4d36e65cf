//! A cached value that is read again after a time, so that warm functions see changes.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use tokio::sync::Mutex;

/// A cached value is read again after this time.
pub(crate) const REFRESH: Duration = Duration::from_secs(300);

/// If the value may have changed, it is read again after this time. Any client can cause that, for example with an unknown key id.
pub(crate) const DOUBT: Duration = Duration::from_secs(10);

/// If reading fails, the cached value is used up to this age, and reading is retried after [`DOUBT`].
const OUTAGE: Duration = Duration::from_secs(3_600);

struct Kept<T> {
    value: Arc<T>,
    read_at: Timestamp,
    tried_at: Timestamp,
}

/// A cached value. One caller reads it; others wait for the result.
pub(crate) struct Remembered<T>(Mutex<Option<Kept<T>>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Remembered<T> {
    /// The value, if it was read within `age`; otherwise it is read again.
    ///
    /// # Errors
    /// Reading fails, and the value was not read within the last hour.
    pub(crate) async fn get<E: Display>(
        &self,
        now: Timestamp,
        age: Duration,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let mut kept = self.0.lock().await;
        if let Some(kept) = kept.as_ref()
            && (now.since(kept.read_at) < age || kept.tried_at > kept.read_at && now.since(kept.tried_at) < DOUBT)
        {
            return Ok(Arc::clone(&kept.value));
        }
        let error = match read.await {
            Ok(value) => {
                let value = Arc::new(value);
                *kept = Some(Kept { value: Arc::clone(&value), read_at: now, tried_at: now });
                return Ok(value);
            }
            Err(error) => error,
        };
        match kept.as_mut() {
            Some(kept) if now.since(kept.read_at) < OUTAGE => {
                tracing::warn!(%error, "a secret cannot be read again; the one that was read serves on");
                kept.tried_at = now;
                Ok(Arc::clone(&kept.value))
            }
            _ => Err(error),
        }
    }

    /// Clears the cache.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }

    /// Sets the value, as if it had been read.
    #[cfg(test)]
    pub(crate) async fn set(&self, value: T, now: Timestamp) {
        *self.0.lock().await = Some(Kept { value: Arc::new(value), read_at: now, tried_at: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::default().plus(Duration::from_secs(seconds))
    }

    async fn get(kept: &Remembered<u32>, seconds: u64, age: Duration, read: Result<u32, &str>) -> Result<u32, String> {
        kept.get(at(seconds), age, async { read.map_err(str::to_owned) }).await.map(|value| *value)
    }

    #[tokio::test]
    async fn a_value_is_read_again_after_five_minutes_and_earlier_only_in_doubt() {
        let kept = Remembered::default();
        assert_eq!(get(&kept, 0, REFRESH, Ok(1)).await, Ok(1));
        assert_eq!(get(&kept, 299, REFRESH, Ok(2)).await, Ok(1));
        assert_eq!(get(&kept, 300, REFRESH, Ok(2)).await, Ok(2));
        assert_eq!(get(&kept, 309, DOUBT, Ok(3)).await, Ok(2));
        assert_eq!(get(&kept, 310, DOUBT, Ok(3)).await, Ok(3));
        kept.forget().await;
        assert_eq!(get(&kept, 310, REFRESH, Ok(4)).await, Ok(4));
    }

    #[tokio::test]
    async fn what_was_read_serves_on_for_an_hour_if_it_cannot_be_read_again() {
        let kept = Remembered::default();
        assert_eq!(get(&kept, 0, REFRESH, Err("down")).await, Err("down".to_owned()));
        assert_eq!(get(&kept, 1, REFRESH, Ok(1)).await, Ok(1));
        assert_eq!(get(&kept, 400, REFRESH, Err("down")).await, Ok(1));
        assert_eq!(get(&kept, 409, REFRESH, Ok(2)).await, Ok(1), "it is not tried at each request");
        assert_eq!(get(&kept, 410, REFRESH, Ok(2)).await, Ok(2));
        assert_eq!(get(&kept, 410 + 3_600, REFRESH, Err("down")).await, Err("down".to_owned()));
    }
}
