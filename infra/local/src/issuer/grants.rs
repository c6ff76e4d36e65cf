//! Grants: codes that were not exchanged yet, refresh tokens, and sign-ins at the issuer. Time comes in as seconds; secrets are made
//! elsewhere and stored only as hashes.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use emulator::data::write_private;

use super::digest;

/// The lifetime of a code, in seconds.
const CODE_LIFETIME: u64 = 60;
/// The lifetime of a refresh token after its last use, in seconds: 30 days.
const REFRESH_LIFETIME: u64 = 30 * 24 * 3_600;
/// A replaced refresh token stays valid for this number of seconds, since the response with its replacement may have been lost: the
/// grace period that Cognito allows.
const GRACE_PERIOD: u64 = 60;
/// The maximum number of stored entries of each kind; the oldest are removed first.
const ENTRY_LIMIT: usize = 10_000;
/// The maximum number of valid refresh tokens of one sign-in: one for each page that renewed at the same time.
const FAMILY_TOKEN_LIMIT: usize = 32;

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct User {
    /// Their display name.
    pub(super) name: String,
    /// Their group.
    #[serde(default)]
    pub(super) group: Option<String>,
    /// When they signed in.
    pub(super) since: u64,
}

impl User {
    /// The id; the same name always gives the same id.
    pub(super) fn id(&self) -> String {
        digest(&format!("rally-local:{}", self.name)).chars().take(22).collect()
    }
}

/// A code's grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) user: User,
    pub(super) redirect: String,
    pub(super) challenge: String,
    pub(super) nonce: String,
}

#[derive(Debug)]
struct IssuedCode {
    code: Code,
    at: u64,
    /// The token family that it was exchanged for.
    used: Option<String>,
}

/// A token family: all refresh tokens of one sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Family {
    user: User,
    /// The hashes of the valid tokens, the oldest first. Pages that renew at the same time with one token get one each, and none of
    /// these may later count as stolen.
    #[serde(rename = "good")]
    valid: Vec<String>,
    /// The hashes of the replaced tokens, and when they were replaced, during the grace period.
    replaced: Vec<(String, u64)>,
    /// The time of the last use.
    at: u64,
}

impl Family {
    fn new(user: User, token: &str, now: u64) -> Self {
        Self { user, valid: vec![digest(token)], replaced: Vec::new(), at: now }
    }

    /// Replaces `token` by `next`, if it is valid or in its grace period.
    fn renew(&mut self, token: &str, next: &str, now: u64) -> bool {
        let hash = digest(token);
        self.replaced.retain(|(_, at)| now <= at + GRACE_PERIOD);
        let index = self.valid.iter().position(|valid| *valid == hash);
        let in_grace = self.replaced.iter().any(|(replaced, _)| *replaced == hash);
        if now >= self.at + REFRESH_LIFETIME || !(index.is_some() || in_grace) {
            return false;
        }
        if let Some(index) = index {
            self.replaced.push((self.valid.remove(index), now));
        }
        if self.valid.len() >= FAMILY_TOKEN_LIMIT {
            self.valid.remove(0);
        }
        self.valid.push(digest(next));
        self.at = now;
        true
    }
}

/// All grants.
#[derive(Debug, Default)]
pub(super) struct Grants {
    codes: HashMap<String, IssuedCode>,
    sessions: HashMap<String, (User, u64)>,
    /// By their names, with which refresh tokens begin.
    families: HashMap<String, Family>,
    file: Option<PathBuf>,
}

impl Grants {
    /// The grants from before this start of the server that are still valid.
    pub(super) fn load(file: PathBuf) -> Self {
        let families = read(&file).unwrap_or_else(|error| {
            tracing::warn!(%error, "the refresh tokens cannot be read; users have to sign in again");
            HashMap::new()
        });
        Self { families, file: Some(file), ..Self::default() }
    }

    /// Stores a code's grant.
    pub(super) fn issue(&mut self, secret: &str, code: Code, now: u64) {
        remove_oldest(&mut self.codes, |issued| issued.at);
        self.codes.insert(digest(secret), IssuedCode { code, at: now, used: None });
    }

