//! Refuses who writes too often, with 429 and when to come again (RFC 6585, section 4). Who sits at the server itself may write
//! as often as they like. Never refuses a look.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::actor::Actor;
use protocol::envelope::{ApiError, ErrorCode};

use super::answer::refusal;
use super::caller::{API_KEY, Caller, Shown};
use crate::App;
use crate::commands::secrets;
use crate::limits::What;
use crate::transport::address::viewer;

/// Counts each write.
pub(super) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_write = !request.method().is_safe();
    let wait = match who(&app, &request).filter(|_| is_write) {
        Some((what, who)) => app.limits().count(what, &who).err(),
        None => None,
    };
    match wait {
        None => next.run(request).await,
        Some(wait) => too_often(wait),
    }
}

/// Who writes, as far as it is known without asking anybody; nobody, if they sit at the server itself.
fn who(app: &App, request: &Request) -> Option<(What, String)> {
    if let Some(Shown(actor)) = request.extensions().get() {
        return match actor {
            Actor::Member(member) => Some((What::PersonWrite, member.id.to_string())),
            Actor::Guest(guest) => Some((What::PersonWrite, guest.id.to_string())),
            _ => None,
        };
    }
    if let Some(key) = request.headers().get(API_KEY) {
        // Neither a key nor what somebody tries as one is kept.
        return Some((What::DeviceWrite, secrets::hash(key.as_bytes())));
    }
    let address = match request.extensions().get::<Caller>() {
        Some(caller) if app.config().loopback_admin && caller.address.is_loopback() => return None,
        Some(caller) => caller.address.to_string(),
        None => viewer(request.headers())?.to_string(),
    };
    Some((What::AddressWrite, address))
}

fn too_often(wait: Duration) -> Response {
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    let message = format!("That was too often. Come again in {seconds} s; what was done before is done.");
    let mut response = refusal(ApiError::new(ErrorCode::TooManyRequests, message));
    if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
