//! The tokens of the member who is signed in: obtained, renewed by one tab for all, and revoked. What an answer of the issuer means is
//! decided in `oidc`.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use super::oidc::{self, Endpoints, Outcome, Pending, RETURN_PATH, Tokens};
use super::texts;
use crate::api::{ApiError, send_form, send_raw};
use crate::platform::broadcast::Channel;
use crate::platform::storage::{self, Area};
use crate::platform::{clock, random, url, web_locks};

/// The name under which the refresh token is stored.
const REFRESH_TOKEN: &str = "rally-refresh";
/// The name of the tabs' channel, and of the lock under which one of them renews.
const CHANNEL: &str = "rally-session";
/// Stored after a sign-in has expired and was not renewed: the next sign-in must prompt the user, whatever session the issuer remembers.
const ASK_AGAIN: &str = "rally-ask-again";
/// What begins the name under which a pending sign-in is stored; its state follows.
const PENDING: &str = "rally-sign-in-";

/// What happened to the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenChange {
    /// The same member has another token.
    Renewed,
    /// A member has signed in, here or in another tab.
    SignedIn,
    /// The issuer gives no more tokens: the member has to sign in again.
    Expired,
    /// A member whose sign-in has expired continues as a visitor, here or in another tab.
    Abandoned,
    /// The member has signed out, here or in another tab.
    SignedOut,
}

/// An access token, when it expires (milliseconds of the wall clock), and its lifetime in seconds.
#[derive(Debug, Clone, Default)]
struct Access {
    token: String,
    expires: f64,
    seconds: f64,
}

/// Gets the changes.
type OnChange = Box<dyn Fn(TokenChange)>;

/// The tokens.
pub(super) struct TokenStore {
    issuer: Option<String>,
    client: String,
    endpoints: RefCell<Option<Endpoints>>,
    access: RefCell<Access>,
    /// Whether the issuer gives no more tokens.
    has_expired: RefCell<bool>,
    on_change: RefCell<Option<OnChange>>,
    channel: RefCell<Option<Channel>>,
}

impl TokenStore {
    pub(super) fn start(issuer: Option<String>, client: String) -> Rc<Self> {
        let store = Rc::new(Self {
            issuer,
            client,
            endpoints: RefCell::new(None),
            access: RefCell::default(),
            has_expired: RefCell::new(false),
            on_change: RefCell::new(None),
            channel: RefCell::new(None),
        });
        let receiver = Rc::downgrade(&store);
        let channel = Channel::open(CHANNEL, move |text| {
            if let Some(store) = receiver.upgrade() {
                store.receive(&text);
            }
        });
        store.channel.replace(Some(channel));
        store
    }

    /// Calls `on_change` with each change from now on.
    pub(super) fn on_change(&self, on_change: impl Fn(TokenChange) + 'static) {
        self.on_change.replace(Some(Box::new(on_change)));
    }

    pub(super) fn has_issuer(&self) -> bool {
        self.issuer.is_some()
    }

    /// Whether a member has signed in and not out, as far as this browser remembers.
    pub(super) fn is_signed_in(&self) -> bool {
        self.issuer.is_some() && storage::get(Area::Local, REFRESH_TOKEN).is_some()
    }

    /// A valid token, renewed if need be; `was_rejected` says that the server refused the present one.
    pub(super) async fn access_token(self: &Rc<Self>, was_rejected: bool) -> Option<String> {
        let before = self.access.borrow().token.clone();
        if !was_rejected && !self.is_due() {
            return Some(before);
        }
        if *self.has_expired.borrow() {
            return None;
        }
        let store = Rc::clone(self);
        let known = before.clone();
        web_locks::exclusive(CHANNEL, Box::pin(async move { store.renew(&known).await })).await;
        let access = self.access.borrow();
        is_worth_a_try(&access.token, &before, was_rejected).then(|| access.token.clone())
    }

