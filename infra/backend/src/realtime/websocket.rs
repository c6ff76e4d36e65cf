//! The live connections (API Gateway's WebSocket API): `$connect`, `$disconnect` and `$default`. An error of one client does not affect
//! others.

use std::net::IpAddr;

use aws_lambda_events::event::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use domain::access::{AccessRefusal, TopicAccess};
use domain::person::Person;
use domain::room::RoomRefusal;
use domain::table::TableId;
use domain::time::Timestamp;
use domain::topic::Topic;
use protocol::frames::{ClientFrame, DenialReason, FrameError, FrameErrorCode, SUBSCRIPTION_LIMIT, ServerFrame};
use protocol::rooms::TICKET_PARAMETER;
use tracing::Instrument;

use crate::App;
use crate::db::StorageError;
use crate::db::records::ConnectionRecord;
use crate::http::audit::{self, DeniedRequest, LoggedCaller};
use crate::http::edge;
use crate::identity::sign_outs;
use crate::quotas::LIST_MESSAGE;
use crate::rate_limiter::LimitKind;
use crate::realtime::snapshots::Snapshot;
use crate::realtime::ticket_store::Holder;
use crate::realtime::{endings, pong, ticket_service};
use crate::tables;

/// Handles one event of a connection.
///
/// # Errors
/// The database fails at the handshake or at the end of a connection. If a message fails, the response is an error frame.
pub async fn handle(
    app: &App,
    request: ApiGatewayWebsocketProxyRequest,
) -> Result<ApiGatewayProxyResponse, StorageError> {
    let connection = request.request_context.connection_id.clone().unwrap_or_default();
    let id = request.request_context.request_id.clone().unwrap_or_default();
    let route = request.request_context.route_key.clone().unwrap_or_default();
    let span = tracing::info_span!("live", id, connection, route);
    handle_one(app, &connection, request).instrument(span).await
}

async fn handle_one(
    app: &App,
    connection: &str,
    request: ApiGatewayWebsocketProxyRequest,
) -> Result<ApiGatewayProxyResponse, StorageError> {
    match request.request_context.route_key.as_deref() {
        Some("$connect") => {
            let mut who = LoggedCaller::Unknown;
            let response = connect(app, connection, &request, &mut who).await?;
            let status = u16::try_from(response.status_code).unwrap_or_default();
            let from = edge::address_of_any(app.config(), &request.headers, source(&request));
            record_denial(
                app,
                &request,
                DeniedRequest { status, who, from, ..refused_on(connection, "connect", "/live") },
            );
            Ok(response)
        }
        Some("$disconnect") => {
            app.storage().remove_connection(connection).await?;
            Ok(response(200, None))
        }
        _ => Ok(response(200, message(app, connection, &request).await)),
    }
}

/// The source address as the gateway reports it: CloudFront's address, if CloudFront is in front of the gateway.
fn source(request: &ApiGatewayWebsocketProxyRequest) -> Option<IpAddr> {
    request.request_context.identity.source_ip.as_deref()?.parse().ok()
}

/// A denied request on a live connection whose person is not known yet.
const fn refused_on<'a>(connection: &'a str, method: &'a str, route: &'a str) -> DeniedRequest<'a> {
    let who = LoggedCaller::Unknown;
    DeniedRequest { status: 0, who, from: None, method, route, request: "", connection: Some(connection) }
}

/// Adds a denied request to the audit log.
fn record_denial(app: &App, request: &ApiGatewayWebsocketProxyRequest, refused: DeniedRequest<'_>) {
    let id = request.request_context.request_id.as_deref().unwrap_or_default();
    audit::log_denial(app, &DeniedRequest { request: id, ..refused });
}

