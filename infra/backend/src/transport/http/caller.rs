//! Who asks: a device by its key, an admin by where they are, or a visitor. Never decides what they may do.

use std::net::IpAddr;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use domain::actor::Actor;

use super::answer::Failure;
use crate::App;
use crate::commands::devices;

/// Where a request comes from, as whoever serves the router saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The other end's address.
    pub address: IpAddr,
}

/// Who asks.
pub(super) struct Asking(pub(super) Actor);

impl<S: Send + Sync> FromRequestParts<S> for Asking
where
    App: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let app = App::from_ref(state);
        if let Some(key) = parts.headers.get("x-api-key") {
            let key = key.to_str().unwrap_or_default();
            return Ok(Self(devices::recognize(&app, key).await?));
        }
        let here = parts.extensions.get::<Caller>().is_some_and(|caller| caller.address.is_loopback());
        let admin = app.config().loopback_admin && here && names_this_machine(&parts.headers);
        Ok(Self(if admin { Actor::Admin } else { Actor::Visitor }))
    }
}

/// Whether the request was meant for this machine, and not for a name that somebody made point here: a page of another
/// site, open in a browser on this machine, comes from loopback too (DNS rebinding).
fn names_this_machine(headers: &HeaderMap) -> bool {
    let local = |authority: &str| {
        let host = authority.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
        host.is_some_and(|host| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        })
    };
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    text(HOST).is_some_and(local) && text(ORIGIN).is_none_or(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn another_sites_page_is_no_admin() {
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "127.0.0.1"] {
            assert!(names_this_machine(&headers(host, None)), "{host}");
            assert!(names_this_machine(&headers(host, Some("http://localhost:8090"))), "{host}");
            assert!(!names_this_machine(&headers(host, Some("https://evil.example"))), "{host}");
            assert!(!names_this_machine(&headers(host, Some("null"))), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "192.168.1.7:8080", ""] {
            assert!(!names_this_machine(&headers(host, None)), "{host}");
        }
    }
}