    /// Leaves for the issuer; `back` is the path to go on with.
    pub(super) async fn begin(&self, back: &str) -> Result<(), ApiError> {
        if !storage::is_available(Area::Session) {
            // The issuer leads back to a new page, which must know what this one began.
            return Err(ApiError::browser(texts::STORAGE_BLOCKED));
        }
        let endpoints = self.endpoints().await?;
        let (state, nonce, verifier) = (random::token(), random::token(), random::token());
        let challenge = random::base64url(&oidc::challenge(&verifier));
        let pending = Pending { nonce: nonce.clone(), verifier, back: oidc::own_path(back) };
        storage::set(Area::Session, &[PENDING, &state].concat(), Some(&pending.to_json()));
        let redirect = redirect();
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", self.client.as_str()),
            ("redirect_uri", redirect.as_str()),
            ("scope", "openid"),
            ("state", state.as_str()),
            ("nonce", nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        if *self.has_expired.borrow() || storage::get(Area::Local, ASK_AGAIN).is_some() {
            // A member who has signed out everywhere must not be signed in again by a session that the issuer still remembers.
            query.push(("prompt", "login"));
        }
        url::leave_to(&[&endpoints.authorization, "?", &url::encode_pairs(&query)].concat());
        Ok(())
    }

    /// The issuer has led back with this query; gives the path to go on with.
    pub(super) async fn finish(&self, query: &[(String, String)]) -> Result<String, ApiError> {
        let value = |name: &str| value_of(query, name);
        let name = [PENDING, value("state")].concat();
        let pending = storage::get(Area::Session, &name).and_then(|text| Pending::read(&text));
        storage::set(Area::Session, &name, None);
        let Some(pending) = pending else {
            return Err(ApiError::browser(texts::NOT_PENDING));
        };
        if let Some(why) = refusal(query) {
            return Err(ApiError::browser(texts::issuer_refused(why)));
        }
        let endpoints = self.endpoints().await?;
        if !value("iss").is_empty() && value("iss") != endpoints.issuer {
            return Err(ApiError::browser(texts::OTHER_ISSUER));
        }
        let form = url::encode_pairs(&[
            ("grant_type", "authorization_code"),
            ("client_id", &self.client),
            ("code", value("code")),
            ("redirect_uri", &redirect()),
            ("code_verifier", &pending.verifier),
        ]);
        let tokens = match post(&endpoints.token, &form).await {
            Outcome::Tokens(tokens) => tokens,
            Outcome::Over => return Err(ApiError::browser(texts::TOOK_TOO_LONG)),
            Outcome::Later => return Err(ApiError::Unreachable),
        };
        let payload = tokens.identity.split('.').nth(1).and_then(random::decode_base64url).unwrap_or_default();
        let flaw = oidc::flaw(&payload, &endpoints.issuer, &self.client, &pending.nonce, wall_clock());
        if let Some(flaw) = flaw {
            return Err(ApiError::browser(texts::token_rejected(flaw)));
        }
        self.has_expired.replace(false);
        self.store(tokens);
        self.broadcast("in");
        self.notify(TokenChange::SignedIn);
        Ok(pending.back)
    }

    /// The server refuses also a token that was renewed just now: its member has signed out everywhere, and has to sign in again.
    pub(super) fn expire(&self) {
        self.has_expired.replace(true);
        self.access.replace(Access::default());
        self.notify(TokenChange::Expired);
    }

    /// The member does not sign in again now: forgets the tokens, which are refused anyway, and notifies all tabs.
    pub(super) fn abandon(&self) {
        self.forget();
        storage::set(Area::Local, ASK_AGAIN, Some("yes"));
        self.broadcast("abandoned");
        self.notify(TokenChange::Abandoned);
    }

    fn forget(&self) {
        storage::set(Area::Local, REFRESH_TOKEN, None);
        self.access.replace(Access::default());
        self.has_expired.replace(false);
    }

    /// Revokes the tokens, notifies all tabs, and leaves for the issuer's own sign-out.
    pub(super) async fn end(&self) {
        storage::remove_all(Area::Session, PENDING);
        let refresh = storage::get(Area::Local, REFRESH_TOKEN);
        self.forget();
        self.broadcast("out");
        let endpoints = self.endpoints().await.ok();
        self.notify(TokenChange::SignedOut);
        let Some(endpoints) = endpoints else { return };
        if let (false, Some(refresh)) = (endpoints.revocation.is_empty(), refresh) {
            let form = url::encode_pairs(&[("token", &refresh), ("client_id", &self.client)]);
            _ = post(&endpoints.revocation, &form).await;
        }
        if !endpoints.end_session.is_empty() {
            let home = url::origin() + "/";
            // Cognito knows the second name, the standard the first.
            let query =
                [("client_id", self.client.as_str()), ("post_logout_redirect_uri", &home), ("logout_uri", &home)];
            url::leave_to(&[&endpoints.end_session, "?", &url::encode_pairs(&query)].concat());
        }
    }

    fn is_due(&self) -> bool {
        let access = self.access.borrow();
        oidc::is_due(access.expires, access.seconds, wall_clock())
    }

    /// Renews, unless another tab has done so while this one waited for the lock: then there is another token than the
    /// one `before`.
    async fn renew(&self, before: &str) {
        let fresh = self.access.borrow().token != before && !self.is_due();
        let Some(refresh) = storage::get(Area::Local, REFRESH_TOKEN).filter(|_| !fresh) else { return };
        let Ok(endpoints) = self.endpoints().await else { return };
        let form = url::encode_pairs(&[
            ("grant_type", "refresh_token"),
            ("client_id", &self.client),
            ("refresh_token", &refresh),
        ]);
        let outcome = post(&endpoints.token, &form).await;
        // The user has signed in or out meanwhile: this answer is obsolete, and its refusal is no expiry.
        if storage::get(Area::Local, REFRESH_TOKEN).as_ref() != Some(&refresh) {
            return;
        }
        match outcome {
            Outcome::Tokens(tokens) => {
                self.store(tokens);
                self.broadcast("renewed");
                self.notify(TokenChange::Renewed);
            }
            Outcome::Over => self.expire(),
            // No network: later.
            Outcome::Later => {}
        }
    }

    fn store(&self, tokens: Tokens) {
        if !tokens.refresh.is_empty() {
            storage::set(Area::Local, REFRESH_TOKEN, Some(&tokens.refresh));
        }
        storage::set(Area::Local, ASK_AGAIN, None);
        let expires = wall_clock() + tokens.seconds * 1_000.0;
        self.access.replace(Access { token: tokens.access, expires, seconds: tokens.seconds });
    }

    async fn endpoints(&self) -> Result<Endpoints, ApiError> {
        if let Some(known) = self.endpoints.borrow().clone() {
            return Ok(known);
        }
        let issuer = self.issuer.as_deref().ok_or_else(|| ApiError::browser(texts::NO_ISSUER))?;
        let path = [issuer, "/.well-known/openid-configuration"].concat();
        let answer = send_raw(&path).await.ok().filter(|answer| answer.status == 200);
        let endpoints = answer.and_then(|answer| Endpoints::read(&answer.body));
        let endpoints = endpoints.ok_or_else(|| ApiError::browser(texts::ISSUER_UNREACHABLE))?;
        if !oidc::is_issuer(issuer, &endpoints.issuer, &url::origin()) {
            return Err(ApiError::browser(texts::OTHER_ISSUER));
        }
        self.endpoints.replace(Some(endpoints.clone()));
        Ok(endpoints)
    }

    fn broadcast(&self, what: &str) {
        let access = self.access.borrow();
        let message =
            json!({"what": what, "token": access.token, "expires": access.expires, "seconds": access.seconds});
        if let Some(channel) = self.channel.borrow().as_ref() {
            channel.send(&message.to_string());
        }
    }

    fn receive(&self, text: &str) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let number = |name: &str| message[name].as_f64().unwrap_or_default();
        let token = message["token"].as_str().unwrap_or_default().to_owned();
        self.access.replace(Access { token, expires: number("expires"), seconds: number("seconds") });
        self.has_expired.replace(false);
        self.notify(match message["what"].as_str() {
            Some("in") => TokenChange::SignedIn,
            Some("out") => TokenChange::SignedOut,
            Some("abandoned") => TokenChange::Abandoned,
            _ => TokenChange::Renewed,
        });
    }

