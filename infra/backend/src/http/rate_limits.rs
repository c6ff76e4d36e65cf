//! Denies requests above the rate limits with 429 and `Retry-After` (RFC 6585, section 4), before any other work. Clients on the server's
//! own machine have no limit.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::actor::Actor;
use protocol::broker::{DIGESTS, SNAPSHOT, TOPICS_AT_ONCE};
use protocol::endpoints::{OPENAPI, TABLES};
use protocol::envelope::{ApiError, ErrorCode};
use protocol::factories::FACTORIES;
use protocol::items::{ITEMS, PAGE_LIMIT};
use protocol::meetups::{MEETUPS, OWN_MEETUPS};
use protocol::rooms::{CODES, QUESTIONS, ROOMS};

use crate::App;
use crate::http::caller::{self, API_KEY, ResolvedActor, is_local_admin};
use crate::http::parameters::query_parameter;
use crate::http::response::{error_response, natural};
use crate::rate_limiter::LimitKind;
use crate::secrets;

/// The cost of a whole list, in small reads.
const LIST_COST: u32 = 10;

/// The cost of a list of large entries, or of thousands of small ones.
const LONG_LIST_COST: u32 = 50;

/// The number of items of ordinary size in one small read.
const ITEMS_PER_READ: u32 = 4;

/// Marks a request that is already counted for its device.
#[derive(Debug, Clone, Copy)]
struct Counted;

/// Counts each request for its address before its token or key is verified, and for its device if the key was valid before.
pub(crate) async fn address_layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if is_local_admin(&app, &request) {
        return next.run(request).await;
    }
    let (from, path) = (address(&app, &request), request.uri().path());
    let cost = cost(request.method(), request.uri());
    let mut counted = app.rate_limiter().count_all(LimitKind::AddressRequest, &from, cost);
    if counted.is_ok() && is_code_attempt(request.method(), path) {
        counted = app.rate_limiter().count(LimitKind::AddressCode, &from);
    }
    // The limiter stores only hashes of keys.
    let hash = request.headers().get(API_KEY).map(|key| secrets::hash(key.as_bytes()));
    if counted.is_ok()
        && let Some(device) = hash.and_then(|key| app.rate_limiter().device_of_key(&key))
    {
        let kind = if request.method().is_safe() { LimitKind::DeviceRead } else { LimitKind::DeviceWrite };
        counted = app.rate_limiter().count_all(kind, &device, cost);
        request.extensions_mut().insert(Counted);
    }
    match counted {
        Ok(()) => next.run(request).await,
        Err(wait) => too_many_requests(wait),
    }
}

/// Counts each request for its caller; anonymous requests for their address.
pub(crate) async fn actor_layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_write = !request.method().is_safe();
    let kinds = |write: LimitKind, read: LimitKind| if is_write { write } else { read };
    let counted = match request.extensions().get() {
        Some(ResolvedActor(Actor::Admin)) => None,
        Some(ResolvedActor(Actor::Device(_))) if request.extensions().get::<Counted>().is_some() => None,
        Some(ResolvedActor(Actor::Member(member))) => {
            Some((kinds(LimitKind::PersonWrite, LimitKind::PersonRead), member.id.to_string()))
        }
        Some(ResolvedActor(Actor::Guest(guest))) => {
            Some((kinds(LimitKind::PersonWrite, LimitKind::PersonRead), guest.id.to_string()))
        }
        Some(ResolvedActor(Actor::Device(device))) => {
            Some((kinds(LimitKind::DeviceWrite, LimitKind::DeviceRead), device.id.clone()))
        }
        Some(ResolvedActor(Actor::Visitor | Actor::InvalidKey)) | None => {
            Some((kinds(LimitKind::AddressWrite, LimitKind::AddressRead), address(&app, &request)))
        }
    };
    let cost = cost(request.method(), request.uri());
    let edits_tree = is_write && is_of_tree(request.uri().path());
    let outcome = counted.map_or(Ok(()), |(kind, key)| {
        app.rate_limiter().count_all(kind, &key, cost)?;
        if edits_tree { app.rate_limiter().count(LimitKind::TreeEdit, &key) } else { Ok(()) }
    });
    match outcome {
        Ok(()) => next.run(request).await,
        Err(wait) => too_many_requests(wait),
    }
}

