//! The issuer's addresses. Reads, asks the grants, answers; decides nothing.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Query, Request as HttpRequest, State};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::grants::{Code, User};
use super::keys::KeyError;
use super::page::{self, Form};
use super::request::{self, Request, Unfit};
use super::tokens::Claims;
use super::{CLIENT_ID, Issuer, PATH, digest, seconds, secret};

/// Who is signed in at the issuer.
const COOKIE_NAME: &str = "rally_issuer";
/// A form has at most so many bytes.
const BODY_LIMIT: usize = 16 * 1024;

type Fields = HashMap<String, String>;

/// Where a request was sent to, and whether from this machine.
#[derive(Debug, Clone)]
struct Asked {
    /// `http://` and the host that the request names.
    origin: String,
    is_here: bool,
}

/// All addresses.
pub fn router(issuer: Issuer) -> Router {
    Router::new()
        .route("/oidc/.well-known/openid-configuration", get(discovery))
        .route("/oidc/jwks", get(jwks))
        .route("/oidc/authorize", get(authorize).post(sign_in))
        .route("/oidc/token", post(token))
        .route("/oidc/revoke", post(revoke))
        .route("/oidc/logout", get(logout))
        .route("/oidc/issuer.css", get(async || ([(CONTENT_TYPE, "text/css")], page::STYLE)))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(axum::extract::DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(issuer.clone(), guard))
        .with_state(issuer)
}

/// Lets through who is at this machine, and others only if the issuer is open.
async fn guard(
    State(issuer): State<Issuer>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: HttpRequest,
    next: Next,
) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let is_here = peer.ip().is_loopback() && is_loopback(&host);
    if host.is_empty() || !(is_here || issuer.inner.is_open) {
        let message = "Whoever signs in here needs no password, so it is for this machine alone. Start Rally with \
                       --open-issuer if everybody on the network may, or with --oidc-issuer and an issuer of your own.";
        return (StatusCode::FORBIDDEN, Html(page::refusal(message))).into_response();
    }
    request.extensions_mut().insert(Asked { origin: format!("http://{host}"), is_here });
    let mut response = next.run(request).await;
    response.headers_mut().entry(CACHE_CONTROL).or_insert(http::HeaderValue::from_static("no-store"));
    response
}