    fn notify(&self, change: TokenChange) {
        if let Some(on_change) = self.on_change.borrow().as_ref() {
            on_change(change);
        }
    }
}

/// The value of a query's parameter; empty if it has none.
fn value_of<'a>(query: &'a [(String, String)], name: &str) -> &'a str {
    query.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value.as_str())
}

/// Why the issuer refuses, if it does: in its words, or else its code (RFC 6749, section 4.1.2.1).
fn refusal(query: &[(String, String)]) -> Option<&str> {
    let code = Some(value_of(query, "error")).filter(|code| !code.is_empty())?;
    Some(Some(value_of(query, "error_description")).filter(|text| !text.is_empty()).unwrap_or(code))
}

/// Whether a token is sent, if the page had the one `before` it. What could not be renewed may still be valid: the server decides.
fn is_worth_a_try(token: &str, before: &str, was_rejected: bool) -> bool {
    !token.is_empty() && (!was_rejected || token != before)
}

fn redirect() -> String {
    url::origin() + RETURN_PATH
}

fn wall_clock() -> f64 {
    clock::now().milliseconds() as f64
}

async fn post(address: &str, form: &str) -> Outcome {
    match send_form(address, form).await {
        Ok(answer) => oidc::outcome(answer.status, &answer.body),
        Err(_) => Outcome::Later,
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use std::cell::Cell;

    use super::*;

    impl TokenStore {
        /// A store that shares nothing with other tabs: there is no browser.
        pub(in crate::auth) fn without_browser(issuer: Option<&str>) -> Rc<Self> {
            Rc::new(Self {
                issuer: issuer.map(str::to_owned),
                client: "rally".to_owned(),
                endpoints: RefCell::default(),
                access: RefCell::default(),
                has_expired: RefCell::new(false),
                on_change: RefCell::new(None),
                channel: RefCell::new(None),
            })
        }
    }

    fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn another_tab_shares_its_token_and_says_what_has_happened() {
        let store = TokenStore::without_browser(Some("https://id.example"));
        let last = Rc::new(Cell::new(None));
        let seen = Rc::clone(&last);
        store.on_change(move |change| seen.set(Some(change)));
        for (what, change) in [
            ("in", TokenChange::SignedIn),
            ("renewed", TokenChange::Renewed),
            ("out", TokenChange::SignedOut),
            ("abandoned", TokenChange::Abandoned),
            ("something new", TokenChange::Renewed),
        ] {
            store.has_expired.replace(true);
            store.receive(&json!({"what": what, "token": what, "expires": 7_000.0, "seconds": 7.0}).to_string());
            assert_eq!(last.take(), Some(change), "{what}");
            assert_eq!(store.access.borrow().token, what);
            assert!(!*store.has_expired.borrow(), "what expired here does not matter any more");
        }
    }

    #[test]
    fn a_message_that_cannot_be_read_leaves_no_token() {
        let store = TokenStore::without_browser(Some("https://id.example"));
        store.receive(&json!({"what": "in", "token": "a", "expires": 7_000.0, "seconds": 7.0}).to_string());
        store.receive("{");
        let access = store.access.borrow();
        assert_eq!((access.token.as_str(), access.expires), ("", 0.0), "it is renewed before the next request");
    }

    #[test]
    fn after_an_expiry_no_request_gets_a_token() {
        let store = TokenStore::without_browser(Some("https://id.example"));
        store.has_expired.replace(true);
        assert_eq!(store.access_token(true).now_or_never(), Some(None));
    }

    #[test]
    fn a_token_that_is_refused_though_it_is_new_ends_the_sign_in() {
        let store = TokenStore::without_browser(Some("https://id.example"));
        store.receive(&json!({"what": "renewed", "token": "a", "expires": f64::MAX, "seconds": 7.0}).to_string());
        let last = Rc::new(Cell::new(None));
        let seen = Rc::clone(&last);
        store.on_change(move |change| seen.set(Some(change)));
        store.expire();
        assert_eq!(last.take(), Some(TokenChange::Expired));
        assert_eq!(store.access_token(true).now_or_never(), Some(None), "no request gets the old token");
    }

    #[test]
    fn without_a_new_sign_in_the_session_ends() {
        let store = TokenStore::without_browser(Some("https://id.example"));
        storage::set(Area::Local, REFRESH_TOKEN, Some("r"));
        store.expire();
        assert!(store.is_signed_in(), "they are asked first");
        let last = Rc::new(Cell::new(None));
        let seen = Rc::clone(&last);
        store.on_change(move |change| seen.set(Some(change)));
        store.abandon();
        assert_eq!((last.take(), store.is_signed_in()), (Some(TokenChange::Abandoned), false));
        assert!(storage::get(Area::Local, ASK_AGAIN).is_some(), "the issuer may remember who it was");
    }

    #[test]
    fn without_an_issuer_no_user_is_signed_in() {
        let store = TokenStore::without_browser(None);
        assert!(!store.has_issuer() && !store.is_signed_in());
        let begun = store.endpoints().now_or_never();
        assert_eq!(begun, Some(Err(ApiError::browser(texts::NO_ISSUER))));
    }

    #[test]
    fn a_rejected_token_is_not_sent_twice() {
        assert!(is_worth_a_try("a", "a", false));
        assert!(!is_worth_a_try("a", "a", true));
        assert!(is_worth_a_try("b", "a", true), "it was renewed");
        assert!(!is_worth_a_try("", "a", false) && !is_worth_a_try("", "a", true));
    }

    #[test]
    fn an_error_of_the_issuer_shows_its_description_or_its_code() {
        assert_eq!(refusal(&query(&[("code", "c"), ("state", "s")])), None);
        assert_eq!(refusal(&query(&[("error", "access_denied")])), Some("access_denied"));
        let described = query(&[("error_description", "You are not allowed"), ("error", "access_denied")]);
        assert_eq!(refusal(&described), Some("You are not allowed"));
        assert_eq!(refusal(&query(&[("error_description", "without a code"), ("error", "")])), None);
    }

    #[test]
    fn of_a_repeated_parameter_the_first_counts() {
        let query = query(&[("state", "a"), ("state", "b")]);
        assert_eq!((value_of(&query, "state"), value_of(&query, "iss")), ("a", ""));
    }
}