    /// Exchanges a code, once: a second exchange revokes the tokens of the first, since the code must have been stolen (RFC 6749,
    /// section 4.1.2). `family` and `token` are the new family's name and its first token.
    pub(super) fn exchange(&mut self, secret: &str, family: &str, token: &str, now: u64) -> Option<Code> {
        let issued = self.codes.get_mut(&digest(secret))?;
        if let Some(family) = issued.used.clone() {
            self.families.remove(&family);
            self.save();
            return None;
        }
        issued.used = Some(family.to_owned());
        if now >= issued.at + CODE_LIFETIME {
            return None;
        }
        let code = issued.code.clone();
        remove_oldest(&mut self.families, |family| family.at);
        self.families.insert(family.to_owned(), Family::new(code.user.clone(), token, now));
        self.save();
        Some(code)
    }

    /// Replaces a refresh token. If one is used after its grace period, it has been stolen: its whole family is revoked.
    pub(super) fn refresh(&mut self, family: &str, token: &str, next: &str, now: u64) -> Option<User> {
        let stored = self.families.get_mut(family)?;
        let user = stored.renew(token, next, now).then(|| stored.user.clone());
        if user.is_none() {
            self.families.remove(family);
        }
        self.save();
        user
    }

    /// Revokes a family. An unknown family counts as revoked.
    pub(super) fn revoke(&mut self, family: &str) {
        if self.families.remove(family).is_some() {
            self.save();
        }
    }

    /// Stores a sign-in at the issuer under its cookie.
    pub(super) fn begin_session(&mut self, cookie: &str, user: User, now: u64) {
        remove_oldest(&mut self.sessions, |(_, at)| *at);
        self.sessions.insert(digest(cookie), (user, now));
    }

    /// The person of a cookie.
    pub(super) fn session(&self, cookie: &str) -> Option<&User> {
        self.sessions.get(&digest(cookie)).map(|(user, _)| user)
    }

    /// Removes a sign-in at the issuer.
    pub(super) fn end_session(&mut self, cookie: &str) {
        self.sessions.remove(&digest(cookie));
    }

    fn save(&self) {
        let Some(file) = &self.file else { return };
        let written = serde_json::to_vec(&self.families).map_err(io::Error::from);
        if let Err(error) = written.and_then(|bytes| write_private(file, &bytes)) {
            tracing::warn!(%error, "the refresh tokens cannot be stored; users have to sign in again after a restart");
        }
    }
}

/// The stored families; none at the first start.
fn read(file: &Path) -> io::Result<HashMap<String, Family>> {
    match std::fs::read(file) {
        Ok(text) => serde_json::from_slice(&text).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashMap::new()),
        Err(error) => Err(error),
    }
}

