//! `GET /v1/me`. Never tells more than the asker brought along.

use axum::response::Response;
use protocol::endpoints::Me;
use protocol::envelope::Envelope;
use protocol::rooms::PersonView;

use super::answer::ok;
use super::caller::Asking;

/// Who asks.
#[utoipa::path(
    get, path = "/v1/me", tag = "about", operation_id = "getMe",
    responses((status = 200, description = "What the asker may do, and who they are", body = Envelope<Me>)),
)]
pub(super) async fn get(Asking(actor): Asking) -> Response {
    let person = actor.person().ok().map(|person| PersonView { id: person.id().clone(), name: person.name().clone() });
    ok(Me { role: actor.role(), person })
}
