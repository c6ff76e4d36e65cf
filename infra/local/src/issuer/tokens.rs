//! The claims of tokens, as in Cognito's, so that the backend reads both in the same way. Never signs one.

use serde_json::{Value, json};

use super::grants::User;

/// The scopes of every token, whatever the request named.
pub(super) const SCOPE: &str = "openid";

/// The common claims of all tokens of one response.
pub(super) struct Claims<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) user: &'a User,
    /// Epoch seconds.
    pub(super) now: u64,
    /// Seconds.
    pub(super) lifetime: u64,
}

impl Claims<'_> {
    /// The access token (`token_use` as in "Understanding the access token" of Cognito's guide).
    pub(super) fn access(&self, id: &str) -> Value {
        let mut claims = self.common("access");
        claims["client_id"] = json!(self.client);
        claims["username"] = json!(self.user.name);
        claims["scope"] = json!(SCOPE);
        claims["jti"] = json!(id);
        claims
    }

    /// The ID token (OpenID Connect Core 1.0, section 2).
    pub(super) fn identity(&self, nonce: Option<&str>) -> Value {
        let mut claims = self.common("id");
        claims["aud"] = json!(self.client);
        claims["cognito:username"] = json!(self.user.name);
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        claims
    }

    fn common(&self, token_use: &str) -> Value {
        let mut claims = json!({
            "iss": self.issuer,
            "sub": self.user.id(),
            "name": self.user.name,
            "token_use": token_use,
            "auth_time": self.user.since,
            "iat": self.now,
            "exp": self.now + self.lifetime,
        });
        if let Some(group) = &self.user.group {
            claims["cognito:groups"] = json!([group]);
        }
        claims
    }
}
