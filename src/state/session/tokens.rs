//! The tokens of who is signed in: had, renewed by one tab for all, and given back. Knows the issuer's addresses; decides
//! nothing that `sign_in` can decide.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::browser::http::{self, Request};
use crate::browser::storage::{self, Kept};
use crate::browser::tabs::{self, Tabs};
use crate::browser::{clock, navigation, secrets};
use crate::state::api::Failure;
use crate::state::sign_in::{self, Endpoints, Outcome, Pending, RETURN_PATH, Tokens};

/// Where the refresh token is kept.
const REFRESH: &str = "rally-refresh";
/// What tabs tell each other under, and take turns under.
const SHARED: &str = "rally-session";
/// What a sign-in that was begun is kept under, with its state.
const PENDING: &str = "rally-sign-in-";

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The same person has another token.
    Renewed,
    /// Somebody has signed in, here or in another tab.
    SignedIn,
    /// The issuer gives no more tokens: they have to sign in again.
    Over,
    /// They have signed out, here or in another tab.
    SignedOut,
}

/// An access token, and when it ends (milliseconds of the wall clock).
#[derive(Debug, Clone, Default)]
struct Access {
    token: String,
    expires: f64,
    seconds: f64,
}

/// Hears of changes.
type Tell = Box<dyn Fn(Change)>;

/// The tokens.
pub(super) struct TokenStore {
    issuer: Option<String>,
    client: String,
    endpoints: RefCell<Option<Endpoints>>,
    access: RefCell<Access>,
    /// Whether renewing is of no use: the issuer has said so.
    is_over: RefCell<bool>,
    tell: RefCell<Option<Tell>>,
    tabs: RefCell<Option<Tabs>>,
}

impl TokenStore {
    pub(super) fn start(issuer: Option<String>, client: String) -> Rc<Self> {
        let store = Rc::new(Self {
            issuer,
            client,
            endpoints: RefCell::new(None),
            access: RefCell::default(),
            is_over: RefCell::new(false),
            tell: RefCell::new(None),
            tabs: RefCell::new(None),
        });
        let hears = Rc::downgrade(&store);
        let tabs = Tabs::listen(SHARED, move |text| {
            if let Some(store) = hears.upgrade() {
                store.hear(&text);
            }
        });
        store.tabs.replace(Some(tabs));
        store
    }

    /// Tells each change, from now on.
    pub(super) fn when_changed(&self, tell: impl Fn(Change) + 'static) {
        self.tell.replace(Some(Box::new(tell)));
    }

    pub(super) fn can_sign_in(&self) -> bool {
        self.issuer.is_some()
    }

    /// Whether somebody has signed in and not out, as far as this browser remembers.
    pub(super) fn is_signed_in(&self) -> bool {
        self.issuer.is_some() && storage::get(Kept::Always, REFRESH).is_some()
    }

    /// A token that is good, renewed if need be; `refused` says that the server takes the present one no longer.
    pub(super) async fn access(self: &Rc<Self>, refused: bool) -> Option<String> {
        let before = self.access.borrow().token.clone();
        if !refused && !self.is_due() {
            return Some(before);
        }
        if *self.is_over.borrow() {
            return None;
        }
        let store = Rc::clone(self);
        let known = before.clone();
        tabs::in_turn(SHARED, Box::pin(async move { store.renew(&known).await })).await;
        let access = self.access.borrow();
        // What could not be renewed may still be good: the server decides.
        let worth_a_try = !access.token.is_empty() && (!refused || access.token != before);
        worth_a_try.then(|| access.token.clone())
    }

