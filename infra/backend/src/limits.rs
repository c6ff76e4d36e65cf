//! Who asks too often. Each instance of a function counts by itself: a client that keeps one busy meets its limit there, and
//! nobody pays for a write to a database with each request. Never decides how often is too often: `crate::rate` does.

use std::num::NonZero;
use std::ops::Add;
use std::time::Duration;

use crate::rate::{ADDRESS_CONNECTIONS, ADDRESS_WRITES, CONNECTION_MESSAGES, DEVICE_WRITES, PERSON_WRITES, Quota};
use governor::RateLimiter;
use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use tokio::time::Instant;

/// So many names are remembered; beyond that, those are forgotten who have not come for a while.
const REMEMBERED: usize = 10_000;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A person's write.
    PersonWrite,
    /// A device's write.
    DeviceWrite,
    /// A write without a name, by where it comes from.
    AddressWrite,
    /// A live connection, by where it comes from.
    Connection,
    /// A message on a live connection.
    Message,
}

/// The clock by which everything here waits.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(Instant);

impl Clock for Waiting {
    type Instant = Moment;

    fn now(&self) -> Moment {
        Moment(Instant::now())
    }
}

impl Reference for Moment {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_duration_since(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.checked_sub(duration.into()).unwrap_or(self.0))
    }
}

impl Add<Nanos> for Moment {
    type Output = Self;

    fn add(self, duration: Nanos) -> Self {
        Self(self.0 + Duration::from(duration))
    }
}

type Counter = RateLimiter<String, HashMapStateStore<String>, Waiting, NoOpMiddleware<Moment>>;

/// The counters.
#[derive(Debug)]
pub(crate) struct Limits {
    people: Counter,
    devices: Counter,
    addresses: Counter,
    connections: Counter,
    messages: Counter,
}

fn counter(quota: Quota, times: u32) -> Counter {
    let number = |number: u32| NonZero::new(number.saturating_mul(times)).unwrap_or(NonZero::<u32>::MIN);
    let allowed = governor::Quota::per_second(number(quota.per_second)).allow_burst(number(quota.burst));
    RateLimiter::new(allowed, HashMapStateStore::default(), Waiting)
}

impl Limits {
    /// None has come yet; so many times as often as usual they may.
    pub(crate) fn new(times: u32) -> Self {
        Self {
            people: counter(PERSON_WRITES, times),
            devices: counter(DEVICE_WRITES, times),
            addresses: counter(ADDRESS_WRITES, times),
            connections: counter(ADDRESS_CONNECTIONS, times),
            messages: counter(CONNECTION_MESSAGES, times),
        }
    }

    /// Counts one.
    ///
    /// # Errors
    /// It is one too many: when the next may come.
    pub(crate) fn count(&self, what: What, who: &str) -> Result<(), Duration> {
        let counter = match what {
            What::PersonWrite => &self.people,
            What::DeviceWrite => &self.devices,
            What::AddressWrite => &self.addresses,
            What::Connection => &self.connections,
            What::Message => &self.messages,
        };
        if counter.len() >= REMEMBERED {
            counter.retain_recent();
        }
        counter.check_key(&who.to_owned()).map_err(|wait| wait.wait_time_from(Waiting.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_what_is_beyond_waits_for_its_turn() {
        let limits = Limits::new(1);
        for number in 0..PERSON_WRITES.burst {
            assert_eq!(limits.count(What::PersonWrite, "ada"), Ok(()), "{number}");
        }
        // Some may have come back meanwhile, but not a second's worth.
        let refused = (0..PERSON_WRITES.per_second * 100).find_map(|_| limits.count(What::PersonWrite, "ada").err());
        assert!(refused.is_some_and(|wait| wait <= Duration::from_millis(101)), "{refused:?}");
        assert_eq!(limits.count(What::PersonWrite, "bob"), Ok(()), "another is another");
        assert_eq!(limits.count(What::DeviceWrite, "ada"), Ok(()));
    }

    #[test]
    fn a_crowd_may_have_several_times_as_much() {
        let limits = Limits::new(3);
        let taken = (0..PERSON_WRITES.burst * 3).all(|_| limits.count(What::PersonWrite, "ada").is_ok());
        assert!(taken);
    }

    #[test]
    fn who_comes_once_is_forgotten() {
        let limits = Limits::new(1);
        for number in 0..3 * REMEMBERED {
            assert_eq!(limits.count(What::Connection, &number.to_string()), Ok(()));
        }
        assert!(limits.connections.len() < 3 * REMEMBERED, "{}", limits.connections.len());
    }
}
