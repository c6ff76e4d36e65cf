//! `/v1/live/tickets`. A ticket is shown only in the response that creates it.

use axum::extract::State;
use protocol::envelope::{Envelope, ErrorBody};
use protocol::rooms::Ticket;

use crate::App;
use crate::http::caller::{Authenticated, VerifiedToken};
use crate::http::response::{ApiResult, created};
use crate::realtime::ticket_service;

/// Makes a ticket for a live connection of a member or a guest: valid once, for 30 seconds. The connection ends when the caller's token
/// expires.
#[utoipa::path(
    post, path = "/v1/live/tickets", tag = "about", operation_id = "createTicket", security(("bearer" = [])),
    responses(
        (status = 201, description = "The ticket, for the handshake's query", body = Envelope<Ticket>),
        (status = 400, description = "A token and a key at once", body = ErrorBody),
        (status = 401, description = "The caller is not authenticated, or the session has ended", body = ErrorBody),
        (status = 403, description = "A device, which has no name", body = ErrorBody),
        (status = 503, description = "The data or the issuer cannot be reached just now", body = ErrorBody),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    VerifiedToken(identified): VerifiedToken,
) -> ApiResult {
    Ok(created(ticket_service::issue(&app, &actor, identified.as_ref()).await?))
}