    /// Leads to the issuer; `back` is the page to go on with.
    pub(super) async fn begin(&self, back: &str) -> Result<(), Failure> {
        let endpoints = self.endpoints().await?;
        let (state, nonce, verifier) = (secrets::random(), secrets::random(), secrets::random());
        let challenge = secrets::base64url(&sign_in::challenge(&verifier));
        let pending = Pending { nonce: nonce.clone(), verifier, back: sign_in::own_path(back) };
        storage::set(Kept::InTab, &[PENDING, &state].concat(), Some(&pending.to_json()));
        let query = navigation::encoded(&[
            ("response_type", "code"),
            ("client_id", &self.client),
            ("redirect_uri", &redirect()),
            ("scope", "openid"),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        navigation::leave(&[&endpoints.authorization, "?", &query].concat());
        Ok(())
    }

    /// The issuer has led back with this query; gives the page to go on with.
    pub(super) async fn finish(&self, query: &[(String, String)]) -> Result<String, Failure> {
        let value = |name: &str| query.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value.as_str());
        let name = [PENDING, value("state")].concat();
        let pending = storage::get(Kept::InTab, &name).and_then(|text| Pending::read(&text));
        storage::set(Kept::InTab, &name, None);
        let Some(pending) = pending else {
            return Err(Failure::new("This sign-in was not begun in this tab, or is done already. Sign in once more."));
        };
        if !value("error").is_empty() {
            let why = [value("error_description"), value("error")].into_iter().find(|text| !text.is_empty());
            return Err(Failure::new(format!("The sign-in page says no: {}.", why.unwrap_or_default())));
        }
        let endpoints = self.endpoints().await?;
        if !value("iss").is_empty() && value("iss") != endpoints.issuer {
            return Err(Failure::new(
                "The answer came from another sign-in page than the one asked. Sign in once more.",
            ));
        }
        let form = navigation::encoded(&[
            ("grant_type", "authorization_code"),
            ("client_id", &self.client),
            ("code", value("code")),
            ("redirect_uri", &redirect()),
            ("code_verifier", &pending.verifier),
        ]);
        let tokens = match post(&endpoints.token, &form).await {
            Outcome::Tokens(tokens) => tokens,
            Outcome::Over => return Err(Failure::new("The sign-in took too long. Sign in once more.")),
            Outcome::Later => return Err(Failure::unreachable()),
        };
        let payload = tokens.identity.split('.').nth(1).and_then(secrets::text_of).unwrap_or_default();
        let flaw = sign_in::flaw(&payload, &endpoints.issuer, &self.client, &pending.nonce, wall_clock());
        if let Some(flaw) = flaw {
            return Err(Failure::new(format!("The sign-in cannot be believed: {flaw}. Sign in once more.")));
        }
        self.is_over.replace(false);
        self.keep(tokens);
        self.share("in");
        self.tell(Change::SignedIn);
        Ok(pending.back)
    }

    /// Gives the tokens back, tells all tabs, and leads to the issuer's own sign-out.
    pub(super) async fn end(&self) {
        let refresh = storage::get(Kept::Always, REFRESH);
        storage::set(Kept::Always, REFRESH, None);
        self.access.replace(Access::default());
        self.share("out");
        let endpoints = self.endpoints().await.ok();
        self.tell(Change::SignedOut);
        let Some(endpoints) = endpoints else { return };
        if let (false, Some(refresh)) = (endpoints.revocation.is_empty(), refresh) {
            let form = navigation::encoded(&[("token", &refresh), ("client_id", &self.client)]);
            _ = post(&endpoints.revocation, &form).await;
        }
        if !endpoints.end_session.is_empty() {
            let home = navigation::origin() + "/";
            // Cognito knows the second name, the standard the first.
            let query =
                [("client_id", self.client.as_str()), ("post_logout_redirect_uri", &home), ("logout_uri", &home)];
            navigation::leave(&[&endpoints.end_session, "?", &navigation::encoded(&query)].concat());
        }
    }

    fn is_due(&self) -> bool {
        let access = self.access.borrow();
        sign_in::is_due(access.expires, access.seconds, wall_clock())
    }

    /// Renews, unless another tab has done so while this one waited for its turn: then there is another token than the
    /// one `before`.
    async fn renew(&self, before: &str) {
        let fresh = self.access.borrow().token != before && !self.is_due();
        let Some(refresh) = storage::get(Kept::Always, REFRESH).filter(|_| !fresh) else { return };
        let Ok(endpoints) = self.endpoints().await else { return };
        let form = navigation::encoded(&[
            ("grant_type", "refresh_token"),
            ("client_id", &self.client),
            ("refresh_token", &refresh),
        ]);
        let outcome = post(&endpoints.token, &form).await;
        // Somebody has signed in or out meanwhile: what was asked for is of no use, and its refusal no end.
        if storage::get(Kept::Always, REFRESH).as_ref() != Some(&refresh) {
            return;
        }
        match outcome {
            Outcome::Tokens(tokens) => {
                self.keep(tokens);
                self.share("renewed");
                self.tell(Change::Renewed);
            }
            Outcome::Over => {
                self.is_over.replace(true);
                self.access.replace(Access::default());
                self.tell(Change::Over);
            }
            // No network: later.
            Outcome::Later => {}
        }
    }

    fn keep(&self, tokens: Tokens) {
        if !tokens.refresh.is_empty() {
            storage::set(Kept::Always, REFRESH, Some(&tokens.refresh));
        }
        let expires = wall_clock() + tokens.seconds * 1_000.0;
        self.access.replace(Access { token: tokens.access, expires, seconds: tokens.seconds });
    }

    async fn endpoints(&self) -> Result<Endpoints, Failure> {
        if let Some(known) = self.endpoints.borrow().clone() {
            return Ok(known);
        }
        let issuer = self.issuer.as_deref().ok_or_else(|| Failure::new("Nobody can sign in here."))?;
        let path = [issuer, "/.well-known/openid-configuration"].concat();
        let request = Request {
            method: "GET",
            path: &path,
            body: None,
            content_type: "",
            bearer: None,
            visitor: None,
            revision: None,
        };
        let answer = http::send(&request).await.filter(|answer| answer.status == 200);
        let endpoints = answer.and_then(|answer| Endpoints::read(&answer.body));
        let message = "The sign-in page cannot be reached. Check your network, then try again.";
        let endpoints = endpoints.ok_or_else(|| Failure::new(message))?;
        self.endpoints.replace(Some(endpoints.clone()));
        Ok(endpoints)
    }

    fn share(&self, what: &str) {
        let access = self.access.borrow();
        let news = json!({"what": what, "token": access.token, "expires": access.expires, "seconds": access.seconds});
        if let Some(tabs) = self.tabs.borrow().as_ref() {
            tabs.tell(&news.to_string());
        }
    }

    fn hear(&self, text: &str) {
        let news: Value = serde_json::from_str(text).unwrap_or_default();
        let number = |name: &str| news[name].as_f64().unwrap_or_default();
        let token = news["token"].as_str().unwrap_or_default().to_owned();
        self.access.replace(Access { token, expires: number("expires"), seconds: number("seconds") });
        self.is_over.replace(false);
        self.tell(match news["what"].as_str() {
            Some("in") => Change::SignedIn,
            Some("out") => Change::SignedOut,
            _ => Change::Renewed,
        });
    }

    fn tell(&self, change: Change) {
        if let Some(tell) = self.tell.borrow().as_ref() {
            tell(change);
        }
    }
}

fn redirect() -> String {
    navigation::origin() + RETURN_PATH
}

fn wall_clock() -> f64 {
    clock::now().milliseconds() as f64
}

async fn post(address: &str, form: &str) -> Outcome {
    let request = Request {
        method: "POST",
        path: address,
        body: Some(form),
        content_type: "application/x-www-form-urlencoded",
        bearer: None,
        visitor: None,
        revision: None,
    };
    match http::send(&request).await {
        Some(answer) => sign_in::outcome(answer.status, &answer.body),
        None => Outcome::Later,
    }
}
