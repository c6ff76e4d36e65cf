//! Members who have signed out everywhere: earlier tokens are rejected. `identity::sign_out_service` ends the connections.
//!
//! The time is cached for a minute, so an instance of a function may accept a token for up to a minute after its member has signed out
//! through another instance.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::person::PersonId;
use domain::time::Timestamp;

use crate::App;
use crate::db::StorageError;
use crate::identity::Identified;

/// A cached time is used for a minute.
const CACHE_TTL: Duration = Duration::from_secs(60);

/// The number of people in the cache; beyond it the cache is cleared.
const CACHE_CAPACITY: usize = 10_000;

/// When a person signed out everywhere, if ever, and when this was read.
type CachedSignOut = (Option<Timestamp>, Timestamp);

/// The cached times.
#[derive(Default)]
pub(crate) struct SignOuts(Mutex<HashMap<PersonId, CachedSignOut>>);

impl SignOuts {
    fn cached(&self, person: &PersonId, now: Timestamp) -> Option<Option<Timestamp>> {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (signed_out, read_at) = times.get(person)?;
        (now.since(*read_at) < CACHE_TTL).then_some(*signed_out)
    }

    fn store(&self, person: &PersonId, signed_out: Option<Timestamp>, now: Timestamp) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() >= CACHE_CAPACITY {
            times.clear();
        }
        times.insert(person.clone(), (signed_out, now));
    }
}

/// Whether a person has signed out everywhere since they signed in, as of at most a minute ago.
pub(crate) async fn is_session_ended(app: &App, identified: &Identified) -> Result<bool, StorageError> {
    let (person, now) = (identified.person.id(), app.now());
    let signed_out = match app.identity().sign_outs.cached(person, now) {
        Some(signed_out) => signed_out,
        None => {
            let signed_out = app.storage().signed_out_at(person).await?;
            app.identity().sign_outs.store(person, signed_out, now);
            signed_out
        }
    };
    Ok(signed_out.is_some_and(|at| is_before(identified.since, at)))
}

/// Whether a person who signed in at `since` has signed out everywhere after it, read from the table and not from the cache.
///
/// # Errors
/// The database fails.
pub(crate) async fn is_session_ended_uncached(
    app: &App,
    person: &PersonId,
    since: Option<Timestamp>,
) -> Result<bool, StorageError> {
    let signed_out = app.storage().signed_out_at(person).await?;
    Ok(signed_out.is_some_and(|at| is_before(since, at)))
}

/// Caches at once that a person has signed out everywhere.
pub(crate) fn cache_sign_out(app: &App, person: &PersonId, at: Timestamp) {
    app.identity().sign_outs.store(person, Some(at), app.now());
}

/// Whether a sign-in was before a sign-out. Tokens have whole seconds: a token from the second of the sign-out is rejected, and so is a
/// token without a time.
fn is_before(since: Option<Timestamp>, signed_out: Timestamp) -> bool {
    since.is_none_or(|since| since.seconds() <= signed_out.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1_000)
    }

    #[test]
    fn a_session_of_the_same_second_is_ended_too() {
        let sign_out = Timestamp::from_milliseconds(7_999);
        assert!(is_before(Some(at(6)), sign_out) && is_before(Some(at(7)), sign_out) && is_before(None, sign_out));
        assert!(!is_before(Some(at(8)), sign_out));
    }

    #[test]
    fn a_cached_time_is_used_for_a_minute() {
        let (sign_outs, ada): (_, PersonId) = (SignOuts::default(), "ada".parse().unwrap());
        assert_eq!(sign_outs.cached(&ada, at(0)), None);
        sign_outs.store(&ada, None, at(0));
        assert_eq!(sign_outs.cached(&ada, at(59)), Some(None));
        assert_eq!(sign_outs.cached(&ada, at(60)), None);
        sign_outs.store(&ada, Some(at(60)), at(61));
        assert_eq!(sign_outs.cached(&ada, at(62)), Some(Some(at(60))));
    }

    #[test]
    fn the_cache_is_cleared_above_its_capacity() {
        let sign_outs = SignOuts::default();
        for number in 0..=CACHE_CAPACITY {
            sign_outs.store(&format!("p{number}").parse().unwrap(), None, at(0));
        }
        assert_eq!(sign_outs.0.lock().unwrap().len(), 1);
    }
}
