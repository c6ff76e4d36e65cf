//! The caller of a request: a member or guest by a token, a device by its key, an admin by the address, or a visitor. Credentials are never
//! logged.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::actor::Actor;
use domain::person::Person;
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::devices;
use crate::http::edge;
use crate::http::response::Failure;
use crate::identity::{self, Identified, TokenError, TokenRejection};
use crate::secrets;

/// The header with a device key.
pub(crate) const API_KEY: &str = "x-api-key";

/// The longest token: 8 KiB. Tokens of issuers have 1 or 2 KiB.
const TOKEN_LIMIT: usize = 8 * 1024;

/// Where a request comes from, as the program that serves the router sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The address of the other end of the connection; it may be CloudFront or a proxy.
    pub address: IpAddr,
}

/// The actor, identified by a token or key, or by the local address.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedActor(pub(crate) Actor);

/// The caller of the request.
pub(crate) struct Authenticated(pub(crate) Actor);

/// The identity in the token, if the request has one.
pub(crate) struct VerifiedToken(pub(crate) Option<Identified>);

/// Verifies the token or key of every request, even of a public route. So a member whose session has ended gets a 401 at once, and an
/// invalid key causes no further work. Each 401 has a challenge (RFC 9110, section 15.5.2).
pub(crate) async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let is_local = is_local_admin(&app, &request);
    let mut response = match authenticate(&app, request.headers()).await {
        Ok((actor, identified)) => {
            let actor = ResolvedActor(actor.unwrap_or(if is_local { Actor::Admin } else { Actor::Visitor }));
            request.extensions_mut().insert(actor.clone());
            if let Some(identified) = identified {
                request.extensions_mut().insert(identified);
            }
            let mut response = next.run(request).await;
            // For the log of denied requests.
            response.extensions_mut().insert(actor);
            response
        }
        Err(response) => response,
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().entry(WWW_AUTHENTICATE).or_insert(HeaderValue::from_static("Bearer"));
    }
    response
}

/// Whether a request comes from the server's own machine, without a token or key. This needs no database.
pub(crate) fn is_local_admin(app: &App, request: &Request) -> bool {
    let headers = request.headers();
    let has_credentials = headers.contains_key(AUTHORIZATION) || headers.contains_key(API_KEY);
    app.config().loopback_admin && !has_credentials && edge::is_local(app.config(), headers, source(request))
}

/// The address of the other end of the connection.
pub(crate) fn source(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<Caller>().map(|caller| caller.address)
}

/// The caller's address, as far as it can be trusted.
pub(crate) fn address(app: &App, request: &Request) -> Option<IpAddr> {
    edge::address(app.config(), request.headers(), source(request))
}

/// The actor that a token or key names, and the identity in the token; `None` without either.
async fn authenticate(app: &App, headers: &HeaderMap) -> Result<(Option<Actor>, Option<Identified>), Response> {
    let mut values = headers.get_all(AUTHORIZATION).into_iter();
    let Some(value) = values.next() else {
        let Some(key) = headers.get(API_KEY) else { return Ok((None, None)) };
        return match devices::service::recognize(app, key.to_str().unwrap_or_default()).await {
            Ok(Actor::InvalidKey) => Err(Failure::from(domain::actor::Denied::UnknownKey).into_response()),
            Ok(actor) => {
                if let Actor::Device(device) = &actor {
                    app.rate_limiter().remember_key(secrets::hash(key.as_bytes()), &device.id);
                }
                Ok((Some(actor), None))
            }
            Err(error) => Err(Failure::from(error).into_response()),
        };
    };
    if headers.contains_key(API_KEY) {
        let message = "Send a token in “authorization” or a key in “x-api-key”, not both.";
        return Err(Failure::from(ApiError::new(ErrorCode::ValidationError, message)).into_response());
    }
    let identified = match bearer(value).filter(|_| values.next().is_none()) {
        Some(token) => identity::verify(app, token).await,
        None => Err(TokenRejection::Malformed.into()),
    };
    let identified = identified.map_err(token_error)?;
    let actor = match identified.person.clone() {
        Person::Member(member) => Actor::Member(member),
        Person::Guest(guest) => Actor::Guest(guest),
    };
    Ok((Some(actor), Some(identified)))
}

/// The token in `authorization` (RFC 6750, section 2.1).
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok().filter(|text| text.len() <= TOKEN_LIMIT)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn token_error(error: TokenError) -> Response {
    let is_invalid = matches!(error, TokenError::Rejected(_));
    if is_invalid {
        tracing::info!(%error, "not signed in");
    }
    let mut response = Failure::from(error).into_response();
    if is_invalid {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Authenticated {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().map_or(Actor::Visitor, |ResolvedActor(actor)| actor.clone())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for VerifiedToken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().cloned()))
    }
}
