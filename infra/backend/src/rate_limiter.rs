//! Counts requests against the limits of `crate::quotas`. Each instance of a function counts in its own memory, so no request costs a write
//! to the database.

use std::collections::HashMap;
use std::num::NonZero;
use std::ops::Add;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::quotas::{
    ADDRESS_CODES, ADDRESS_CONNECTIONS, ADDRESS_READS, ADDRESS_REQUESTS, ADDRESS_WRITES, CONNECTION_MESSAGES,
    DEVICE_READS, DEVICE_WRITES, PERSON_READS, PERSON_WRITES, Quota, TREE_EDITS,
};

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use tokio::time::Instant;

/// The number of keys per counter; beyond it, keys without recent requests are removed.
const KEY_CAPACITY: usize = 10_000;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitKind {
    /// Any request, by address.
    AddressRequest,
    /// An anonymous read, by address.
    AddressRead,
    /// A person's read.
    PersonRead,
    /// A device's read.
    DeviceRead,
    /// A request with a join code, by address.
    AddressCode,
    /// A person's write.
    PersonWrite,
    /// A person's change of the factory tree.
    TreeEdit,
    /// A device's write.
    DeviceWrite,
    /// An anonymous write, by address.
    AddressWrite,
    /// A live connection, by address.
    Connection,
    /// A message on a live connection.
    Message,
}

/// The clock of the rate limiter.
#[derive(Debug, Clone, Copy, Default)]
struct TokioClock;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TokioInstant(Instant);

impl Clock for TokioClock {
    type Instant = TokioInstant;

    fn now(&self) -> TokioInstant {
        TokioInstant(Instant::now())
    }
}

impl Reference for TokioInstant {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_duration_since(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.checked_sub(duration.into()).unwrap_or(self.0))
    }
}

impl Add<Nanos> for TokioInstant {
    type Output = Self;

    fn add(self, duration: Nanos) -> Self {
        Self(self.0 + Duration::from(duration))
    }
}

type Counter = governor::RateLimiter<String, HashMapStateStore<String>, TokioClock, NoOpMiddleware<TokioInstant>>;

/// The counters.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    requests: Counter,
    address_reads: Counter,
    person_reads: Counter,
    device_reads: Counter,
    codes: Counter,
    people: Counter,
    tree_edits: Counter,
    devices: Counter,
    addresses: Counter,
    connections: Counter,
    messages: Counter,
    /// The devices with valid keys, by the hashes of the keys.
    devices_by_key: Mutex<HashMap<String, String>>,
}

fn counter(quota: Quota, factor: u32) -> Counter {
    let number = |number: u32| NonZero::new(number.saturating_mul(factor)).unwrap_or(NonZero::<u32>::MIN);
    let allowed = governor::Quota::per_second(number(quota.per_second)).allow_burst(number(quota.burst));
    governor::RateLimiter::new(allowed, HashMapStateStore::default(), TokioClock)
}

impl RateLimiter {
    /// Empty counters, with `factor` the usual limits.
    pub(crate) fn new(factor: u32) -> Self {
        Self {
            requests: counter(ADDRESS_REQUESTS, factor),
            address_reads: counter(ADDRESS_READS, factor),
            person_reads: counter(PERSON_READS, factor),
            device_reads: counter(DEVICE_READS, factor),
            codes: counter(ADDRESS_CODES, factor),
            people: counter(PERSON_WRITES, factor),
            tree_edits: counter(TREE_EDITS, factor),
            devices: counter(DEVICE_WRITES, factor),
            addresses: counter(ADDRESS_WRITES, factor),
            connections: counter(ADDRESS_CONNECTIONS, factor),
            messages: counter(CONNECTION_MESSAGES, factor),
            devices_by_key: Mutex::default(),
        }
    }

    /// Stores the device of a key, by the key's hash, so that the next request with it is counted before the key is verified.
    pub(crate) fn remember_key(&self, hash: String, device: &str) {
        let mut devices = self.devices_by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if devices.len() >= KEY_CAPACITY {
            devices.clear();
        }
        devices.insert(hash, device.to_owned());
    }

