//! `/v1/push` and `/v1/me/…`: alerts, preferences, and the browsers that get notifications.
//!
//! A visitor may set alerts, too: the browser sends a key that it has generated and that identifies it. Only the key's hash is stored.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::actor::{Actor, Denied};
use domain::alert::{Alert, Preferences};
use domain::item::ItemKey;
use domain::person::PersonId;
use domain::room::RoomId;
use domain::table::TableId;
use domain::topic::Topic;
use domain::validation::Violation;
use protocol::envelope::{Envelope, ErrorBody};
use protocol::notifications::{NewAlert, Notifications, PushKey, RegisteredBrowser, Renewal, Subscription, TestResult};

use crate::App;
use crate::http::body::{Json, shapes};
use crate::http::caller::Authenticated;
use crate::http::parameters::{Key, Path, PathParameter, VisitorKey};
use crate::http::response::{ApiResult, Failure, ok};
use crate::identity::visitors;
use crate::notifications::{alert_service, browser_service};

/// A caller that can be notified: a person, or a browser with a visitor key.
pub(crate) struct Reachable(PersonId);

impl<S: Send + Sync> FromRequestParts<S> for Reachable {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Ok(Authenticated(actor)) = Authenticated::from_request_parts(parts, state).await;
        let visitor = visitors::of_headers(&parts.headers)?;
        match (actor, visitor) {
            // A guest has another id in each room, but the browser is the same for all rooms.
            (Actor::Visitor | Actor::Admin | Actor::Guest(_), Some(visitor)) => Ok(Self(visitor)),
            (Actor::Visitor | Actor::Admin, None) => Err(Denied::NotSignedIn.into()),
            (other, _) => Ok(Self(other.person()?.id().clone())),
        }
    }
}

/// A browser's id in the path, as in [`RegisteredBrowser`].
pub(crate) struct BrowserId(String);

impl std::str::FromStr for BrowserId {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let is_valid = text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok();
        let refused = || Violation::new("id", text, "id", "A browser's id is 43 characters of base64url.");
        is_valid.then(|| Self(text.to_owned())).ok_or_else(refused)
    }
}

/// The public key for push subscriptions (RFC 8292).
#[utoipa::path(
    get, path = "/v1/push/key", tag = "notifications", operation_id = "getPushKey",
    responses((status = 200, description = "The key", body = Envelope<PushKey>)),
)]
pub(crate) async fn key(State(app): State<App>) -> ApiResult {
    let public_key =
        app.push().public_key(app.storage(), app.now()).await.map_err(crate::command::CommandError::Push)?;
    Ok(ok(PushKey { public_key }))
}

/// Replaces an old push subscription by a new one. The old endpoint authorizes the request.
#[utoipa::path(
    post, path = "/v1/push/renewals", tag = "notifications", operation_id = "renewBrowser", request_body = Renewal,
    responses(
        (status = 200, description = "The browser goes on receiving notifications", body = Envelope<RegisteredBrowser>),
        (status = 404, description = "No browser has the old one", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "The new one is none that can be sent to", body = ErrorBody),
    ),
)]
pub(crate) async fn renew(State(app): State<App>, Json(renewal): Json<Renewal>) -> ApiResult {
    Ok(ok(browser_service::renew(&app, renewal).await?))
}

/// Registers a browser for the caller's notifications.
#[utoipa::path(
    put, path = "/v1/me/browsers", tag = "notifications", operation_id = "registerBrowser", request_body = Subscription,
    params(VisitorKey),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "It receives notifications from now on", body = Envelope<RegisteredBrowser>),
        (status = 403, description = "A device", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "It cannot be sent to, or ten browsers receive notifications already", body = ErrorBody),
    ),
)]
pub(crate) async fn register(
    State(app): State<App>,
    Reachable(person): Reachable,
    Json(subscription): Json<Subscription>,
) -> ApiResult {
    Ok(ok(browser_service::register(&app, &person, subscription).await?))
}

/// Removes a browser.
#[utoipa::path(
    delete, path = "/v1/me/browsers/{id}", tag = "notifications", operation_id = "removeBrowser",
    params(
        ("id" = inline(BrowserId), Path, description = "The browser's id"),
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "It receives no notifications any more", body = Envelope<Option<String>>),
        (status = 403, description = "A device", body = ErrorBody),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Reachable(person): Reachable,
    Path(BrowserId(id)): Path<BrowserId>,
) -> ApiResult {
    browser_service::remove(&app, &person, &id).await?;
    Ok(ok(()))
}

/// All alerts, browsers and preferences of the caller. Reading them renews what would expire: a visitor's data, and alerts about private
/// items that the caller may still read.
#[utoipa::path(
    get, path = "/v1/me/notifications", tag = "notifications", operation_id = "getNotifications",
    params(VisitorKey),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "What was asked for", body = Envelope<Notifications>),
        (status = 403, description = "A device", body = ErrorBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Reachable(person): Reachable,
) -> ApiResult {
    Ok(ok(alert_service::list(&app, &actor, &person).await?))
}

/// Sets the caller's preferences.
#[utoipa::path(
    put, path = "/v1/me/notifications/preferences", tag = "notifications", operation_id = "setPreferences",
    request_body = Preferences,
    params(VisitorKey),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The preferences", body = Envelope<Preferences>),
        (status = 403, description = "A device", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
    ),
)]
pub(crate) async fn set_preferences(
    State(app): State<App>,
    Reachable(person): Reachable,
    Json(preferences): Json<Preferences>,
) -> ApiResult {
    Ok(ok(alert_service::set_preferences(&app, &person, preferences).await?))
}

