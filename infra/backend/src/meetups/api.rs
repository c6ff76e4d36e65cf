//! `/v1/meetups` and `/v1/me/meetups`: meetups, which people call events. A browser without sign-in identifies itself by its key: it may have
//! drafts, and answer as a guest.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use domain::actor::Actor;
use domain::meetup::{
    GuestKey, MeetupDetails, MeetupGuest, MeetupId, MeetupListing, Visibility, WallTime, Wish, ZoneName,
    check_capacity, check_minutes, check_plus, check_plus_limit,
};
use domain::person::PersonName;
use domain::validation::Violation;
use protocol::envelope::{ApiError, Envelope};
use protocol::meetups::{MeetupAnswer, MeetupForm, MeetupPage};
use serde_json::Value;

use crate::App;
use crate::http::body::{Json, RequestBody};
use crate::http::caller::Authenticated;
use crate::http::error_responses::ErrorResponses;
use crate::http::fields::Fields;
use crate::http::pages;
use crate::http::parameters::{Cursor, IfMatch, Path, VisitorKey};
use crate::http::response::{ApiResult, Failure, created, file, if_match, ok, with_etag};
use crate::identity::visitors;
use crate::meetups::access::MeetupCaller;
use crate::meetups::calendar::CONTENT_TYPE;
use crate::meetups::service::MeetupSettings;
use crate::meetups::{guest_service, service, zones};

/// The duration of a meetup for which none is set, in minutes.
const DEFAULT_MINUTES: i64 = 60;

impl<S: Send + Sync> FromRequestParts<S> for MeetupCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Ok(Authenticated(actor)) = Authenticated::from_request_parts(parts, state).await;
        let visitor = visitors::of_headers(&parts.headers)?;
        let member = match actor {
            Actor::Member(member) => Some(member),
            Actor::Admin | Actor::Device(_) | Actor::Guest(_) | Actor::Visitor | Actor::InvalidKey => None,
        };
        Ok(Self { member, visitor })
    }
}

/// The public events that people can still come to.
#[utoipa::path(
    get, path = "/v1/meetups", tag = "events", operation_id = "listMeetups",
    params(Cursor),
    responses((status = 200, description = "The events in the order of their ids", body = Envelope<Vec<MeetupListing>>)),
)]
pub(crate) async fn list(State(app): State<App>, uri: Uri) -> ApiResult {
    let page = pages::page(service::list(&app).await?, &uri, |listing| listing.meetup.id.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// The caller's own events, drafts too. With a token and the key of a browser: those of both.
#[utoipa::path(
    get, path = "/v1/me/meetups", tag = "events", operation_id = "listOwnMeetups",
    params(Cursor, VisitorKey),
    security((), ("bearer" = [])),
    responses((status = 200, description = "The events in the order of their ids", body = Envelope<Vec<MeetupListing>>), ErrorResponses),
)]
pub(crate) async fn list_own(State(app): State<App>, caller: MeetupCaller, uri: Uri) -> ApiResult {
    let own = service::list_own(&app, &caller).await?;
    let page = pages::page(own, &uri, |listing| listing.meetup.id.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// Creates a draft.
#[utoipa::path(
    post, path = "/v1/meetups", tag = "events", operation_id = "createMeetup",
    params(VisitorKey),
    request_body = MeetupForm, security((), ("bearer" = [])),
    responses((status = 201, description = "The draft", body = Envelope<MeetupPage>), ErrorResponses),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: MeetupCaller,
    Json(settings): Json<MeetupForm>,
) -> ApiResult {
    let page = service::create(&app, &caller, settings).await?;
    Ok(with_etag(created(&page), page.meetup.rev))
}

/// An event as the caller sees it.
#[utoipa::path(
    get, path = "/v1/meetups/{id}", tag = "events", operation_id = "getMeetup",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses((status = 200, description = "The event", body = Envelope<MeetupPage>), ErrorResponses),
)]
pub(crate) async fn get(State(app): State<App>, caller: MeetupCaller, Path(id): Path<MeetupId>) -> ApiResult {
    Ok(respond(&service::get(&app, &caller, &id).await?))
}

