//! `/v1/tables`: PingPongfy's contract, with additions.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use domain::table::{TableBody, TableId};
use domain::usage::Usage;
use protocol::endpoints::{NewDescription, NewTable, StatusReport};
use protocol::envelope::{ApiError, Envelope, ErrorBody};
use serde_json::Value;

use crate::App;
use crate::http::body::{Json, RequestBody};
use crate::http::caller::Authenticated;
use crate::http::fields::Fields;
use crate::http::pages;
use crate::http::parameters::{Cursor, IfMatch, Path};
use crate::http::response::{ApiResult, created, if_match, ok, with_etag};
use crate::tables::service;

/// All tables.
#[utoipa::path(
    get, path = "/v1/tables", tag = "tables", operation_id = "listTables",
    params(Cursor),
    responses((status = 200, description = "The tables in the order of their ids", body = Envelope<Vec<TableBody>>)),
)]
pub(crate) async fn list(State(app): State<App>, uri: Uri) -> ApiResult {
    let page = pages::page(app.storage().tables().await?, &uri, |table| table.id.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// Registers a table. It is free at first.
#[utoipa::path(
    post, path = "/v1/tables", tag = "tables", operation_id = "registerTable",
    request_body = NewTable, security(("deviceKey" = [])),
    responses(
        (status = 201, description = "The table", body = Envelope<TableBody>),
        (status = 400, description = "A value breaks a constraint", body = ErrorBody),
        (status = 401, description = "No key, or an unknown one", body = ErrorBody),
        (status = 403, description = "The key is for something else", body = ErrorBody),
        (status = 409, description = "There is one of that id", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
    ),
)]
pub(crate) async fn register(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Json(NewTable { id, description }): Json<NewTable>,
) -> ApiResult {
    let table = service::register(&app, &actor, id, description).await?;
    Ok(with_etag(created(&table), table.rev))
}

/// One table.
#[utoipa::path(
    get, path = "/v1/tables/{id}", tag = "tables", operation_id = "getTable",
    params(("id" = inline(TableId), Path, description = "The table's id")),
    responses(
        (status = 200, description = "The table", body = Envelope<TableBody>),
        (status = 400, description = "No id looks like that", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
    ),
)]
pub(crate) async fn get(State(app): State<App>, Path(id): Path<TableId>) -> ApiResult {
    let table = service::get(&app, &id).await?;
    Ok(with_etag(ok(&table), table.rev))
}

/// Reports a table's status. The same status again is only a heartbeat and changes nothing.
#[utoipa::path(
    put, path = "/v1/tables/{id}", tag = "tables", operation_id = "reportStatus",
    params(
        ("id" = inline(TableId), Path, description = "The table's id"),
        IfMatch,
    ),
    request_body = StatusReport, security(("deviceKey" = [])),
    responses(
        (status = 200, description = "The table", body = Envelope<TableBody>),
        (status = 400, description = "A value breaks a constraint", body = ErrorBody),
        (status = 401, description = "No key, or an unknown one", body = ErrorBody),
        (status = 403, description = "The key is for other tables", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
    ),
)]
pub(crate) async fn report(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<TableId>,
    headers: HeaderMap,
    Json(StatusReport { is_free }): Json<StatusReport>,
) -> ApiResult {
    let table = service::report(&app, &actor, &id, is_free, if_match(&headers)?).await?;
    Ok(with_etag(ok(&table), table.rev))
}

/// Changes a table's description.
#[utoipa::path(
    patch, path = "/v1/tables/{id}", tag = "tables", operation_id = "describeTable",
    params(
        ("id" = inline(TableId), Path, description = "The table's id"),
        IfMatch,
    ),
    request_body = NewDescription,
    responses(
        (status = 200, description = "The table", body = Envelope<TableBody>),
        (status = 400, description = "A value breaks a constraint", body = ErrorBody),
        (status = 401, description = "The caller is not authenticated", body = ErrorBody),
        (status = 403, description = "Not an admin", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
    ),
)]
pub(crate) async fn describe(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<TableId>,
    headers: HeaderMap,
    Json(NewDescription { description }): Json<NewDescription>,
) -> ApiResult {
    let table = service::describe(&app, &actor, &id, &description, if_match(&headers)?).await?;
    Ok(with_etag(ok(&table), table.rev))
}

/// Removes a table. Succeeds if it does not exist.
#[utoipa::path(
    delete, path = "/v1/tables/{id}", tag = "tables", operation_id = "removeTable",
    params(
        ("id" = inline(TableId), Path, description = "The table's id"),
        IfMatch,
    ),
    security(("deviceKey" = [])),
    responses(
        (status = 200, description = "Removed", body = Envelope<Option<String>>),
        (status = 400, description = "No id looks like that", body = ErrorBody),
        (status = 401, description = "No key, or an unknown one", body = ErrorBody),
        (status = 403, description = "The key is for something else", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<TableId>,
    headers: HeaderMap,
) -> ApiResult {
    service::remove(&app, &actor, &id, if_match(&headers)?).await?;
    Ok(ok(()))
}

/// The usage of a table in the last 90 days.
#[utoipa::path(
    get, path = "/v1/tables/{id}/usage", tag = "tables", operation_id = "getTableUsage",
    params(("id" = inline(TableId), Path, description = "The table's id")),
    responses(
        (status = 200, description = "Its use", body = Envelope<Usage>),
        (status = 400, description = "No id looks like that", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
    ),
)]
pub(crate) async fn usage(State(app): State<App>, Path(id): Path<TableId>) -> ApiResult {
    Ok(ok(service::usage(&app, &id).await?))
}

impl RequestBody for NewTable {
    type Checked = Self;

    fn check(sent: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let (id, description) = (fields.text("id"), fields.optional_text("description"));
        let (id, description) = fields.finish(id.zip(description))?;
        Ok(Self { id, description })
    }
}

impl RequestBody for StatusReport {
    type Checked = Self;

    fn check(sent: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let is_free = fields.boolean("isFree");
        Ok(Self { is_free: fields.finish(is_free)? })
    }
}

impl RequestBody for NewDescription {
    type Checked = Self;

    fn check(sent: Value) -> Result<Self, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let description = fields.text("description");
        Ok(Self { description: fields.finish(description)? })
    }
}
