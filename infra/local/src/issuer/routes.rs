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
        .layer(middleware::from_fn_with_state(issuer.clone(), guard))
        // Not guarded: the error page uses it, too.
        .route("/oidc/issuer.css", get(style))
        .with_state(issuer)
}

/// Accepts clients on this machine, and others only if the issuer is open.
async fn guard(
    State(issuer): State<Issuer>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let is_of_machine = peer.ip().is_loopback() && is_loopback(&host);
    let is_here = is_of_machine && issuer.inner.trusts_machine && !is_passed_on(request.headers());
    // The functions request the keys, which are public, from this machine, whatever the setting.
    let is_for_keys = is_of_machine && request.uri().path() == JWKS;
    let mut response = if host.is_empty() || !(is_here || is_for_keys || issuer.inner.is_open) {
        let message = "Whoever signs in here needs no password, so it is for this machine alone. Start Rally with \
                       --open-issuer if everybody on the network may, or with --oidc-issuer and an issuer of your own.";
        forms::stay(StatusCode::FORBIDDEN, message)
    } else {
        request.extensions_mut().insert(RequestOrigin { origin: format!("http://{host}"), is_here });
        next.run(request).await
    };
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether a proxy or a tunnel has forwarded a request: then the connection's address is not the client's.
fn is_passed_on(headers: &HeaderMap) -> bool {
    let is_of_a_proxy =
        |name: &str| ["forwarded", "via", "x-real-ip"].contains(&name) || name.starts_with("x-forwarded-");
    headers.keys().any(|name| is_of_a_proxy(name.as_str()))
}

fn is_loopback(authority: &str) -> bool {
    let host = authority.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `GET /oidc/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 4).
async fn discovery(State(issuer): State<Issuer>, Extension(asked): Extension<RequestOrigin>) -> Json<Value> {
    let at = |path: &str| format!("{}{PATH}/{path}", asked.origin);
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
    issuer.inner.keys.public().await.map_or_else(|error| forms::fault(&error), |keys| Json(keys).into_response())
}

/// `GET /oidc/logout` (RP-Initiated Logout 1.0): ends the sign-in at the issuer, and redirects to the site. Cognito calls the address
/// `logout_uri`.
async fn logout(
    State(issuer): State<Issuer>,
    Extension(asked): Extension<RequestOrigin>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if let Some(cookie) = forms::cookie(&headers) {
        issuer.grants().end_session(&cookie);
    }
    let mut response = led_out(uri.query().unwrap_or_default(), &asked.origin);
    forms::forget_cookie(&mut response);
    response
}

fn led_out(query: &str, origin: &str) -> Response {
    let refuse = |message| forms::stay(StatusCode::BAD_REQUEST, message);
    let Some(fields) = forms::read(query.as_bytes()) else {
        return refuse("You are signed out. The request says something twice.");
    };
    if fields.get("client_id").is_some_and(|client| client != CLIENT_ID) {
        return refuse("You are signed out. The request is not from Rally's own site.");
    }
    let wanted = fields.get("post_logout_redirect_uri").or_else(|| fields.get("logout_uri")).cloned();
    let address = wanted.unwrap_or_else(|| format!("{origin}/"));
    if !request::is_own(&address, origin) {
        return refuse("You are signed out. The request leads to another site.");
    }
    let state = fields.get("state").map(String::as_str).unwrap_or_default();
    forms::redirect(&address, &[("state", state)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_somebody_else_can_give_is_not_this_machine() {
        for here in ["localhost", "localhost:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080"] {
            assert!(is_loopback(here), "{here}");
        }
        for other in ["", "localhost.example.org", "127.0.0.1.example.org", "192.168.1.5:8080", "[::2]", "0.0.0.0"] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