/// Handles a handshake. A ticket in its query sets the person of the connection.
///
/// A topic's key in its query, or else in its headers, is a subscription. The stream's handler then posts the snapshot, since the
/// connection accepts no post before the response to the handshake.
async fn connect(
    app: &App,
    connection: &str,
    request: &ApiGatewayWebsocketProxyRequest,
    who: &mut LoggedCaller,
) -> Result<ApiGatewayProxyResponse, StorageError> {
    let (config, headers, source) = (app.config(), &request.headers, source(request));
    if !edge::passed_cloudfront(config, headers) {
        return Ok(response(403, Some("Open the live connection at the site's own address.".to_owned())));
    }
    if !edge::is_same_site(config, headers) {
        return Ok(response(403, Some("A page of another site may not open a live connection here.".to_owned())));
    }
    let is_local_admin = config.loopback_admin && edge::is_local(config, headers, source);
    let from = edge::address(config, headers, source).map_or_else(String::new, |address| address.to_string());
    if !is_local_admin && app.rate_limiter().count(LimitKind::Connection, &from).is_err() {
        let message = "Too many connections come from your address just now. Come again in a second.";
        return Ok(response(429, Some(message.to_owned())));
    }
    // Before the ticket, which is valid once: an error in the key does not use it up.
    let topic = match requested_topic(app, request).await? {
        Ok(topic) => topic,
        Err(message) => return Ok(response(400, Some(message))),
    };
    let mut holder = None;
    if let Some(ticket) = request.query_string_parameters.first(TICKET_PARAMETER) {
        holder = ticket_service::redeem(app, ticket).await?;
        let Some(holder) = &holder else {
            let message = "This ticket has been used or is older than 30 seconds. Ask for another one.";
            return Ok(response(401, Some(message.to_owned())));
        };
        *who = LoggedCaller::of_person(Some(&holder.person));
    }
    if let Some(topic) = &topic
        && let Err(refusal) = authorize(app, topic, holder.as_ref().map(|holder| &holder.person)).await?
    {
        let status = match refusal {
            AccessRefusal::NotSignedIn => 401,
            AccessRefusal::Room(_)
            | AccessRefusal::NotYours
            | AccessRefusal::MembersOnly
            | AccessRefusal::OtherGroup => 403,
            AccessRefusal::NoRoom | AccessRefusal::NoMeetup => 400,
        };
        return Ok(response(status, Some(refusal.to_string())));
    }
    if let Some(holder) = &holder {
        app.storage().save_holder(connection, holder, app.now()).await?;
    }
    if let Some(topic) = topic {
        app.storage().subscribe(connection, &topic, true, holder.as_ref(), app.now()).await?;
        let person = holder.as_ref().map(|holder| &holder.person);
        if let Err(refusal) = authorize_again(app, connection, &topic, person).await? {
            return Ok(response(403, Some(refusal.to_string())));
        }
    }
    // After all writes: a concurrent sign-out either finds the connection and deletes it, or is found here.
    if let Some(holder) = &holder
        && sign_outs::is_session_ended_uncached(app, holder.person.id(), holder.since).await?
    {
        app.storage().remove_connection(connection).await?;
        return Ok(response(401, Some("Your sign-in has ended. Sign in again.".to_owned())));
    }
    Ok(response(200, None))
}

/// The topic that a handshake requests, if any: by its whole name, by a table's id, or by an item's key as in the Real Time Platform. The
/// inner error is a message for the client.
async fn requested_topic(
    app: &App,
    request: &ApiGatewayWebsocketProxyRequest,
) -> Result<Result<Option<Topic>, String>, StorageError> {
    let mut names = app.config().item_parameter.split(',').map(str::trim);
    let named = names.find_map(|name| {
        let from_query = request.query_string_parameters.first(name);
        let from_header = || request.headers.get(name).and_then(|value| value.to_str().ok());
        Some((name, from_query.or_else(from_header)?))
    });
    let Some((name, key)) = named else { return Ok(Ok(None)) };
    let unknown = match key.parse::<Topic>() {
        Ok(topic) => return Ok(Ok(Some(topic))),
        Err(unknown) => unknown,
    };
    // A table and an item may have the same name; a client that means the item writes “item/…”.
    if let Ok(id) = key.parse::<TableId>()
        && matches!(app.storage().table(&id).await?, tables::store::Stored::Present(_))
    {
        return Ok(Ok(Some(Topic::Table(id))));
    }
    let item = key.parse().map(Topic::Item);
    Ok(item.map(Some).map_err(|_| format!("{name}: {unknown} A table's id and an item's key are keys too.")))
}

/// Whether `person` may subscribe to a topic. A public topic needs no read.
///
/// # Errors
/// The database fails. The inner error is why the person may not.
pub(crate) async fn authorize(
    app: &App,
    topic: &Topic,
    person: Option<&Person>,
) -> Result<Result<(), AccessRefusal>, StorageError> {
    let access = match (topic.room(), topic.meetup(), person) {
        (Some(room), _, Some(person)) => app.storage().room_access(room, person).await?.map(TopicAccess::Room),
        (_, Some(meetup), _) => app.storage().meetup_access(meetup, person).await?.map(TopicAccess::Meetup),
        _ => None,
    };
    Ok(topic.authorize(person, access.as_ref()))
}

