//! The issuer's routes, and the check of the client's address.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde_json::{Value, json};

use super::origin::RequestOrigin;
use super::{CLIENT_ID, Issuer, PATH, authorize, exchange, forms, page, request};

/// Maximum bytes of a form.
const BODY_LIMIT: usize = 16 * 1024;

/// The path of the keys.
const JWKS: &str = "/oidc/jwks";

/// All routes.
pub fn router(issuer: Issuer) -> Router {
    let style = async || ([(CONTENT_TYPE, "text/css"), (CACHE_CONTROL, "no-cache")], page::STYLE);
    Router::new()
        .route("/oidc/.well-known/openid-configuration", get(discovery))
        .route(JWKS, get(jwks))
        .route("/oidc/authorize", get(authorize::show).post(authorize::sign_in))
        .route("/oidc/token", post(exchange::token))
        .route("/oidc/revoke", post(exchange::revoke))
        .route("/oidc/logout", get(logout))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(issuer.clone(), restrict_access))
        // Not guarded: the error page uses it, too.
        .route("/oidc/issuer.css", get(style))
        .with_state(issuer)
}

/// Accepts clients on this machine, and others only if the issuer is open.
async fn restrict_access(
    State(issuer): State<Issuer>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let is_loopback_request = peer.ip().is_loopback() && is_loopback(&host);
    let is_local = is_loopback_request && issuer.inner.trusts_machine && !is_forwarded(request.headers());
    // The functions request the keys, which are public, from this machine, whatever the setting.
    let is_jwks_request = is_loopback_request && request.uri().path() == JWKS;
    let mut response = if host.is_empty() || !(is_local || is_jwks_request || issuer.inner.is_open) {
        let message = "Signing in here needs no password, so it is only for this machine. Start Rally with --open-issuer to allow \
                       all users of the network, or with --oidc-issuer and an issuer of your own.";
        forms::error_page(StatusCode::FORBIDDEN, message)
    } else {
        request.extensions_mut().insert(RequestOrigin { origin: format!("http://{host}"), is_local });
        next.run(request).await
    };
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether a proxy or a tunnel has forwarded a request: then the connection's address is not the client's.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let is_proxy_header =
        |name: &str| ["forwarded", "via", "x-real-ip"].contains(&name) || name.starts_with("x-forwarded-");
    headers.keys().any(|name| is_proxy_header(name.as_str()))
}

fn is_loopback(authority: &str) -> bool {
    let host = authority.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `GET /oidc/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 4).
async fn discovery(State(issuer): State<Issuer>, Extension(origin): Extension<RequestOrigin>) -> Json<Value> {
    let at = |path: &str| format!("{}{PATH}/{path}", origin.origin);
    Json(json!({
        "issuer": issuer.name(),
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "revocation_endpoint": at("revoke"),
        "end_session_endpoint": at("logout"),
        "jwks_uri": at("jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid"],
        "prompt_values_supported": ["none", "login"],
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    }))
}

/// `GET /oidc/jwks` (RFC 7517, section 5).
async fn jwks(State(issuer): State<Issuer>) -> Response {
    issuer
        .inner
        .keys
        .public()
        .await
        .map_or_else(|error| forms::internal_error(&error), |keys| Json(keys).into_response())
}

/// `GET /oidc/logout` (RP-Initiated Logout 1.0): ends the sign-in at the issuer, and redirects to the site. Cognito calls the address
/// `logout_uri`.
async fn logout(
    State(issuer): State<Issuer>,
    Extension(origin): Extension<RequestOrigin>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if let Some(cookie) = forms::cookie(&headers) {
        issuer.grants().end_session(&cookie);
    }
    let mut response = logout_response(uri.query().unwrap_or_default(), &origin.origin);
    forms::delete_cookie(&mut response);
    response
}

fn logout_response(query: &str, origin: &str) -> Response {
    let error_page = |message| forms::error_page(StatusCode::BAD_REQUEST, message);
    let Some(fields) = forms::read(query.as_bytes()) else {
        return error_page("You are signed out. The request repeats a parameter.");
    };
    if fields.get("client_id").is_some_and(|client| client != CLIENT_ID) {
        return error_page("You are signed out. The request is not from Rally's own site.");
    }
    let requested = fields.get("post_logout_redirect_uri").or_else(|| fields.get("logout_uri")).cloned();
    let address = requested.unwrap_or_else(|| format!("{origin}/"));
    if !request::is_same_origin(&address, origin) {
        return error_page("You are signed out. The request leads to another site.");
    }
    let state = fields.get("state").map(String::as_str).unwrap_or_default();
    forms::redirect(&address, &[("state", state)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_and_addresses_are_this_machine() {
        for loopback in ["localhost", "localhost:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080"] {
            assert!(is_loopback(loopback), "{loopback}");
        }
        for other in ["", "localhost.example.org", "127.0.0.1.example.org", "192.168.1.5:8080", "[::2]", "0.0.0.0"] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
