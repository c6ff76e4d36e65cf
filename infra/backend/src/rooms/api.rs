//! `/v1/rooms` and `/v1/codes`.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use domain::room::{JoinCode, Room, RoomChange, RoomId, RoomSettings};
use domain::run_list::RunList;
use protocol::envelope::{ApiError, Envelope};
use protocol::rooms::{NewRoom, NewRunList, RoomStatus, RoomWithPicks};
use serde_json::Value;

use crate::App;
use crate::http::body::{Json, RequestBody, shapes};
use crate::http::caller::Authenticated;
use crate::http::error_responses::ErrorResponses;
use crate::http::fields::Fields;
use crate::http::pages;
use crate::http::parameters::{Cursor, IfMatch, Path};
use crate::http::response::{ApiResult, created, if_match, ok, with_etag};
use crate::rooms::service;

/// All rooms that are not private, and the caller's own, without their join codes. For members only.
#[utoipa::path(
    get, path = "/v1/rooms", tag = "rooms", operation_id = "listRooms",
    params(Cursor),
    security(("bearer" = [])),
    responses((status = 200, description = "The rooms in the order of their ids", body = Envelope<Vec<Room>>), ErrorResponses),
)]
pub(crate) async fn list(State(app): State<App>, Authenticated(actor): Authenticated, uri: Uri) -> ApiResult {
    let page = pages::page(service::list(&app, &actor).await?, &uri, |room| room.id.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// Creates a room.
#[utoipa::path(
    post, path = "/v1/rooms", tag = "rooms", operation_id = "createRoom",
    request_body = NewRoom, security(("bearer" = [])),
    responses((status = 201, description = "The room with its join code", body = Envelope<Room>), ErrorResponses),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Json(settings): Json<NewRoom>,
) -> ApiResult {
    let room = service::create(&app, &actor, &settings).await?;
    let rev = room.rev;
    Ok(with_etag(created(room), rev))
}

/// A room with its picks, for admitted people. Each page has the room and some of the picks.
#[utoipa::path(
    get, path = "/v1/rooms/{id}", tag = "rooms", operation_id = "getRoom",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        Cursor,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The room", body = Envelope<RoomWithPicks>), ErrorResponses),
)]
pub(crate) async fn get(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    uri: Uri,
) -> ApiResult {
    let mut room = service::get(&app, &actor, &id).await?;
    let mut page = pages::page(room.picks, &uri, |pick| pages::number(pick.number))?;
    room.picks = std::mem::take(&mut page.entries);
    let rev = room.room.rev;
    Ok(page.link(with_etag(ok(room), rev), &uri))
}

/// Whether a room is closed, for everyone with its address. Has neither its name nor its join code.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/status", tag = "rooms", operation_id = "getRoomStatus",
    params(("id" = inline(RoomId), Path, description = "The room's id")),
    responses((status = 200, description = "The status", body = Envelope<RoomStatus>), ErrorResponses),
)]
pub(crate) async fn status(State(app): State<App>, Path(id): Path<RoomId>) -> ApiResult {
    Ok(ok(service::status(&app, &id).await?))
}

/// Renames a room, changes the access to it, or shows the five best on the projector.
#[utoipa::path(
    patch, path = "/v1/rooms/{id}", tag = "rooms", operation_id = "changeRoom",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        IfMatch,
    ),
    request_body = RoomChange, security(("bearer" = [])),
    responses((status = 200, description = "The room", body = Envelope<Room>), ErrorResponses),
)]
pub(crate) async fn change(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    headers: HeaderMap,
    Json(change): Json<RoomChange>,
) -> ApiResult {
    let room = service::change(&app, &actor, &id, &change, if_match(&headers)?).await?;
    let rev = room.rev;
    Ok(with_etag(ok(room), rev))
}

/// Deletes a room with its contents. Succeeds if it does not exist.
#[utoipa::path(
    delete, path = "/v1/rooms/{id}", tag = "rooms", operation_id = "deleteRoom",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        IfMatch,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "Deleted", body = Envelope<Option<String>>), ErrorResponses),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    headers: HeaderMap,
) -> ApiResult {
    service::remove(&app, &actor, &id, if_match(&headers)?).await?;
    Ok(ok(()))
}

/// Closes a room: from then on it is read-only. An open question ends without feedback.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/close", tag = "rooms", operation_id = "closeRoom",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        IfMatch,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The room", body = Envelope<Room>), ErrorResponses),
)]
pub(crate) async fn close(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    headers: HeaderMap,
) -> ApiResult {
    Ok(ok(service::close(&app, &actor, &id, if_match(&headers)?).await?))
}

/// Opens a closed room again, without a question.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/reopen", tag = "rooms", operation_id = "reopenRoom",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        IfMatch,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The room", body = Envelope<Room>), ErrorResponses),
)]
pub(crate) async fn reopen(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    headers: HeaderMap,
) -> ApiResult {
    Ok(ok(service::reopen(&app, &actor, &id, if_match(&headers)?).await?))
}

/// The questions that the host plans to pick, in order. For the room's creator.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/run-list", tag = "rooms", operation_id = "getRunList",
    params(("id" = inline(RoomId), Path, description = "The room's id")),
    security(("bearer" = [])),
    responses((status = 200, description = "The run list; an empty one before it is written", body = Envelope<RunList>), ErrorResponses),
)]
pub(crate) async fn run_list(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
) -> ApiResult {
    let list = service::run_list(&app, &actor, &id).await?;
    let rev = list.rev;
    Ok(with_etag(ok(list), rev))
}

/// Replaces the run list. For the room's creator.
#[utoipa::path(
    put, path = "/v1/rooms/{id}/run-list", tag = "rooms", operation_id = "setRunList",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        IfMatch,
    ),
    request_body = NewRunList, security(("bearer" = [])),
    responses((status = 200, description = "The run list", body = Envelope<RunList>), ErrorResponses),
)]
pub(crate) async fn set_run_list(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    headers: HeaderMap,
    Json(NewRunList { questions }): Json<NewRunList>,
) -> ApiResult {
    let list = service::set_run_list(&app, &actor, &id, &questions, if_match(&headers)?).await?;
    let rev = list.rev;
    Ok(with_etag(ok(list), rev))
}

/// The room of a join code.
#[utoipa::path(
    get, path = "/v1/codes/{code}", tag = "rooms", operation_id = "findRoom",
    params(("code" = inline(JoinCode), Path, description = "Six characters; case, spaces and hyphens make no difference")),
    responses((status = 200, description = "The room, without its code", body = Envelope<Room>), ErrorResponses),
)]
pub(crate) async fn find(State(app): State<App>, Path(code): Path<JoinCode>) -> ApiResult {
    Ok(ok(service::find(&app, &code).await?))
}

impl RequestBody for NewRoom {
    type Checked = RoomSettings;

    fn check(sent: Value) -> Result<RoomSettings, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let (name, guests_allowed) = (fields.text("name"), fields.optional_boolean("guestsAllowed"));
        let read = name.zip(guests_allowed).zip(fields.optional_boolean("isPrivate"));
        let ((name, guests_allowed), is_private) = fields.finish(read)?;
        Ok(RoomSettings { name, guests_allowed, is_private })
    }
}

shapes!(RoomChange, NewRunList);