/// Sends a test notification to all browsers of the caller.
#[utoipa::path(
    post, path = "/v1/me/notifications/trials", tag = "notifications", operation_id = "tryNotifications",
    params(VisitorKey),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "What became of it", body = Envelope<TestResult>),
        (status = 403, description = "A device", body = ErrorBody),
    ),
)]
pub(crate) async fn send_test(State(app): State<App>, Reachable(person): Reachable) -> ApiResult {
    Ok(ok(browser_service::send_test(&app, &person).await?))
}

/// Sets an alert for a table.
#[utoipa::path(
    put, path = "/v1/me/alerts/tables/{id}", tag = "notifications", operation_id = "askOfTable", request_body = NewAlert,
    params(
        ("id" = inline(TableId), Path, description = "The table's id"),
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "What was asked for", body = Envelope<Alert>),
        (status = 403, description = "A device", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
        (status = 409, description = "Others change it at the same time", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "It is free already, or too much was asked for", body = ErrorBody),
    ),
)]
pub(crate) async fn set_table_alert(
    State(app): State<App>,
    Reachable(person): Reachable,
    Path(id): Path<TableId>,
    Json(new): Json<NewAlert>,
) -> ApiResult {
    Ok(ok(alert_service::set_table_alert(&app, &person, &id, new).await?))
}

/// Deletes the alert for a table.
#[utoipa::path(
    delete, path = "/v1/me/alerts/tables/{id}", tag = "notifications", operation_id = "withdrawFromTable",
    params(
        ("id" = inline(TableId), Path, description = "The table's id"),
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Taken back", body = Envelope<Option<String>>),
        (status = 403, description = "A device", body = ErrorBody),
    ),
)]
pub(crate) async fn delete_table_alert(
    State(app): State<App>,
    Reachable(person): Reachable,
    Path(id): Path<TableId>,
) -> ApiResult {
    alert_service::delete_alert(&app, &person, &Topic::Table(id)).await?;
    Ok(ok(()))
}

/// Sets an alert for a room that the caller is in.
#[utoipa::path(
    put, path = "/v1/me/alerts/rooms/{id}", tag = "notifications", operation_id = "askOfRoom", request_body = NewAlert,
    params(("id" = inline(RoomId), Path, description = "The room's id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What was asked for", body = Envelope<Alert>),
        (status = 403, description = "They are not in the room", body = ErrorBody),
        (status = 404, description = "No such room", body = ErrorBody),
        (status = 409, description = "Others change it at the same time", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "Too much was asked for", body = ErrorBody),
    ),
)]
pub(crate) async fn set_room_alert(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Reachable(recipient): Reachable,
    Path(id): Path<RoomId>,
    Json(new): Json<NewAlert>,
) -> ApiResult {
    Ok(ok(alert_service::set_room_alert(&app, &actor.person()?, &recipient, &id, new).await?))
}

/// Deletes the alert for a room.
#[utoipa::path(
    delete, path = "/v1/me/alerts/rooms/{id}", tag = "notifications", operation_id = "withdrawFromRoom",
    params(("id" = inline(RoomId), Path, description = "The room's id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Taken back", body = Envelope<Option<String>>),
        (status = 403, description = "A device", body = ErrorBody),
    ),
)]
pub(crate) async fn delete_room_alert(
    State(app): State<App>,
    Reachable(person): Reachable,
    Path(id): Path<RoomId>,
) -> ApiResult {
    alert_service::delete_alert(&app, &person, &Topic::Room(id)).await?;
    Ok(ok(()))
}

/// Sets an alert for an item: for each change, at most once a minute, or when a number crosses a bound.
#[utoipa::path(
    put, path = "/v1/me/alerts/items/{key}", tag = "notifications", operation_id = "askOfItem", request_body = NewAlert,
    params(
        ("key" = inline(ItemKey), Path, description = "The item's key"),
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "What was asked for", body = Envelope<Alert>),
        (status = 403, description = "A device, or the item is for other people", body = ErrorBody),
        (status = 409, description = "Others change it at the same time", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "Too much was asked for", body = ErrorBody),
    ),
)]
pub(crate) async fn set_item_alert(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Reachable(recipient): Reachable,
    Path(key): Path<ItemKey>,
    Json(new): Json<NewAlert>,
) -> ApiResult {
    Ok(ok(alert_service::set_item_alert(&app, &actor, &recipient, &key, new).await?))
}

/// Deletes the alert for an item.
#[utoipa::path(
    delete, path = "/v1/me/alerts/items/{key}", tag = "notifications", operation_id = "withdrawFromItem",
    params(
        ("key" = inline(ItemKey), Path, description = "The item's key"),
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Taken back", body = Envelope<Option<String>>),
        (status = 403, description = "A device", body = ErrorBody),
    ),
)]
pub(crate) async fn delete_item_alert(
    State(app): State<App>,
    Reachable(person): Reachable,
    Path(key): Path<ItemKey>,
) -> ApiResult {
    alert_service::delete_alert(&app, &person, &Topic::Item(key)).await?;
    Ok(ok(()))
}

shapes!(Renewal, Subscription, Preferences, NewAlert);

impl PathParameter for BrowserId {}

domain::described!(BrowserId, <Key as utoipa::PartialSchema>::schema());