    /// The device of a key when it was last verified. The key may be revoked by now.
    pub(crate) fn device_of_key(&self, hash: &str) -> Option<String> {
        self.devices_by_key.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    /// Counts one request.
    ///
    /// # Errors
    /// The limit is exceeded: how long to wait.
    pub(crate) fn count(&self, kind: LimitKind, key: &str) -> Result<(), Duration> {
        self.count_all(kind, key, 1)
    }

    /// Counts a request with this cost. A cost above the burst counts as the burst.
    ///
    /// # Errors
    /// The limit is exceeded: how long to wait.
    pub(crate) fn count_all(&self, kind: LimitKind, key: &str, cost: u32) -> Result<(), Duration> {
        let counter = match kind {
            LimitKind::AddressRequest => &self.requests,
            LimitKind::AddressRead => &self.address_reads,
            LimitKind::PersonRead => &self.person_reads,
            LimitKind::DeviceRead => &self.device_reads,
            LimitKind::AddressCode => &self.codes,
            LimitKind::PersonWrite => &self.people,
            LimitKind::TreeEdit => &self.tree_edits,
            LimitKind::DeviceWrite => &self.devices,
            LimitKind::AddressWrite => &self.addresses,
            LimitKind::Connection => &self.connections,
            LimitKind::Message => &self.messages,
        };
        if counter.len() >= KEY_CAPACITY {
            counter.retain_recent();
        }
        let (key, mut cost) = (key.to_owned(), NonZero::new(cost).unwrap_or(NonZero::<u32>::MIN));
        loop {
            match counter.check_key_n(&key, cost) {
                Ok(outcome) => return outcome.map_err(|wait| wait.wait_time_from(TokioClock.now())),
                Err(burst) => cost = NonZero::new(burst.0).unwrap_or(NonZero::<u32>::MIN),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_further_requests_must_wait() {
        let limits = RateLimiter::new(1);
        for number in 0..PERSON_WRITES.burst {
            assert_eq!(limits.count(LimitKind::PersonWrite, "ada"), Ok(()), "{number}");
        }
        // Some requests may be allowed again meanwhile, but fewer than a second's worth.
        let denied =
            (0..PERSON_WRITES.per_second * 100).find_map(|_| limits.count(LimitKind::PersonWrite, "ada").err());
        assert!(denied.is_some_and(|wait| wait <= Duration::from_millis(101)), "{denied:?}");
        assert_eq!(limits.count(LimitKind::PersonWrite, "bob"), Ok(()), "another key has its own limit");
        assert_eq!(limits.count(LimitKind::DeviceWrite, "ada"), Ok(()));
    }

    #[test]
    fn the_factor_multiplies_all_limits() {
        let limits = RateLimiter::new(3);
        let taken = (0..PERSON_WRITES.burst * 3).all(|_| limits.count(LimitKind::PersonWrite, "ada").is_ok());
        assert!(taken);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_counts_by_its_cost() {
        let limits = RateLimiter::new(1);
        let mut allowed_count = 0;
        while limits.count_all(LimitKind::AddressRead, "203.0.113.9", 100).is_ok() {
            allowed_count += 1;
        }
        assert_eq!(allowed_count, ADDRESS_READS.burst / 100);
        let wait = limits.count_all(LimitKind::AddressRead, "203.0.113.9", 50).unwrap_err();
        tokio::time::advance(wait).await;
        assert_eq!(limits.count_all(LimitKind::AddressRead, "203.0.113.9", 50), Ok(()));
        assert_eq!(
            limits.count_all(LimitKind::AddressRead, "203.0.113.10", u32::MAX),
            Ok(()),
            "a cost above the burst counts as the burst"
        );
        assert!(limits.count(LimitKind::AddressRead, "203.0.113.10").is_err());
    }

    #[test]
    fn keys_without_recent_requests_are_removed() {
        let limits = RateLimiter::new(1);
        for number in 0..3 * KEY_CAPACITY {
            assert_eq!(limits.count(LimitKind::Connection, &number.to_string()), Ok(()));
        }
        assert!(limits.connections.len() < 3 * KEY_CAPACITY, "{}", limits.connections.len());
    }
}