fn remove_oldest<T>(map: &mut HashMap<String, T>, at: impl Fn(&T) -> u64) {
    if map.len() >= ENTRY_LIMIT
        && let Some(oldest) = map.iter().min_by_key(|(_, value)| at(value)).map(|(key, _)| key.clone())
    {
        map.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> Code {
        let user = User { name: "Ada".to_owned(), group: None, since: 0 };
        Code { user, redirect: "http://localhost/signed-in".to_owned(), challenge: String::new(), nonce: String::new() }
    }

    #[test]
    fn a_code_is_valid_once_and_for_a_minute() {
        let mut grants = Grants::default();
        grants.issue("code", code(), 100);
        assert_eq!(grants.exchange("other", "f", "t", 100), None);
        assert!(grants.exchange("code", "f", "t", 159).is_some());
        assert!(grants.refresh("f", "t", "t2", 160).is_some());
        assert_eq!(grants.exchange("code", "g", "t", 161), None);
        assert_eq!(grants.refresh("f", "t2", "t3", 162), None, "a code that is used twice revokes its tokens");
        grants.issue("late", code(), 100);
        assert_eq!(grants.exchange("late", "f", "t", 160), None);
    }

    #[test]
    fn a_replaced_token_is_valid_for_a_minute_and_then_revokes_its_family() {
        let mut grants = Grants::default();
        grants.issue("code", code(), 0);
        grants.exchange("code", "f", "t1", 0).unwrap();
        assert!(grants.refresh("f", "t1", "t2", 1_000).is_some());
        assert!(grants.refresh("f", "t1", "t3", 1_060).is_some(), "the response was lost");
        assert!(grants.refresh("f", "t3", "t4", 1_061).is_some());
        assert_eq!(grants.refresh("f", "t1", "t5", 1_062), None);
        assert_eq!(grants.refresh("f", "t4", "t6", 1_063), None, "the whole family is gone");
    }

    #[test]
    fn pages_that_renew_at_once_all_stay_signed_in() {
        let mut grants = Grants::default();
        grants.issue("code", code(), 0);
        grants.exchange("code", "f", "t1", 0).unwrap();
        assert!(grants.refresh("f", "t1", "one", 1_000).is_some());
        assert!(grants.refresh("f", "t1", "other", 1_001).is_some());
        assert!(
            grants.refresh("f", "one", "one again", 4_000).is_some(),
            "the other page's token does not replace this one"
        );
        assert!(grants.refresh("f", "other", "other again", 4_001).is_some());
        assert_eq!(grants.refresh("f", "one", "thief", 5_000), None);
        assert_eq!(grants.refresh("f", "other again", "late", 5_001), None, "the whole family is gone");
    }

    #[test]
    fn the_grace_period_outlives_the_next_renewal() {
        let mut grants = Grants::default();
        grants.issue("code", code(), 0);
        grants.exchange("code", "f", "t1", 0).unwrap();
        assert!(grants.refresh("f", "t1", "t2", 10).is_some());
        assert!(grants.refresh("f", "t2", "t3", 20).is_some());
        assert!(grants.refresh("f", "t1", "t4", 30).is_some());
    }

    #[test]
    fn an_unreadable_file_signs_users_out_and_does_not_prevent_the_start() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("grants.json");
        assert!(Grants::load(file.clone()).families.is_empty());
        std::fs::write(&file, b"{").unwrap();
        let mut grants = Grants::load(file.clone());
        grants.issue("code", code(), 0);
        grants.exchange("code", "f", "t1", 0).unwrap();
        assert!(Grants::load(file).refresh("f", "t1", "t2", 1).is_some());
    }

    #[test]
    fn the_tokens_of_a_family_are_limited() {
        let mut grants = Grants::default();
        grants.issue("code", code(), 0);
        grants.exchange("code", "f", "t1", 0).unwrap();
        for number in 0..=FAMILY_TOKEN_LIMIT {
            assert!(grants.refresh("f", "t1", &format!("s{number}"), 1).is_some());
        }
        assert_eq!(grants.families["f"].valid.len(), FAMILY_TOKEN_LIMIT);
        assert!(grants.refresh("f", &format!("s{FAMILY_TOKEN_LIMIT}"), "next", 2).is_some());
    }

    #[test]
    fn a_refresh_token_is_valid_for_thirty_days_after_its_last_use() {
        let mut grants = Grants::default();
        grants.issue("code", code(), 0);
        grants.exchange("code", "f", "t1", 0).unwrap();
        assert!(grants.refresh("f", "t1", "t2", REFRESH_LIFETIME - 1).is_some());
        assert!(grants.refresh("f", "t2", "t3", 2 * REFRESH_LIFETIME - 2).is_some());
        assert_eq!(grants.refresh("f", "t3", "t4", 3 * REFRESH_LIFETIME), None);
    }

    #[test]
    fn the_oldest_entry_is_removed_above_the_limit() {
        let mut grants = Grants::default();
        for number in 0..=ENTRY_LIMIT {
            grants.issue(&number.to_string(), code(), number as u64);
        }
        assert_eq!(grants.codes.len(), ENTRY_LIMIT);
        assert_eq!(grants.exchange("0", "f", "t", 0), None);
    }

    #[test]
    fn the_same_name_gives_the_same_id() {
        let user = |name: &str| User { name: name.to_owned(), group: None, since: 0 }.id();
        assert_eq!(user("Ada"), user("Ada"));
        assert_ne!(user("Ada"), user("ada"));
        assert_eq!(user("Ada").len(), 22);
    }
}
