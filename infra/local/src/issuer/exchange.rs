//! `/oidc/token` and `/oidc/revoke`: codes and refresh tokens in, tokens out. Never shows a sign-in page.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::forms::{self, oauth_error};
use super::grants::User;
use super::keys::KeyError;
use super::tokens::{Claims, SCOPE};
use super::{CLIENT_ID, Issuer, digest, seconds, secret};

/// `POST /oidc/token` (RFC 6749, sections 4.1.3 and 6).
pub(super) async fn token(State(issuer): State<Issuer>, body: Bytes) -> Response {
    let Some(fields) = forms::read(&body) else {
        return oauth_error("invalid_request", "the form repeats a field");
    };
    let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    if value("client_id") != CLIENT_ID {
        return oauth_error("invalid_client", "this issuer knows only the client rally");
    }
    let (next, name, id) = match (secret(), secret(), secret()) {
        (Ok(next), Ok(name), Ok(id)) => (next, name, id),
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return forms::internal_error(&error),
    };
    let now = seconds();
    match value("grant_type") {
        "authorization_code" => {
            let granted = issuer.grants().exchange(value("code"), &name, &next, now);
            let Some(code) = granted else {
                return oauth_error("invalid_grant", "the code is unknown, used or expired");
            };
            if !verifies(value("code_verifier"), &code.challenge) || value("redirect_uri") != code.redirect {
                issuer.grants().revoke(&name);
                return oauth_error("invalid_grant", "the code was issued for another client or another redirect_uri");
            }
            let nonce = Some(code.nonce.as_str()).filter(|nonce| !nonce.is_empty());
            token_response(&issuer, &code.user, nonce, &format!("{name}.{next}"), &id, now).await
        }
        "refresh_token" => {
            let (family, secret) = value("refresh_token").split_once('.').unwrap_or_default();
            let user = issuer.grants().refresh(family, secret, &next, now);
            match user {
                Some(user) => token_response(&issuer, &user, None, &format!("{family}.{next}"), &id, now).await,
                None => oauth_error("invalid_grant", "the refresh token is unknown, used or expired"),
            }
        }
        _ => oauth_error("unsupported_grant_type", "grant_type must be authorization_code or refresh_token"),
    }
}

/// `POST /oidc/revoke`: always 200, as RFC 7009, section 2.2, requires.
pub(super) async fn revoke(State(issuer): State<Issuer>, body: Bytes) -> Response {
    let Some(fields) = forms::read(&body) else {
        return oauth_error("invalid_request", "the form repeats a field");
    };
    if let Some((family, _)) = fields.get("token").and_then(|token| token.split_once('.')) {
        issuer.grants().revoke(family);
    }
    StatusCode::OK.into_response()
}

/// Whether a verifier matches a challenge (RFC 7636, sections 4.1 and 4.6).
fn verifies(verifier: &str, challenge: &str) -> bool {
    let is_valid = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    is_valid && digest(verifier).as_bytes().ct_eq(challenge.as_bytes()).into()
}

async fn token_response(
    issuer: &Issuer,
    user: &User,
    nonce: Option<&str>,
    refresh: &str,
    id: &str,
    now: u64,
) -> Response {
    let lifetime = issuer.inner.lifetime.as_secs();
    let claims = Claims { issuer: issuer.name(), client: CLIENT_ID, user, now, lifetime };
    let keys = &issuer.inner.keys;
    let signed =
        async { Ok::<_, KeyError>((keys.sign(&claims.access(id)).await?, keys.sign(&claims.identity(nonce)).await?)) };
    match signed.await {
        Ok((access, identity)) => Json(json!({
            "access_token": access,
            "id_token": identity,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": SCOPE,
        }))
        .into_response(),
        Err(error) => forms::internal_error(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_matches_only_its_own_challenge() {
        // RFC 7636, appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(verifies("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge));
        for other in ["", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK", challenge] {
            assert!(!verifies(other, challenge), "{other}");
        }
        for length in [42, 43, 128, 129] {
            let verifier = "v".repeat(length);
            assert_eq!(verifies(&verifier, &digest(&verifier)), (43..=128).contains(&length));
        }
        let not_ascii = "é".repeat(40);
        assert!(!verifies(&not_ascii, &digest(&not_ascii)));
    }
}
