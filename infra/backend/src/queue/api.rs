//! `/v1/tables/{id}/queue`: the queue for a table.

use axum::extract::State;
use domain::queue::QueueView;
use domain::table::TableId;
use protocol::envelope::{Envelope, ErrorBody};

use crate::App;
use crate::http::caller::Authenticated;
use crate::http::parameters::Path;
use crate::http::response::{ApiResult, ok};
use crate::queue::service;

/// The members waiting for a table.
#[utoipa::path(
    get, path = "/v1/tables/{id}/line", tag = "tables", operation_id = "getTableLine",
    params(("id" = inline(TableId), Path, description = "The table's id")),
    responses(
        (status = 200, description = "The line", body = Envelope<QueueView>),
        (status = 404, description = "No such table", body = ErrorBody),
    ),
)]
pub(crate) async fn get(State(app): State<App>, Path(id): Path<TableId>) -> ApiResult {
    Ok(ok(service::get(&app, &id).await?))
}

/// Joins the queue. A member in the queue keeps the place.
#[utoipa::path(
    post, path = "/v1/tables/{id}/line", tag = "tables", operation_id = "joinTableLine", security(("bearer" = [])),
    params(("id" = inline(TableId), Path, description = "The table's id")),
    responses(
        (status = 200, description = "The line", body = Envelope<QueueView>),
        (status = 403, description = "A guest or a device", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
        (status = 409, description = "Others change it at the same time", body = ErrorBody),
        (status = 422, description = "The line is full", body = ErrorBody),
    ),
)]
pub(crate) async fn join(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<TableId>,
) -> ApiResult {
    Ok(ok(service::join(&app, &actor, &id).await?))
}

/// Leaves the queue.
#[utoipa::path(
    delete, path = "/v1/tables/{id}/line", tag = "tables", operation_id = "leaveTableLine", security(("bearer" = [])),
    params(("id" = inline(TableId), Path, description = "The table's id")),
    responses(
        (status = 200, description = "The line", body = Envelope<QueueView>),
        (status = 403, description = "A guest or a device", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
        (status = 409, description = "Others change it at the same time", body = ErrorBody),
    ),
)]
pub(crate) async fn leave(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<TableId>,
) -> ApiResult {
    Ok(ok(service::leave(&app, &actor.member()?.id, &id).await?))
}

/// Takes the table, if it is the caller's turn.
#[utoipa::path(
    post, path = "/v1/tables/{id}/line/take", tag = "tables", operation_id = "takeTable", security(("bearer" = [])),
    params(("id" = inline(TableId), Path, description = "The table's id")),
    responses(
        (status = 200, description = "The line", body = Envelope<QueueView>),
        (status = 403, description = "A guest or a device", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
        (status = 409, description = "Others change it at the same time", body = ErrorBody),
        (status = 422, description = "It is not their turn", body = ErrorBody),
    ),
)]
pub(crate) async fn take(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<TableId>,
) -> ApiResult {
    Ok(ok(service::take(&app, &actor.member()?.id, &id).await?))
}

/// Passes the turn to the next member, if it is the caller's turn.
#[utoipa::path(
    post, path = "/v1/tables/{id}/line/pass", tag = "tables", operation_id = "passTable", security(("bearer" = [])),
    params(("id" = inline(TableId), Path, description = "The table's id")),
    responses(
        (status = 200, description = "The line", body = Envelope<QueueView>),
        (status = 403, description = "A guest or a device", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
        (status = 409, description = "Others change it at the same time", body = ErrorBody),
        (status = 422, description = "It is not their turn", body = ErrorBody),
    ),
)]
pub(crate) async fn pass(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<TableId>,
) -> ApiResult {
    Ok(ok(service::pass(&app, &actor.member()?.id, &id).await?))
}