/// Checks again whether a guest of a room or of a meetup may subscribe to a topic, after the subscription is written: removing a guest ends
/// the subscriptions that exist at that time, and this one may not have been among them. If the guest may not subscribe, the subscription is
/// deleted here.
async fn authorize_again(
    app: &App,
    connection: &str,
    topic: &Topic,
    person: Option<&Person>,
) -> Result<Result<(), AccessRefusal>, StorageError> {
    let is_of_guest = matches!(person, Some(Person::Guest(_))) && topic.room().is_some();
    if !(is_of_guest || person.is_some() && topic.meetup().is_some()) {
        return Ok(Ok(()));
    }
    let outcome = authorize(app, topic, person).await?;
    if outcome.is_err() {
        app.storage().unsubscribe(connection, topic).await?;
    }
    Ok(outcome)
}

/// Handles a message; returns the response, if any.
async fn message(app: &App, connection: &str, request: &ApiGatewayWebsocketProxyRequest) -> Option<String> {
    let frame = ClientFrame::parse(request.body.as_deref().unwrap_or_default());
    let (method, route) = kind(frame.as_ref().ok());
    let refused = DeniedRequest { from: source(request), ..refused_on(connection, method, route) };
    if app.rate_limiter().count_all(LimitKind::Message, connection, cost(frame.as_ref().ok())).is_err() {
        record_denial(app, request, DeniedRequest { status: 429, ..refused });
        let error = FrameError::new(FrameErrorCode::TooManyMessages, "That was too often. Say it again in a second.");
        return Some(ServerFrame::Error(error).to_json());
    }
    let mut denied = None;
    let done = match frame {
        Ok(ClientFrame::Subscribe { topic }) => {
            subscribe(app, connection, &topic, &mut denied).await.map_err(|error| error.about(&topic))
        }
        Ok(ClientFrame::Unsubscribe { topic }) => {
            unsubscribe(app, connection, &topic).await.map_err(|error| error.about(&topic))
        }
        Ok(ClientFrame::Ping) => ping(app, connection).await,
        Err(error) => Err(error),
    };
    if let Some(who) = denied {
        let status = if who == LoggedCaller::Unknown { 401 } else { 403 };
        record_denial(app, request, DeniedRequest { status, who, ..refused });
    }
    done.unwrap_or_else(|error| Some(ServerFrame::Error(error).to_json()))
}

/// A description of a message for the log: its action, and the kind of its topic.
fn kind(frame: Option<&ClientFrame>) -> (&'static str, &'static str) {
    let of = |name: &str| name.parse().map_or("unknown", |topic: Topic| topic.pattern());
    match frame {
        Some(ClientFrame::Subscribe { topic }) => ("subscribe", of(topic)),
        Some(ClientFrame::Unsubscribe { topic }) => ("unsubscribe", of(topic)),
        Some(ClientFrame::Ping) => ("ping", ""),
        None => ("unknown", ""),
    }
}

/// The cost of a message, by how much it reads from the database.
fn cost(frame: Option<&ClientFrame>) -> u32 {
    match frame {
        Some(ClientFrame::Ping) => LIST_MESSAGE,
        Some(ClientFrame::Subscribe { topic }) if !matches!(topic.split_once('/'), Some(("item" | "table", _))) => {
            LIST_MESSAGE
        }
        _ => 1,
    }
}

/// Writes the subscription, then reads the snapshot consistently, so each change is in the snapshot or is published. `denied` is set to
/// the person that may not subscribe to the topic.
async fn subscribe(
    app: &App,
    connection: &str,
    name: &str,
    denied: &mut Option<LoggedCaller>,
) -> Result<Option<String>, FrameError> {
    let topic = parse(name)?;
    let holder = match topic.is_public() {
        true => None,
        false => match connection_state(app, connection).await? {
            ConnectionState::Ended => return Ok(None),
            ConnectionState::Open(record) => record.and_then(holder),
        },
    };
    let person = holder.as_ref().map(|holder| &holder.person);
    if let Err(refusal) = authorize(app, &topic, person).await.map_err(|error| internal_error(&error))? {
        let is_missing = matches!(refusal, AccessRefusal::NoRoom | AccessRefusal::NoMeetup);
        *denied = (!is_missing).then(|| LoggedCaller::of_person(person));
        return Err(denial(&refusal));
    }
    match app.storage().subscribe(connection, &topic, false, holder.as_ref(), app.now()).await {
        Err(StorageError::Changed) => {
            let message =
                format!("A connection has at most {SUBSCRIPTION_LIMIT} subscriptions. Unsubscribe one first.");
            return Err(FrameError::new(FrameErrorCode::TooManySubscriptions, message));
        }
        other => other.map_err(|error| internal_error(&error))?,
    }
    authorize_again(app, connection, &topic, person)
        .await
        .map_err(|error| internal_error(&error))?
        .map_err(|refusal| denial(&refusal))?;
    let mut snapshot = Snapshot::new(app.storage(), &topic, app.now());
    // The response of a route is one message; the parts before it are posted.
    let mut last: Option<String> = None;
    while let Some(parts) = snapshot.next_page().await.map_err(|error| internal_error(&error))? {
        for part in parts {
            if let Some(before) = last.replace(part) {
                app.publisher().post(connection, &before).await.map_err(|error| internal_error(&error))?;
            }
        }
    }
    Ok(last)
}

