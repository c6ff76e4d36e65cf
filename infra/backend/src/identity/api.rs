//! `/v1/me`: the caller's identity, and signing out everywhere.

use axum::extract::State;
use axum::response::Response;
use protocol::endpoints::Me;
use protocol::envelope::{Envelope, ErrorBody};
use protocol::rooms::PersonView;

use crate::App;
use crate::http::caller::Authenticated;
use crate::http::response::{ApiResult, ok};
use crate::identity::sign_out_service;

/// The identity of the caller.
#[utoipa::path(
    get, path = "/v1/me", tag = "about", operation_id = "getMe",
    responses((status = 200, description = "What the caller may do, and who they are", body = Envelope<Me>)),
)]
pub(crate) async fn get(State(app): State<App>, Authenticated(actor): Authenticated) -> Response {
    let person = actor.person().ok().map(|person| PersonView { id: person.id().clone(), name: person.name().clone() });
    let may_edit_factories = actor.authorize_tree(&app.config().tree_editors).is_ok();
    ok(Me { role: actor.role(), person, may_edit_factories, release: env!("CARGO_PKG_VERSION").to_owned() })
}

/// Signs the caller out everywhere: earlier tokens are rejected within a minute, live connections end, and the caller's browsers get no
/// more push notifications.
#[utoipa::path(
    post, path = "/v1/me/sign-out", tag = "about", operation_id = "signOutEverywhere", security(("bearer" = [])),
    responses(
        (status = 200, description = "Signed out everywhere", body = Envelope<Option<String>>),
        (status = 401, description = "The caller is not authenticated, or the session has ended", body = ErrorBody),
        (status = 403, description = "A device, which has no name", body = ErrorBody),
    ),
)]
pub(crate) async fn sign_out_everywhere(State(app): State<App>, Authenticated(actor): Authenticated) -> ApiResult {
    sign_out_service::everywhere(&app, &actor).await?;
    Ok(ok(()))
}
