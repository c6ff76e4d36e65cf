//! Sign-in by OpenID Connect: the requests to the issuer, and which of its responses are accepted. Pure; `tokens` does the I/O.
//!
//! Authorization code with PKCE (RFC 7636), as "OAuth 2.0 for Browser-Based Applications" requires.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A token that expires within this time, in milliseconds, is renewed before it is used; or within a tenth of its lifetime, if that is
/// shorter.
const MARGIN: f64 = 60_000.0;

/// The path that the issuer leads back to.
pub(crate) const RETURN_PATH: &str = "/signed-in";

/// The endpoints of the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// The tokens' `iss`.
    pub(crate) issuer: String,
    pub(crate) authorization: String,
    pub(crate) token: String,
    /// Empty if the issuer has none.
    pub(crate) revocation: String,
    /// Empty if the issuer has none.
    pub(crate) end_session: String,
}

impl Endpoints {
    /// Reads a discovery document.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        let endpoints = Self {
            issuer: text("issuer"),
            authorization: text("authorization_endpoint"),
            token: text("token_endpoint"),
            revocation: text("revocation_endpoint"),
            end_session: text("end_session_endpoint"),
        };
        let complete =
            ![&endpoints.issuer, &endpoints.authorization, &endpoints.token].iter().any(|one| one.is_empty());
        complete.then_some(endpoints)
    }
}

/// A sign-in under way: stored in the tab until the issuer leads back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    /// Where to go on afterwards.
    pub(crate) back: String,
}

impl Pending {
    /// As it is stored.
    pub(crate) fn to_json(&self) -> String {
        json!({"nonce": self.nonce, "verifier": self.verifier, "back": self.back}).to_string()
    }

    /// Reads what was stored.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let stored: Value = serde_json::from_str(text).ok()?;
        let text = |name: &str| stored[name].as_str().map(str::to_owned);
        Some(Self { nonce: text("nonce")?, verifier: text("verifier")?, back: own_path(&text("back")?) })
    }
}

/// A path of this site; anything else is replaced by the home page, so that a forged value leads to no other site. Browsers drop tabs and
/// line breaks from an address, and take a backslash for a slash (URL Standard, section 4.4).
pub(crate) fn own_path(path: &str) -> String {
    let has_strange = path.contains("//") || path.contains(|one: char| one == '\\' || one.is_control());
    let ours = path.starts_with('/') && !has_strange && !path.starts_with(RETURN_PATH);
    if ours { path.to_owned() } else { "/".to_owned() }
}

/// Whether a discovery document is of the issuer at this address (OpenID Connect Discovery 1.0, section 4.3). An issuer on this site's own
/// origin may call itself by another name of it.
pub(crate) fn is_issuer(address: &str, said: &str, origin: &str) -> bool {
    address.trim_end_matches('/') == said.trim_end_matches('/') || address.starts_with(&[origin, "/"].concat())
}

/// The SHA-256 of a verifier: its base64url is the challenge (RFC 7636, section 4.2).
pub(crate) fn challenge(verifier: &str) -> [u8; 32] {
    Sha256::digest(verifier).into()
}

/// The result of a token request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The issuer gave tokens.
    Tokens(Tokens),
    /// The issuer refused: the member has to sign in again.
    Over,
    /// The issuer could not be reached; a later try may succeed.
    Later,
}

/// Tokens, as the issuer gave them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    /// Empty if the one before stays valid.
    pub(crate) refresh: String,
    /// Empty if there is none.
    pub(crate) identity: String,
    /// The access token's lifetime, in seconds.
    pub(crate) seconds: f64,
}

/// Reads the token endpoint's answer (RFC 6749, sections 5.1 and 5.2).
pub(crate) fn outcome(status: u16, body: &str) -> Outcome {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    match status {
        200 if answer["access_token"].is_string() => Outcome::Tokens(Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
            identity: text("id_token"),
            seconds: answer["expires_in"].as_f64().unwrap_or(300.0),
        }),
        400 | 401 => Outcome::Over,
        _ => Outcome::Later,
    }
}

/// Whether a token that expires at `expires` (milliseconds) and has a lifetime of `seconds` is to be renewed at `now` (milliseconds).
pub(crate) fn is_due(expires: f64, seconds: f64, now: f64) -> bool {
    expires - now < MARGIN.min(seconds * 100.0)
}

