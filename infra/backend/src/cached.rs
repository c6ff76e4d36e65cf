//! A cached value that is read again after a time, so that warm functions see changes.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use tokio::sync::Mutex;

/// A cached value is read again after this time.
pub(crate) const REFRESH_INTERVAL: Duration = Duration::from_secs(300);

/// If the value may have changed, it is read again after this time. Any client can cause that, for example with an unknown key id.
pub(crate) const RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// If reading fails, the cached value is used up to this age, and reading is retried after [`RETRY_INTERVAL`].
const MAX_STALENESS: Duration = Duration::from_secs(3_600);

struct CachedValue<T> {
    value: Arc<T>,
    read_at: Timestamp,
    attempted_at: Timestamp,
}

/// A cached value. One caller reads it; others wait for the result.
pub(crate) struct Cached<T>(Mutex<Option<CachedValue<T>>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Cached<T> {
    /// The value, if it was read within `max_age`; otherwise it is read again.
    ///
    /// # Errors
    /// Reading fails, and the value was not read within the last hour.
    pub(crate) async fn get<E: Display>(
        &self,
        now: Timestamp,
        max_age: Duration,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let mut cached = self.0.lock().await;
        if let Some(cached) = cached.as_ref()
            && (now.since(cached.read_at) < max_age
                || cached.attempted_at > cached.read_at && now.since(cached.attempted_at) < RETRY_INTERVAL)
        {
            return Ok(Arc::clone(&cached.value));
        }
        let error = match read.await {
            Ok(value) => {
                let value = Arc::new(value);
                *cached = Some(CachedValue { value: Arc::clone(&value), read_at: now, attempted_at: now });
                return Ok(value);
            }
            Err(error) => error,
        };
        match cached.as_mut() {
            Some(cached) if now.since(cached.read_at) < MAX_STALENESS => {
                tracing::warn!(%error, "a value cannot be read again; the cached one is still used");
                cached.attempted_at = now;
                Ok(Arc::clone(&cached.value))
            }
            _ => Err(error),
        }
    }

    /// Clears the cache.
    pub(crate) async fn clear(&self) {
        *self.0.lock().await = None;
    }

    /// Sets the value, as if it had been read.
    #[cfg(test)]
    pub(crate) async fn set(&self, value: T, now: Timestamp) {
        *self.0.lock().await = Some(CachedValue { value: Arc::new(value), read_at: now, attempted_at: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::default().plus(Duration::from_secs(seconds))
    }

    async fn get(
        cached: &Cached<u32>,
        seconds: u64,
        max_age: Duration,
        read: Result<u32, &str>,
    ) -> Result<u32, String> {
        cached.get(at(seconds), max_age, async { read.map_err(str::to_owned) }).await.map(|value| *value)
    }

    #[tokio::test]
    async fn a_value_is_read_again_after_five_minutes_or_after_a_shorter_age_on_request() {
        let cached = Cached::default();
        assert_eq!(get(&cached, 0, REFRESH_INTERVAL, Ok(1)).await, Ok(1));
        assert_eq!(get(&cached, 299, REFRESH_INTERVAL, Ok(2)).await, Ok(1));
        assert_eq!(get(&cached, 300, REFRESH_INTERVAL, Ok(2)).await, Ok(2));
        assert_eq!(get(&cached, 309, RETRY_INTERVAL, Ok(3)).await, Ok(2));
        assert_eq!(get(&cached, 310, RETRY_INTERVAL, Ok(3)).await, Ok(3));
        cached.clear().await;
        assert_eq!(get(&cached, 310, REFRESH_INTERVAL, Ok(4)).await, Ok(4));
    }

    #[tokio::test]
    async fn a_cached_value_is_used_for_an_hour_if_it_cannot_be_read_again() {
        let cached = Cached::default();
        assert_eq!(get(&cached, 0, REFRESH_INTERVAL, Err("down")).await, Err("down".to_owned()));
        assert_eq!(get(&cached, 1, REFRESH_INTERVAL, Ok(1)).await, Ok(1));
        assert_eq!(get(&cached, 400, REFRESH_INTERVAL, Err("down")).await, Ok(1));
        assert_eq!(get(&cached, 409, REFRESH_INTERVAL, Ok(2)).await, Ok(1), "reading is not retried at each request");
        assert_eq!(get(&cached, 410, REFRESH_INTERVAL, Ok(2)).await, Ok(2));
        assert_eq!(get(&cached, 410 + 3_600, REFRESH_INTERVAL, Err("down")).await, Err("down".to_owned()));
    }
}