/// Replaces the details of an event and the number of its seats. For its host.
#[utoipa::path(
    put, path = "/v1/meetups/{id}", tag = "events", operation_id = "changeMeetup",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        IfMatch,
        VisitorKey,
    ),
    request_body = MeetupForm, security((), ("bearer" = [])),
    responses((status = 200, description = "The event", body = Envelope<MeetupPage>), ErrorResponses),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: MeetupCaller,
    Path(id): Path<MeetupId>,
    headers: HeaderMap,
    Json(settings): Json<MeetupForm>,
) -> ApiResult {
    Ok(respond(&service::change(&app, &caller, &id, &settings, if_match(&headers)?).await?))
}

/// Deletes a draft. Succeeds if there is no such event.
#[utoipa::path(
    delete, path = "/v1/meetups/{id}", tag = "events", operation_id = "deleteMeetup",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        IfMatch,
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses((status = 200, description = "Deleted", body = Envelope<Option<String>>), ErrorResponses),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: MeetupCaller,
    Path(id): Path<MeetupId>,
    headers: HeaderMap,
) -> ApiResult {
    service::remove(&app, &caller, &id, if_match(&headers)?).await?;
    Ok(ok(()))
}

/// Publishes a draft. Until its invitations are sent, after 60 s, this can be taken back. A draft of the caller's browser becomes the
/// member's.
#[utoipa::path(
    post, path = "/v1/meetups/{id}/publish", tag = "events", operation_id = "publishMeetup",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        IfMatch,
        VisitorKey,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The event", body = Envelope<MeetupPage>), ErrorResponses),
)]
pub(crate) async fn publish(
    State(app): State<App>,
    caller: MeetupCaller,
    Path(id): Path<MeetupId>,
    headers: HeaderMap,
) -> ApiResult {
    Ok(respond(&service::publish(&app, &caller, &id, if_match(&headers)?).await?))
}

/// Takes publishing back, before the invitations are sent: the event is a draft again.
#[utoipa::path(
    post, path = "/v1/meetups/{id}/take-back", tag = "events", operation_id = "takeBackMeetup",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        IfMatch,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The draft", body = Envelope<MeetupPage>), ErrorResponses),
)]
pub(crate) async fn take_back(
    State(app): State<App>,
    caller: MeetupCaller,
    Path(id): Path<MeetupId>,
    headers: HeaderMap,
) -> ApiResult {
    Ok(respond(&service::take_back(&app, &caller, &id, if_match(&headers)?).await?))
}

/// Cancels a published event.
#[utoipa::path(
    post, path = "/v1/meetups/{id}/cancel", tag = "events", operation_id = "cancelMeetup",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        IfMatch,
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The event", body = Envelope<MeetupPage>), ErrorResponses),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: MeetupCaller,
    Path(id): Path<MeetupId>,
    headers: HeaderMap,
) -> ApiResult {
    Ok(respond(&service::cancel(&app, &caller, &id, if_match(&headers)?).await?))
}

/// Answers for the caller: a member, or a guest who is not signed in and gives a name. If there are too few seats, the guest waits.
#[utoipa::path(
    put, path = "/v1/meetups/{id}/answer", tag = "events", operation_id = "answerMeetup",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        VisitorKey,
    ),
    request_body = MeetupAnswer, security((), ("bearer" = [])),
    responses((status = 200, description = "The event, with the guest and the answer", body = Envelope<MeetupPage>), ErrorResponses),
)]
pub(crate) async fn answer(
    State(app): State<App>,
    caller: MeetupCaller,
    Path(id): Path<MeetupId>,
    Json((wish, name)): Json<MeetupAnswer>,
) -> ApiResult {
    Ok(respond(&guest_service::answer(&app, &caller, &id, wish, name.as_ref()).await?))
}

/// The event as an iCalendar object (RFC 5545). Its UID stays, and its SEQUENCE grows with each change that calendars must apply.
#[utoipa::path(
    get, path = "/v1/meetups/{id}/calendar", tag = "events", operation_id = "getMeetupCalendar",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses((status = 200, description = "The calendar", content_type = "text/calendar", body = String), ErrorResponses),
)]
pub(crate) async fn calendar(State(app): State<App>, caller: MeetupCaller, Path(id): Path<MeetupId>) -> ApiResult {
    let calendar = service::calendar(&app, &caller, &id).await?;
    Ok(file(CONTENT_TYPE, "event.ics", calendar.into_bytes()))
}

