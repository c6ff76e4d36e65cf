//! Entering a room: `/v1/rooms/{id}/enter`, `/link` and `/guests`.

use axum::extract::State;
use axum::http::Uri;
use domain::person::{GuestId, PersonName};
use domain::room::{EntryKey, JoinCode, JoinLink, Room, RoomId};
use protocol::envelope::{ApiError, Envelope};
use protocol::rooms::{GuestToken, GuestView, NewEntry, NewGuest, PersonView, RoomLink};
use serde_json::Value;

use crate::App;
use crate::http::body::{Json, RequestBody};
use crate::http::caller::Authenticated;
use crate::http::error_responses::ErrorResponses;
use crate::http::fields::Fields;
use crate::http::pages;
use crate::http::parameters::{Cursor, Path};
use crate::http::response::{ApiResult, created, ok};
use crate::identity::guests;
use crate::rooms::entrant_service;

/// Enters a room with its join code or the token of its link. A member stays admitted, even to a private room.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/enter", tag = "rooms", operation_id = "enterRoom",
    params(("id" = inline(RoomId), Path, description = "The room's id")), request_body = NewEntry,
    security((), ("bearer" = [])),
    responses((status = 200, description = "The room, without its code", body = Envelope<Room>), ErrorResponses),
)]
pub(crate) async fn enter(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    Json(key): Json<NewEntry>,
) -> ApiResult {
    Ok(ok(entrant_service::enter(&app, &actor, &id, &key).await?))
}

/// The token of the link to a room, as in its QR code, for admitted people.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/link", tag = "rooms", operation_id = "getRoomLink",
    params(("id" = inline(RoomId), Path, description = "The room's id")), security(("bearer" = [])),
    responses((status = 200, description = "The token", body = Envelope<RoomLink>), ErrorResponses),
)]
pub(crate) async fn link(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
) -> ApiResult {
    Ok(ok(RoomLink { link: entrant_service::link(&app, &actor, &id).await? }))
}

/// Admits a guest with a nickname and with the room's join code or the token of its link. The guest's token is for this room only.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/guests", tag = "rooms", operation_id = "joinRoom",
    params(("id" = inline(RoomId), Path, description = "The room's id")), request_body = NewGuest,
    responses((status = 201, description = "The guest's token", body = Envelope<GuestToken>), ErrorResponses),
)]
pub(crate) async fn admit(
    State(app): State<App>,
    Path(id): Path<RoomId>,
    Json((name, key)): Json<NewGuest>,
) -> ApiResult {
    let guest = entrant_service::admit(&app, &id, &name, &key).await?;
    let token = guests::sign(&app, &guest).await?;
    Ok(created(GuestToken { token, person: PersonView { id: guest.id, name: guest.name } }))
}

/// The guests of a room, for its creator.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/guests", tag = "rooms", operation_id = "listGuests",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        Cursor,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The guests in the order of their ids", body = Envelope<Vec<GuestView>>), ErrorResponses),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<RoomId>,
    uri: Uri,
) -> ApiResult {
    let guests = entrant_service::guests(&app, &actor, &id).await?.into_iter();
    let guests = guests.map(|guest| GuestView { joined_at: guest.joined_at(), id: guest.sk, name: guest.name });
    let page = pages::page(guests.collect(), &uri, |guest| guest.id.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// Removes a guest, for the room's creator and for the guest. The guest's token is not valid any more. Succeeds if the guest does not
/// exist.
#[utoipa::path(
    delete, path = "/v1/rooms/{id}/guests/{guest}", tag = "rooms", operation_id = "removeGuest",
    params(
        ("id" = inline(RoomId), Path, description = "The room's id"),
        ("guest" = inline(GuestId), Path, description = "The guest's id"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "Removed", body = Envelope<Option<String>>), ErrorResponses),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path((id, guest)): Path<(RoomId, GuestId)>,
) -> ApiResult {
    entrant_service::remove_guest(&app, &actor, &id, &guest).await?;
    Ok(ok(()))
}

impl RequestBody for NewEntry {
    type Checked = EntryKey;

    fn check(sent: Value) -> Result<EntryKey, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let parts = key(&mut fields);
        let (code, link) = fields.finish(parts)?;
        EntryKey::of(code, link).map_err(ApiError::from)
    }
}

impl RequestBody for NewGuest {
    type Checked = (PersonName, EntryKey);

    fn check(sent: Value) -> Result<(PersonName, EntryKey), ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let parts = fields.text("name").zip(key(&mut fields));
        let (name, (code, link)) = fields.finish(parts)?;
        Ok((name, EntryKey::of(code, link)?))
    }
}

/// The join code and the token of the link, if valid. The request must have exactly one of them.
fn key(fields: &mut Fields) -> Option<(Option<JoinCode>, Option<JoinLink>)> {
    let (code, link) = (fields.any_text("code"), fields.any_text("link"));
    code.zip(link)
}
