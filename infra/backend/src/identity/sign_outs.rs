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
const FRESH_FOR: Duration = Duration::from_secs(60);

/// The number of people in the cache; beyond it the cache is cleared.
const REMEMBERED: usize = 10_000;

/// When a person signed out everywhere, if ever, and when this was read.
type Known = (Option<Timestamp>, Timestamp);

/// The cached times.
#[derive(Default)]
pub(crate) struct SignOuts(Mutex<HashMap<PersonId, Known>>);

impl SignOuts {
    fn known(&self, person: &PersonId, now: Timestamp) -> Option<Option<Timestamp>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (signed_out, read) = known.get(person)?;
        (now.since(*read) < FRESH_FOR).then_some(*signed_out)
    }

    fn learn(&self, person: &PersonId, signed_out: Option<Timestamp>, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(person.clone(), (signed_out, now));
    }
}

/// Whether a person has signed out everywhere since they signed in, as known within the last minute.
pub(crate) async fn is_over(app: &App, identified: &Identified) -> Result<bool, StorageError> {
    let (person, now) = (identified.person.id(), app.now());
    let signed_out = match app.identity().sign_outs.known(person, now) {
        Some(known) => known,
        None => {
            let signed_out = app.storage().signed_out_at(person).await?;
            app.identity().sign_outs.learn(person, signed_out, now);
            signed_out
        }
    };
    Ok(signed_out.is_some_and(|at| is_before(identified.since, at)))
}

/// Whether a person who signed in at `since` has signed out everywhere after it, read from the table and not from the cache.
///
/// # Errors
/// The database fails.
pub(crate) async fn is_over_now(app: &App, person: &PersonId, since: Option<Timestamp>) -> Result<bool, StorageError> {
    let signed_out = app.storage().signed_out_at(person).await?;
    Ok(signed_out.is_some_and(|at| is_before(since, at)))
}

/// Caches at once that a person has signed out everywhere.
pub(crate) fn note(app: &App, person: &PersonId, at: Timestamp) {
    app.identity().sign_outs.learn(person, Some(at), app.now());
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
    fn a_sign_in_of_the_same_second_is_over_too() {
        let out = Timestamp::from_milliseconds(7_999);
        assert!(is_before(Some(at(6)), out) && is_before(Some(at(7)), out) && is_before(None, out));
        assert!(!is_before(Some(at(8)), out));
    }

    #[test]
    fn what_is_known_of_a_person_is_believed_for_a_minute() {
        let (sign_outs, ada): (_, PersonId) = (SignOuts::default(), "ada".parse().unwrap());
        assert_eq!(sign_outs.known(&ada, at(0)), None);
        sign_outs.learn(&ada, None, at(0));
        assert_eq!(sign_outs.known(&ada, at(59)), Some(None));
        assert_eq!(sign_outs.known(&ada, at(60)), None);
        sign_outs.learn(&ada, Some(at(60)), at(61));
        assert_eq!(sign_outs.known(&ada, at(62)), Some(Some(at(60))));
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let sign_outs = SignOuts::default();
        for number in 0..=REMEMBERED {
            sign_outs.learn(&format!("p{number}").parse().unwrap(), None, at(0));
        }
        assert_eq!(sign_outs.0.lock().unwrap().len(), 1);
    }
}