/// The guests: all for the host; those who come for a guest, if the event shows them.
#[utoipa::path(
    get, path = "/v1/meetups/{id}/guests", tag = "events", operation_id = "listMeetupGuests",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        Cursor,
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses((status = 200, description = "The guests in the order of their keys", body = Envelope<Vec<MeetupGuest>>), ErrorResponses),
)]
pub(crate) async fn guests(
    State(app): State<App>,
    caller: MeetupCaller,
    Path(id): Path<MeetupId>,
    uri: Uri,
) -> ApiResult {
    let guests = guest_service::list(&app, &caller, &id).await?;
    let page = pages::page(guests, &uri, |guest| guest.key.to_string())?;
    Ok(page.link(ok(&page.entries), &uri))
}

/// Removes a guest; their seats are free again. For the host. Succeeds if there is no such guest.
#[utoipa::path(
    delete, path = "/v1/meetups/{id}/guests/{guest}", tag = "events", operation_id = "removeMeetupGuest",
    params(
        ("id" = inline(MeetupId), Path, description = "The event's id"),
        ("guest" = inline(GuestKey), Path, description = "The guest's key"),
        VisitorKey,
    ),
    security((), ("bearer" = [])),
    responses((status = 200, description = "Removed", body = Envelope<Option<String>>), ErrorResponses),
)]
pub(crate) async fn remove_guest(
    State(app): State<App>,
    caller: MeetupCaller,
    Path((id, guest)): Path<(MeetupId, GuestKey)>,
) -> ApiResult {
    guest_service::remove(&app, &caller, &id, &guest).await?;
    Ok(ok(()))
}

fn respond(page: &MeetupPage) -> axum::response::Response {
    with_etag(ok(page), page.meetup.rev)
}

impl RequestBody for MeetupForm {
    type Checked = MeetupSettings;

    fn check(sent: Value) -> Result<MeetupSettings, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let texts = fields.text("title").zip(fields.optional_text("description"));
        let start = fields.any_text::<WallTime>("start").zip(fields.any_text::<ZoneName>("zone"));
        let minutes = fields.optional_integer("minutes");
        let minutes = minutes.and_then(|minutes| fields.checked(check_minutes(minutes.unwrap_or(DEFAULT_MINUTES))));
        let plus = fields.optional_integer("plusLimit");
        let plus = plus.and_then(|plus| fields.checked(check_plus_limit(plus.unwrap_or_default())));
        let capacity = fields.optional_integer("capacity");
        let capacity = capacity.and_then(|capacity| fields.checked(capacity.map(check_capacity).transpose()));
        let visibility = fields.any_text::<Visibility>("visibility");
        let others = fields.optional_boolean("showsGuests").zip(fields.any_text("joinUrl"));
        let read = texts.zip(start).zip(minutes.zip(plus)).zip(capacity.zip(visibility)).zip(others);
        let (
            ((((title, description), start), (minutes, plus_limit)), (capacity, visibility)),
            (shows_guests, join_url),
        ) = fields.finish(read)?;
        let start = match start {
            (Some(wall), Some(zone)) => Some(zones::start(wall, zone)?),
            (None, None) => None,
            (Some(_), None) => {
                let message = "A start needs the name of its time zone, like Europe/Berlin.";
                return Err(Violation::of_rule("zone", "", "zone", message).into());
            }
            (None, Some(zone)) => {
                let message = "A time zone is for a start. Send both or neither.";
                return Err(Violation::of_rule("start", zone.as_str(), "start", message).into());
            }
        };
        let visibility = visibility.unwrap_or_default();
        let details =
            MeetupDetails { title, description, start, minutes, visibility, plus_limit, shows_guests, join_url };
        Ok(MeetupSettings { details, capacity })
    }
}

impl RequestBody for MeetupAnswer {
    type Checked = (Wish, Option<PersonName>);

    fn check(sent: Value) -> Result<Self::Checked, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let (is_coming, name) = (fields.boolean("isComing"), fields.any_text("name"));
        let plus = fields.optional_integer("plus");
        let plus = plus.and_then(|plus| fields.checked(check_plus(plus.unwrap_or_default())));
        let ((is_coming, plus), name) = fields.finish(is_coming.zip(plus).zip(name))?;
        Ok((if is_coming { Wish::Come { plus } } else { Wish::Decline }, name))
    }
}