/// Why an ID token is not accepted; `None` if it is.
///
/// Its signature need not be checked, since it came straight from the issuer (OpenID Connect Core 1.0, section 3.1.3.7).
pub(crate) fn flaw(payload: &str, issuer: &str, client: &str, nonce: &str, now: f64) -> Option<&'static str> {
    let Ok(claims) = serde_json::from_str::<Value>(payload) else { return Some("it cannot be read") };
    let audience = &claims["aud"];
    let is_for_us = audience == client || audience.as_array().is_some_and(|all| all.iter().any(|one| one == client));
    let ends = claims["exp"].as_f64().unwrap_or_default() * 1_000.0;
    if claims["iss"] != issuer {
        Some("it is another issuer's")
    } else if !is_for_us {
        Some("it is for another site")
    } else if claims["nonce"] != nonce {
        Some("it answers another request")
    // A clock that is wrong by some minutes is no reason to lock its owner out.
    } else if ends + 300_000.0 < now {
        Some("it is too old")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_rfcs() {
        let hash = challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let expected = [
            19, 211, 30, 150, 26, 26, 216, 236, 47, 22, 177, 12, 76, 152, 46, 8, 118, 168, 120, 173, 109, 241, 68, 86,
            110, 225, 137, 74, 203, 112, 249, 195,
        ];
        assert_eq!(hash, expected);
    }

    #[test]
    fn only_a_path_of_our_own_is_gone_back_to() {
        assert_eq!(own_path("/rooms/k3j9x0a2bc?x=1"), "/rooms/k3j9x0a2bc?x=1");
        for strange in [
            "https://example.org",
            "//example.org",
            "javascript:alert(1)",
            "",
            "/\\example.org",
            "/signed-in?x",
            "/\t/example.org",
            "/\n/example.org",
            "/rooms\r",
            "/\u{0}",
            "/\u{85}x",
            "/rooms//example.org",
            "/rooms?x=\\",
        ] {
            assert_eq!(own_path(strange), "/", "{strange:?}");
        }
    }

    #[test]
    fn a_discovery_document_of_another_issuer_is_not_used() {
        let is_ours = |said| is_issuer("https://id.example/pool", said, "https://rally.example");
        assert!(is_ours("https://id.example/pool") && is_ours("https://id.example/pool/"));
        for other in ["", "https://id.example", "https://id.example/pool2", "http://id.example/pool"] {
            assert!(!is_ours(other), "{other}");
        }
        assert!(is_issuer("http://localhost:8080/oidc", "http://127.0.0.1:8080/oidc", "http://localhost:8080"));
        assert!(!is_issuer("https://rally.example.org/oidc", "https://evil.example", "https://rally.example"));
    }

    #[test]
    fn a_token_is_renewed_before_it_ends() {
        assert!(!is_due(3_600_000.0, 3_600.0, 0.0));
        assert!(is_due(3_600_000.0, 3_600.0, 3_540_001.0));
        assert!(!is_due(2_000.0, 2.0, 1_000.0), "a short one is not due all the time");
        assert!(is_due(2_000.0, 2.0, 1_900.0));
    }

    #[test]
    fn an_answer_is_tokens_or_the_end_or_nothing_yet() {
        let tokens = r#"{"access_token":"a","refresh_token":"r","expires_in":60}"#;
        assert!(matches!(outcome(200, tokens), Outcome::Tokens(tokens) if tokens.refresh == "r"));
        assert_eq!(outcome(400, r#"{"error":"invalid_grant"}"#), Outcome::Over);
        assert_eq!(outcome(503, ""), Outcome::Later);
        assert_eq!(outcome(200, "<html>"), Outcome::Later);
    }

    #[test]
    fn a_token_that_is_not_ours_is_not_accepted() {
        let claims = |issuer: &str, audience: Value, nonce: &str, ends: u64| {
            json!({"iss": issuer, "aud": audience, "nonce": nonce, "exp": ends}).to_string()
        };
        let judge = |payload: &str| flaw(payload, "i", "rally", "n", 1_000_000.0);
        assert_eq!(judge(&claims("i", json!("rally"), "n", 2_000)), None);
        assert_eq!(judge(&claims("i", json!(["x", "rally"]), "n", 2_000)), None);
        for bad in [
            claims("j", json!("rally"), "n", 2_000),
            claims("i", json!("other"), "n", 2_000),
            claims("i", json!("rally"), "m", 2_000),
            claims("i", json!("rally"), "n", 600),
            "nothing".to_owned(),
        ] {
            assert!(judge(&bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_discovery_document_without_what_signing_in_needs_is_not_used() {
        let document = json!({"issuer": "https://id.example", "authorization_endpoint": "https://id.example/authorize",
            "token_endpoint": "https://id.example/token"});
        let endpoints = Endpoints::read(&document.to_string()).unwrap();
        assert_eq!((endpoints.revocation.as_str(), endpoints.end_session.as_str()), ("", ""), "both are optional");
        for needed in ["issuer", "authorization_endpoint", "token_endpoint"] {
            let mut incomplete = document.clone();
            incomplete[needed] = json!(null);
            assert_eq!(Endpoints::read(&incomplete.to_string()), None, "{needed}");
        }
        assert_eq!(Endpoints::read("<html>"), None);
    }

    #[test]
    fn a_pending_sign_in_is_read_as_it_was_stored() {
        let pending = Pending { nonce: "n".to_owned(), verifier: "v".to_owned(), back: "/rooms?x=\"1\"".to_owned() };
        assert_eq!(Pending::read(&pending.to_json()), Some(pending.clone()));
        let forged = Pending { back: "https://example.org".to_owned(), ..pending };
        assert_eq!(Pending::read(&forged.to_json()).map(|read| read.back).as_deref(), Some("/"));
        for incomplete in ["", "{}", r#"{"nonce":"n","verifier":"v"}"#, r#"{"nonce":1,"verifier":"v","back":"/"}"#] {
            assert_eq!(Pending::read(incomplete), None, "{incomplete}");
        }
    }

    #[test]
    fn what_the_issuer_leaves_out_has_a_safe_default() {
        let Outcome::Tokens(tokens) = outcome(200, r#"{"access_token":"a"}"#) else { panic!("these are tokens") };
        let expected = Tokens { access: "a".to_owned(), seconds: 300.0, ..Tokens::default() };
        assert_eq!(tokens, expected, "no new refresh token: the old one stays");
    }

    #[test]
    fn only_a_refusal_ends_a_sign_in() {
        for (status, expected) in [
            (400, Outcome::Over),
            (401, Outcome::Over),
            (403, Outcome::Later),
            (404, Outcome::Later),
            (429, Outcome::Later),
            (500, Outcome::Later),
            (200, Outcome::Later),
        ] {
            assert_eq!(outcome(status, r#"{"error":"invalid_grant"}"#), expected, "{status}");
        }
    }

    #[test]
    fn each_flaw_of_a_token_has_its_own_reason() {
        let claims = json!({"iss": "i", "aud": ["rally"], "nonce": "n", "exp": 1_000});
        let judge = |name: &str, value: Value, now: f64| {
            let mut claims = claims.clone();
            claims[name] = value;
            flaw(&claims.to_string(), "i", "rally", "n", now)
        };
        assert_eq!(judge("iss", json!("j"), 0.0), Some("it is another issuer's"));
        assert_eq!(judge("aud", json!(["other"]), 0.0), Some("it is for another site"));
        assert_eq!(judge("aud", json!(null), 0.0), Some("it is for another site"));
        assert_eq!(judge("nonce", json!(null), 0.0), Some("it answers another request"));
        assert_eq!(judge("exp", json!(null), 1_000_000.0), Some("it is too old"));
        assert_eq!(judge("iss", json!("i"), 1_300_000.0), None, "a clock may be wrong by five minutes");
        assert_eq!(judge("iss", json!("i"), 1_300_001.0), Some("it is too old"));
    }

    proptest! {
        /// Whatever a forged value says, the browser stays on this site and does not sign in again in a loop.
        #[test]
        fn the_way_back_is_on_this_site(path in "[/\\\\a-z:.?#@\t\n-]{0,12}") {
            let back = own_path(&path);
            prop_assert!(back.starts_with('/') && !back.contains("//") && !back.contains('\\'));
            prop_assert!(!back.contains(char::is_control));
            prop_assert!(!back.starts_with(RETURN_PATH));
            prop_assert!(back == path || back == "/");
            prop_assert_eq!(own_path(&back), back);
        }

        #[test]
        fn a_token_that_is_due_stays_due(seconds in 1_u32..100_000, early in 0_u32..100_000, wait in 0_u32..100_000) {
            let (seconds, expires) = (f64::from(seconds), f64::from(seconds) * 1_000.0);
            let now = f64::from(early) * 1_000.0;
            prop_assert!(!is_due(expires, seconds, now) || is_due(expires, seconds, now + f64::from(wait)));
            prop_assert!(!is_due(expires, seconds, 0.0), "a new token is used first");
            prop_assert!(is_due(expires, seconds, expires), "one that has expired is never sent");
        }
    }
}