async fn unsubscribe(app: &App, connection: &str, name: &str) -> Result<Option<String>, FrameError> {
    let topic = parse(name)?;
    app.storage().unsubscribe(connection, &topic).await.map_err(|error| internal_error(&error))?;
    Ok(Some(ServerFrame::Unsubscribed { topic: name.to_owned() }.to_json()))
}

/// The response to a ping; `None` on a connection that has ended.
async fn ping(app: &App, connection: &str) -> Result<Option<String>, FrameError> {
    let topics = match connection_state(app, connection).await? {
        ConnectionState::Ended => return Ok(None),
        ConnectionState::Open(record) => record.map(|record| record.subscribed_topics()).unwrap_or_default(),
    };
    pong::pong(app, topics).await.map(Some).map_err(|error| internal_error(&error))
}

/// The state of a connection.
enum ConnectionState {
    /// Its person and its subscriptions, if it has a ticket or a subscription.
    Open(Option<ConnectionRecord>),
    /// Its token has expired: the client got an error frame, and the connection is closed.
    Ended,
}

/// Reads the state of a connection, and ends it if its token has expired: a client with a new token opens another connection with a new
/// ticket.
async fn connection_state(app: &App, connection: &str) -> Result<ConnectionState, FrameError> {
    let record = app.storage().connection(connection).await.map_err(|error| internal_error(&error))?;
    if record.as_ref().is_none_or(|record| !record.is_token_expired(app.now())) {
        return Ok(ConnectionState::Open(record));
    }
    endings::end_connection(app, connection).await.map_err(|error| internal_error(&error))?;
    Ok(ConnectionState::Ended)
}

/// The holder of a connection.
fn holder(record: ConnectionRecord) -> Option<Holder> {
    let token_expires = record.token_expires.map(|seconds| Timestamp::from_milliseconds(seconds.saturating_mul(1_000)));
    Some(Holder { person: record.person?, since: None, token_expires })
}

fn parse(name: &str) -> Result<Topic, FrameError> {
    name.parse().map_err(|unknown: domain::topic::UnknownTopic| {
        FrameError::new(FrameErrorCode::UnknownTopic, unknown.to_string())
    })
}

/// The error frame for a denied topic.
pub(crate) fn denial(refusal: &AccessRefusal) -> FrameError {
    let (code, reason) = match refusal {
        AccessRefusal::NotSignedIn => (FrameErrorCode::Unauthenticated, None),
        AccessRefusal::NoRoom => (FrameErrorCode::UnknownTopic, Some(DenialReason::NoRoom)),
        AccessRefusal::NoMeetup => (FrameErrorCode::UnknownTopic, Some(DenialReason::NoMeetup)),
        AccessRefusal::Room(RoomRefusal::Private) => (FrameErrorCode::Forbidden, Some(DenialReason::PrivateRoom)),
        AccessRefusal::Room(RoomRefusal::NoLongerGuest) => {
            (FrameErrorCode::Forbidden, Some(DenialReason::NoLongerGuest))
        }
        AccessRefusal::Room(_) | AccessRefusal::NotYours | AccessRefusal::MembersOnly | AccessRefusal::OtherGroup => {
            (FrameErrorCode::Forbidden, None)
        }
    };
    FrameError { reason, ..FrameError::new(code, refusal.to_string()) }
}

fn internal_error(error: &impl std::error::Error) -> FrameError {
    tracing::error!(%error, "a message of a live connection failed");
    FrameError::new(FrameErrorCode::InternalError, "Something went wrong here. Try again.")
}

fn response(status: i64, body: Option<String>) -> ApiGatewayProxyResponse {
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = status;
    response.body = body.map(aws_lambda_events::encodings::Body::Text);
    response
}