/// Whether a path is that of the factory tree, or below it.
fn is_of_tree(path: &str) -> bool {
    path.strip_prefix(FACTORIES).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a request can be a guess at a join code.
fn is_code_attempt(method: &Method, path: &str) -> bool {
    let below = |prefix: &str| path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/'));
    let is_entry = |rest: &str| rest.ends_with("/guests") || rest.ends_with("/enter");
    below(CODES).is_some() || *method == Method::POST && below(ROOMS).is_some_and(is_entry)
}

/// The address of a request; all requests with an unknown address share one limit.
fn address(app: &App, request: &Request) -> String {
    caller::address(app, request).map_or_else(|| "unknown".to_owned(), |address| address.to_string())
}

/// The cost of a request. A write costs 1. A read costs about the number of small reads (4 KB) of the database, as far as the path and the
/// query show it.
fn cost(method: &Method, uri: &Uri) -> u32 {
    if !method.is_safe() {
        return 1;
    }
    let path = uri.path().trim_end_matches('/');
    let below = |prefix: &str| path.strip_prefix(prefix)?.strip_prefix('/').map(str::to_owned);
    match path {
        DIGESTS => {
            let names = query_parameter(uri, "topics").ok().flatten().unwrap_or_default();
            let topics: BTreeSet<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
            u32::try_from(topics.len().clamp(1, TOPICS_AT_ONCE)).unwrap_or(1)
        }
        SNAPSHOT => match query_parameter(uri, "topic").ok().flatten().unwrap_or_default().split_once('/') {
            None => LONG_LIST_COST,
            Some(("items", _)) => LONG_LIST_COST,
            Some(_) => LIST_COST,
        },
        ITEMS => {
            let limit = query_parameter(uri, "limit").ok().flatten().and_then(|text| natural(&text));
            let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(PAGE_LIMIT).clamp(1, PAGE_LIMIT);
            limit.div_ceil(ITEMS_PER_READ)
        }
        MEETUPS => LONG_LIST_COST,
        TABLES | ROOMS | FACTORIES | OWN_MEETUPS | OPENAPI => LIST_COST,
        _ if below(ITEMS).is_some_and(|rest| rest.ends_with("/history")) => LONG_LIST_COST,
        _ if below(TABLES).is_some_and(|rest| rest.ends_with("/usage")) => LONG_LIST_COST,
        // Up to 10,000 guests.
        _ if below(MEETUPS).is_some_and(|rest| rest.ends_with("/guests")) => LONG_LIST_COST,
        // The meetup, its seats, and the guest that the caller is.
        _ if below(MEETUPS).is_some() => 4,
        // A class may share an address and open a room at the same time.
        _ if below(ROOMS).is_some_and(|rest| rest.ends_with("/status")) => 1,
        _ if below(ROOMS).is_some() || path == QUESTIONS || below(QUESTIONS).is_some() => LIST_COST,
        _ => 1,
    }
}

fn too_many_requests(wait: Duration) -> Response {
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    let message = format!("That was too much at once. Come again in {seconds} s; what was done before is done.");
    let mut response = error_response(ApiError::new(ErrorCode::TooManyRequests, message));
    if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_can_guess_a_code_is_counted() {
        for (method, path, expected) in [
            (Method::GET, "/v1/codes/ABC234", true),
            (Method::POST, "/v1/rooms/k3j9x0a2bc/guests", true),
            (Method::POST, "/v1/rooms/k3j9x0a2bc/enter", true),
            (Method::GET, "/v1/rooms/k3j9x0a2bc/guests", false),
            (Method::POST, "/v1/rooms/k3j9x0a2bc/picks", false),
            (Method::POST, "/v1/rooms", false),
        ] {
            assert_eq!(is_code_attempt(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn the_cost_is_the_number_of_small_reads() {
        let get = |address: &str| cost(&Method::GET, &address.parse().unwrap());
        let names = |count: usize| (0..count).map(|number| format!("item/{number}")).collect::<Vec<_>>().join(",");
        for (address, expected) in [
            ("/v1/live/digests".to_owned(), 1),
            (format!("/v1/live/digests?topics={}", ["items"; 100].join(",")), 1),
            (format!("/v1/live/digests?topics={}", names(100)), 100),
            (format!("/v1/live/digests?topics={}", names(1_000)), 100),
            ("/v1/live/snapshot?topic=items".to_owned(), 50),
            ("/v1/live/snapshot?topic=item/a".to_owned(), 10),
            ("/v1/items".to_owned(), 50),
            ("/v1/items?limit=4".to_owned(), 1),
            ("/v1/items?limit=none".to_owned(), 50),
            ("/v1/items/gate:1".to_owned(), 1),
            ("/v1/items/gate:1/history".to_owned(), 50),
            ("/v1/tables/".to_owned(), 10),
            ("/v1/tables/lobby".to_owned(), 1),
            ("/v1/me".to_owned(), 1),
            ("/v1/rooms/k3j9x0a2bc".to_owned(), 10),
            ("/v1/rooms/k3j9x0a2bc/status".to_owned(), 1),
            ("/v1/meetups".to_owned(), 50),
            ("/v1/me/meetups".to_owned(), 10),
            ("/v1/meetups/summer0001".to_owned(), 4),
            ("/v1/meetups/summer0001/guests".to_owned(), 50),
        ] {
            assert_eq!(get(&address), expected, "{address:.60}");
        }
        assert_eq!(cost(&Method::POST, &"/v1/items/batch".parse().unwrap()), 1);
    }

    #[test]
    fn edits_of_the_tree_are_recognized_by_their_path() {
        for path in ["/v1/factories", "/v1/factories/", "/v1/factories/k3j9x0a2bc/children"] {
            assert!(is_of_tree(path), "{path}");
        }
        for path in ["/v1/factoriesx", "/v1/items", "/v1/items/v1/factories"] {
            assert!(!is_of_tree(path), "{path}");
        }
    }
}
