//! Entering a room: `/v1/rooms/{id}/enter`, `/link` and `/guests`.

use axum::extract::State;
use axum::http::Uri;
use domain::room::{EntryKey, Room, RoomId};
use protocol::envelope::{ApiError, Envelope};
use protocol::rooms::{GuestToken, GuestView, NewEntry, NewGuest, PersonView, RoomLink};

use crate::App;
use crate::http::answer::{Answer, GuestPath, JsonBody, PathOf, created, ok};
use crate::http::caller::Authenticated;
use crate::http::fields::Fields;
use crate::http::pages;
use crate::http::refusals::Refusals;
use crate::identity::guests;
use crate::rooms::entrant_service;

/// Shows a room's join code, or the token of its link: a member is in from then on, also if the room is private.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/enter", tag = "rooms", operation_id = "enterRoom",
    params(("id" = String, Path, description = "The room's id")), request_body = NewEntry,
    security((), ("bearer" = [])),
    responses((status = 200, description = "The room, without its code", body = Envelope<Room>), Refusals),
)]
pub(crate) async fn enter(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<RoomId>,
    JsonBody(mut fields): JsonBody,
) -> Answer {
    let key = key(&mut fields);
    let key = fields.finish(key)?;
    Ok(ok(entrant_service::enter(&app, &actor, &id, &one(key)?).await?))
}

/// The token of the link that leads into a room, as in its QR code, for those who are in.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/link", tag = "rooms", operation_id = "getRoomLink",
    params(("id" = String, Path, description = "The room's id")), security(("bearer" = [])),
    responses((status = 200, description = "The token", body = Envelope<RoomLink>), Refusals),
)]
pub(crate) async fn link(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<RoomId>,
) -> Answer {
    Ok(ok(RoomLink { link: entrant_service::link(&app, &actor, &id).await? }))
}

/// Lets a guest in with a nickname, and with the room's join code or the token of its link. The guest's token is for this room alone.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/guests", tag = "rooms", operation_id = "joinRoom",
    params(("id" = String, Path, description = "The room's id")), request_body = NewGuest,
    responses((status = 201, description = "The guest's token", body = Envelope<GuestToken>), Refusals),
)]
pub(crate) async fn admit(
    State(app): State<App>,
    PathOf(id): PathOf<RoomId>,
    JsonBody(mut fields): JsonBody,
) -> Answer {
    let (name, key) = (fields.text("name"), key(&mut fields));
    let (name, key) = fields.finish(name.zip(key))?;
    let guest = entrant_service::admit(&app, &id, &name, &one(key)?).await?;
    let token = guests::sign(&app, &guest).await?;
    Ok(created(GuestToken { token, person: PersonView { id: guest.id, name: guest.name } }))
}

/// A room's guests, for its creator.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/guests", tag = "rooms", operation_id = "listGuests",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("cursor" = Option<String>, Query, description = "Where the page before ended, as its `Link` says"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The guests in the order of their ids", body = Envelope<Vec<GuestView>>), Refusals),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<RoomId>,
    uri: Uri,
) -> Answer {
    let guests = entrant_service::guests(&app, &actor, &id).await?.into_iter();
    let guests = guests.map(|guest| GuestView { joined_at: guest.joined_at(), id: guest.sk, name: guest.name });
    let page = pages::page(guests.collect(), &uri, |guest| guest.id.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// Removes a guest, for the room's creator and for the guest: the token opens nothing from now on. One who is not there is as removed as
/// asked for.
#[utoipa::path(
    delete, path = "/v1/rooms/{id}/guests/{guest}", tag = "rooms", operation_id = "removeGuest",
    params(
        ("id" = String, Path, description = "The room's id"),
        ("guest" = String, Path, description = "The guest's id"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "Removed", body = Envelope<Option<String>>), Refusals),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    GuestPath(id, guest): GuestPath,
) -> Answer {
    entrant_service::remove_guest(&app, &actor, &id, &guest).await?;
    Ok(ok(()))
}

/// The key in a body, as far as each part of it has its form.
fn key(fields: &mut Fields) -> Option<NewEntry> {
    let (code, link) = (fields.any_text("code"), fields.any_text("link"));
    code.zip(link).map(|(code, link)| NewEntry { code, link })
}

/// The one key that there must be.
fn one(NewEntry { code, link }: NewEntry) -> Result<EntryKey, ApiError> {
    EntryKey::of(code, link).map_err(ApiError::from)
}
