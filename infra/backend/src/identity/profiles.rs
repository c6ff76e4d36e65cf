//! The display name of a member whose token has none (OpenID Connect Core 1.0, section 5.3): Cognito's access tokens have no name. If the
//! profile request fails, the member is signed in without a display name.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::person::{PersonId, PersonName};
use domain::time::Timestamp;
use serde_json::Value;

use crate::App;
use crate::identity::fetch;
use crate::identity::members::shortened;

/// A name is cached this long.
const CACHE_TTL: Duration = Duration::from_secs(3_600);

/// The pause before the next request if the issuer did not respond or had no name.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// The number of names that are cached; beyond it the cache is cleared.
const CACHE_CAPACITY: usize = 10_000;

/// Claims with a name, the best first. Never an email address, since everyone in a room sees the name.
const NAMES: [&str; 3] = ["name", "preferred_username", "nickname"];

/// The cached names.
#[derive(Default)]
pub(crate) struct Profiles(Mutex<HashMap<PersonId, (Option<PersonName>, Timestamp)>>);

impl Profiles {
    /// The name of the token's person at the issuer. `None` if the issuer has no name or the request fails; the member is signed in anyway.
    pub(crate) async fn name_of(&self, app: &App, person: &PersonId, token: &str) -> Option<PersonName> {
        let address = app.config().userinfo.as_deref()?;
        if let Some(cached) = self.cached(person, app.now()) {
            return cached;
        }
        let name = match fetch::json::<Value>(app.https_client(), address, Some(token)).await {
            Ok(profile) => read(&profile, person),
            Err(error) => {
                tracing::warn!(%error, "a member's profile cannot be fetched");
                None
            }
        };
        self.store(person, name.clone(), app.now());
        name
    }

    fn cached(&self, person: &PersonId, now: Timestamp) -> Option<Option<PersonName>> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, fetched_at) = names.get(person)?;
        let ttl = if name.is_some() { CACHE_TTL } else { RETRY_INTERVAL };
        (now.since(*fetched_at) < ttl).then(|| name.clone())
    }

    fn store(&self, person: &PersonId, name: Option<PersonName>, now: Timestamp) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= CACHE_CAPACITY {
            names.clear();
        }
        names.insert(person.clone(), (name, now));
    }
}

/// The profile must be of the token's person (section 5.3.2).
fn read(profile: &Value, person: &PersonId) -> Option<PersonName> {
    if profile["sub"].as_str() != Some(person.as_str()) {
        return None;
    }
    NAMES.iter().filter_map(|name| profile[*name].as_str()).find_map(shortened)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ada() -> PersonId {
        "4d8c-11ec".parse().unwrap()
    }

    #[test]
    fn a_profile_must_match_the_person_and_its_email_is_not_a_name() {
        let name = |profile: Value| read(&profile, &ada()).map(|name| name.to_string());
        assert_eq!(name(json!({"sub": "4d8c-11ec", "name": "Ada", "email": "a@b"})).as_deref(), Some("Ada"));
        assert_eq!(name(json!({"sub": "4d8c-11ec", "name": " ", "nickname": "al"})).as_deref(), Some("al"));
        assert_eq!(name(json!({"sub": "4d8c-11ec", "email": "a@b", "username": "a@b"})), None);
        assert_eq!(name(json!({"sub": "other", "name": "Bob"})), None);
        assert_eq!(name(json!({"name": "Bob"})), None);
    }

    #[test]
    fn a_name_is_fetched_once_an_hour_and_a_missing_one_once_a_minute() {
        let (profiles, at) = (Profiles::default(), |seconds: i64| Timestamp::from_milliseconds(seconds * 1_000));
        assert_eq!(profiles.cached(&ada(), at(0)), None);
        profiles.store(&ada(), None, at(0));
        assert_eq!(profiles.cached(&ada(), at(59)), Some(None));
        assert_eq!(profiles.cached(&ada(), at(60)), None);
        profiles.store(&ada(), "Ada".parse().ok(), at(60));
        assert_eq!(profiles.cached(&ada(), at(3_659)), Some("Ada".parse().ok()));
        assert_eq!(profiles.cached(&ada(), at(3_660)), None);
    }
}