fn is_loopback(authority: &str) -> bool {
    let host = authority.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn discovery(State(issuer): State<Issuer>, Extension(asked): Extension<Asked>) -> Json<Value> {
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
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid"],
        "prompt_values_supported": ["none", "login"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(issuer): State<Issuer>) -> Response {
    issuer.inner.keys.public().await.map_or_else(|error| fault(&error), |keys| Json(keys).into_response())
}

/// Shows the page that asks for a name, or goes on at once where it may not ask.
async fn authorize(
    State(issuer): State<Issuer>,
    Extension(asked): Extension<Asked>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Response {
    let request = match request::read(&query, &asked.origin) {
        Ok(request) => request,
        Err(unfit) => return refuse(&issuer, unfit),
    };
    let known = cookie(&headers).and_then(|cookie| issuer.grants().session(&cookie).cloned());
    match (request.prompt.as_str(), known) {
        ("none", Some(user)) => lead_back(&issuer, &request, user).unwrap_or_else(|error| fault(&error)),
        ("none", None) => {
            let (error, description) = ("login_required", "nobody is signed in");
            refuse(&issuer, Unfit::Back { redirect: request.redirect, state: request.state, error, description })
        }
        (_, known) => {
            let name = known.as_ref().map(|user| user.name.as_str()).unwrap_or_default();
            let is_admin = known.as_ref().is_some_and(|user| user.is_admin);
            Html(page::form(&query, &Form { name, wrong: None, offers_admin: asked.is_here, is_admin })).into_response()
        }
    }
}

/// Signs in under the name that was typed.
async fn sign_in(
    State(issuer): State<Issuer>,
    Extension(asked): Extension<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = fields(&body);
    // A page of another site must not sign anybody in.
    let is_own = headers.get(ORIGIN).is_none_or(|origin| origin.as_bytes() == asked.origin.as_bytes());
    if !is_own {
        return (StatusCode::FORBIDDEN, Html(page::refusal("This form came from another site."))).into_response();
    }
    let request = match request::read(&fields, &asked.origin) {
        Ok(request) => request,
        Err(unfit) => return refuse(&issuer, unfit),
    };
    let typed = fields.get("name").map(String::as_str).unwrap_or_default();
    let is_admin = asked.is_here && fields.get("group").is_some_and(|group| group == "admin");
    let name = match request::name(typed) {
        Ok(name) => name,
        Err(wrong) => {
            let form = Form { name: typed, wrong: Some(&wrong), offers_admin: asked.is_here, is_admin };
            return (StatusCode::BAD_REQUEST, Html(page::form(&fields, &form))).into_response();
        }
    };
    let user = User { name, is_admin, since: seconds() };
    let Ok(cookie) = secret() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    issuer.grants().begin_session(&cookie, user.clone(), seconds());
    let mut response = lead_back(&issuer, &request, user).unwrap_or_else(|error| fault(&error));
    set_cookie(&mut response, &cookie, "");
    response
}

fn lead_back(issuer: &Issuer, request: &Request, user: User) -> Result<Response, getrandom::Error> {
    let code = secret()?;
    let granted = Code {
        user,
        redirect: request.redirect.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
    };
    issuer.grants().issue(&code, granted, seconds());
    Ok(redirect(&request.redirect, &[("code", &code), ("state", &request.state), ("iss", issuer.name())]))
}

fn refuse(issuer: &Issuer, unfit: Unfit) -> Response {
    match unfit {
        Unfit::Stay(message) => (StatusCode::BAD_REQUEST, Html(page::refusal(message))).into_response(),
        Unfit::Back { redirect: address, state, error, description } => {
            let parameters =
                [("error", error), ("error_description", description), ("state", &state), ("iss", issuer.name())];
            redirect(&address, &parameters)
        }
    }
}

/// `POST /oidc/token` (RFC 6749, sections 4.1.3 and 6).
async fn token(State(issuer): State<Issuer>, body: Bytes) -> Response {
    let fields = fields(&body);
    let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    if value("client_id") != CLIENT_ID {
        return unfit("invalid_client", "this issuer knows the client rally alone");
    }
    let (Ok(next), Ok(name), Ok(id)) = (secret(), secret(), secret()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let now = seconds();
    match value("grant_type") {
        "authorization_code" => {
            let granted = issuer.grants().exchange(value("code"), &name, &next, now);
            let Some(code) = granted else {
                return unfit("invalid_grant", "the code is unknown, used or too old");
            };
            let challenge = digest(value("code_verifier"));
            let proven: bool = challenge.as_bytes().ct_eq(code.challenge.as_bytes()).into();
            if !proven || value("redirect_uri") != code.redirect {
                issuer.grants().revoke(&name);
                return unfit("invalid_grant", "the code was made for somebody else");
            }
            let nonce = Some(code.nonce.as_str()).filter(|nonce| !nonce.is_empty());
            answer(&issuer, &code.user, nonce, &format!("{name}.{next}"), &id, now).await
        }
        "refresh_token" => {
            let (family, secret) = value("refresh_token").split_once('.').unwrap_or_default();
            let user = issuer.grants().refresh(family, secret, &next, now);
            match user {
                Some(user) => answer(&issuer, &user, None, &format!("{family}.{next}"), &id, now).await,
                None => unfit("invalid_grant", "the refresh token is unknown, used or too old"),
            }
        }
        _ => unfit("unsupported_grant_type", "grant_type must be authorization_code or refresh_token"),
    }
}

async fn answer(issuer: &Issuer, user: &User, nonce: Option<&str>, refresh: &str, id: &str, now: u64) -> Response {
    let lifetime = issuer.inner.lifetime.as_secs();
    let claims = Claims { issuer: issuer.name(), client: CLIENT_ID, user, now, lifetime };
    let keys = &issuer.inner.keys;
    let signed = async { Ok::<_, KeyError>((keys.sign(&claims.access(id)).await?, keys.sign(&claims.identity(nonce)).await?)) };
    match signed.await {
        Ok((access, identity)) => Json(json!({
            "access_token": access,
            "id_token": identity,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": lifetime,
        }))
        .into_response(),
        Err(error) => fault(&error),
    }
}

/// `POST /oidc/revoke`: always 200, as RFC 7009, section 2.2, asks.
async fn revoke(State(issuer): State<Issuer>, body: Bytes) -> StatusCode {
    let fields = fields(&body);
    if let Some((family, _)) = fields.get("token").and_then(|token| token.split_once('.')) {
        issuer.grants().revoke(family);
    }
    StatusCode::OK
}

/// Ends who is signed in here, and leads back to the site; Cognito calls the address `logout_uri`.
async fn logout(
    State(issuer): State<Issuer>,
    Extension(asked): Extension<Asked>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Response {
    if let Some(cookie) = cookie(&headers) {
        issuer.grants().end_session(&cookie);
    }
    let wanted = query.get("post_logout_redirect_uri").or_else(|| query.get("logout_uri")).cloned();
    let address = wanted.unwrap_or_else(|| format!("{}/", asked.origin));
    if !request::is_own(&address, &asked.origin) {
        return (StatusCode::BAD_REQUEST, Html(page::refusal("You are signed out. The request leads to another site."))).into_response();
    }
    let mut response = redirect(&address, &[]);
    set_cookie(&mut response, "", "; Max-Age=0");
    response
}

fn fields(body: &[u8]) -> Fields {
    form_urlencoded::parse(body).into_owned().collect()
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned())
}

fn set_cookie(response: &mut Response, value: &str, more: &str) {
    let cookie = format!("{COOKIE_NAME}={value}; Path={PATH}; HttpOnly; SameSite=Lax{more}");
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
}

/// 303, so that a form is not sent again where it leads (RFC 9110, section 15.4.4).
fn redirect(address: &str, parameters: &[(&str, &str)]) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    let address = if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") };
    (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response()
}

fn unfit(error: &str, description: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": description }))).into_response()
}

fn fault(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "the issuer has no key");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
