//! `GET /v1/me`. Never tells more than the asker brought along.

use axum::response::Response;
use domain::device::{Actor, Role};
use domain::wire::endpoints::Me;
use domain::wire::envelope::Envelope;

use super::answer::ok;
use super::caller::Asking;

/// Who asks.
#[utoipa::path(
    get, path = "/v1/me", tag = "about", operation_id = "getMe",
    responses((status = 200, description = "What the asker may do", body = Envelope<Me>)),
)]
pub(super) async fn get(Asking(actor): Asking) -> Response {
    let role = match actor {
        Actor::Admin => Role::Admin,
        Actor::Device(_) => Role::Device,
        Actor::Visitor | Actor::Stranger => Role::Visitor,
    };
    ok(Me { role })
}
