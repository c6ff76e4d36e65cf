//! The live connections (API Gateway's WebSocket API): `$connect`, `$disconnect` and `$default`. Never changes data that is
//! shown, and never lets one client's mistake reach another.

use std::net::IpAddr;

use aws_lambda_events::event::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use domain::access::AccessRefusal;
use domain::person::Person;
use domain::table::TableId;
use domain::topic::Topic;
use protocol::frames::{ClientFrame, FrameError, FrameErrorCode, SUBSCRIPTION_LIMIT, ServerFrame};
use protocol::rooms::TICKET_PARAMETER;
use tracing::Instrument;

use crate::App;
use crate::commands::tickets;
use crate::limits::What;
use crate::live;
use crate::rate::LIST_MESSAGE;
use crate::storage::StorageError;
use crate::storage::tables::Known;
use crate::transport::address::viewer;

/// Handles one event of a connection.
///
/// # Errors
/// The database fails at the handshake or at the end of a connection. A message is answered with a frame that says so.
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
        Some("$connect") => connect(app, connection, &request).await,
        Some("$disconnect") => {
            app.storage().remove_connection(connection).await?;
            Ok(answer(200, None))
        }
        _ => Ok(answer(200, message(app, connection, request.body.as_deref().unwrap_or_default()).await)),
    }
}

/// A handshake. A ticket in its query says whose connection it is from now on.
///
/// A key in its query, or else in its headers, subscribes at once; the snapshot then comes through the stream, since
/// nothing can be posted before the handshake is answered.
async fn connect(
    app: &App,
    connection: &str,
    request: &ApiGatewayWebsocketProxyRequest,
) -> Result<ApiGatewayProxyResponse, StorageError> {
    let source = request.request_context.identity.source_ip.as_deref().unwrap_or_default();
    let is_here = app.config().loopback_admin && source.parse().is_ok_and(|source: IpAddr| source.is_loopback());
    let from = viewer(&request.headers).map_or_else(|| source.to_owned(), |viewer| viewer.to_string());
    if !is_here && app.limits().count(What::Connection, &from).is_err() {
        let message = "Too many connections come from your address just now. Come again in a second.";
        return Ok(answer(429, Some(message.to_owned())));
    }
    // Before the ticket, which is good once: a mistake in the key does not use it up.
    let topic = match keyed_topic(app, request).await? {
        Ok(topic) => topic,
        Err(message) => return Ok(answer(400, Some(message))),
    };
    let mut person = None;
    if let Some(ticket) = request.query_string_parameters.first(TICKET_PARAMETER) {
        person = tickets::redeem(app, ticket).await?;
        if person.is_none() {
            let message = "This ticket has been used or is older than 30 seconds. Ask for another one.";
            return Ok(answer(401, Some(message.to_owned())));
        }
    }
    match (topic, person) {
        (None, None) => {}
        (None, Some(person)) => app.storage().open(connection, &person, app.now()).await?,
        (Some(topic), person) => {
            if let Err(refusal) = authorize(app, &topic, person.as_ref()).await? {
                let status = match refusal {
                    AccessRefusal::NotSignedIn => 401,
                    AccessRefusal::Room(_)
                    | AccessRefusal::NotYours
                    | AccessRefusal::MembersOnly
                    | AccessRefusal::OtherGroup => 403,
                    AccessRefusal::NoRoom => 400,
                };
                return Ok(answer(status, Some(refusal.to_string())));
            }
            app.storage().subscribe(connection, &topic, true, person.as_ref(), app.now()).await?;
            if let Err(refusal) = authorize_again(app, connection, &topic, person.as_ref()).await? {
                return Ok(answer(403, Some(refusal.to_string())));
            }
        }
    }
    Ok(answer(200, None))
}

/// The topic that a handshake asks for, if it does: by its whole name, by a table's id, or by an item's key as the Real Time
/// Platform had it; or what is wrong with it, in words.
async fn keyed_topic(
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
    // A table and an item may have one name: whoever means the item says “item/…”.
    if let Ok(id) = key.parse::<TableId>()
        && matches!(app.storage().table(&id).await?, Known::There(_))
    {
        return Ok(Ok(Some(Topic::Table(id))));
    }
    let item = key.parse().map(Topic::Item);
    Ok(item.map(Some).map_err(|_| format!("{name}: {unknown} A table's id and an item's key are keys too.")))
}

/// Whether `person` may watch a topic. What everybody may watch costs no look at anything.
async fn authorize(
    app: &App,
    topic: &Topic,
    person: Option<&Person>,
) -> Result<Result<(), AccessRefusal>, StorageError> {
    let access = match (topic.room(), person) {
        (Some(room), Some(person)) => app.storage().room_access(room, person).await?,
        _ => None,
    };
    Ok(topic.authorize(person, access.as_ref()))
}

/// Looks again whether a guest may watch a topic, once the subscription is made: whoever removes a guest ends the subscriptions that there
/// are then, and this one may not have been among them. If they may not, it ends here.
async fn authorize_again(
    app: &App,
    connection: &str,
    topic: &Topic,
    person: Option<&Person>,
) -> Result<Result<(), AccessRefusal>, StorageError> {
    if !matches!(person, Some(Person::Guest(_))) || topic.room().is_none() {
        return Ok(Ok(()));
    }
    let outcome = authorize(app, topic, person).await?;
    if outcome.is_err() {
        app.storage().unsubscribe(connection, topic).await?;
    }
    Ok(outcome)
}

/// A message; what is answered to it, if anything is left to answer.
async fn message(app: &App, connection: &str, text: &str) -> Option<String> {
    let frame = ClientFrame::parse(text);
    if app.limits().count_all(What::Message, connection, cost(frame.as_ref().ok())).is_err() {
        let error = FrameError::new(FrameErrorCode::TooManyMessages, "That was too often. Say it again in a second.");
        return Some(ServerFrame::Error(error).to_json());
    }
    let done = match frame {
        Ok(ClientFrame::Subscribe { topic }) => {
            subscribe(app, connection, &topic).await.map_err(|error| error.about(&topic))
        }
        Ok(ClientFrame::Unsubscribe { topic }) => {
            unsubscribe(app, connection, &topic).await.map_err(|error| error.about(&topic))
        }
        Ok(ClientFrame::Ping) => ping(app, connection).await.map(Some),
        Err(error) => Err(error),
    };
    done.unwrap_or_else(|error| Some(ServerFrame::Error(error).to_json()))
}

/// What a message costs, by how much it has the database read.
fn cost(frame: Option<&ClientFrame>) -> u32 {
    match frame {
        Some(ClientFrame::Ping) => LIST_MESSAGE,
        Some(ClientFrame::Subscribe { topic }) if !matches!(topic.split_once('/'), Some(("item" | "table", _))) => {
            LIST_MESSAGE
        }
        _ => 1,
    }
}

/// Writes the subscription, then reads the snapshot consistently: so every change is in the one or told by the other.
async fn subscribe(app: &App, connection: &str, name: &str) -> Result<Option<String>, FrameError> {
    let topic = parse(name)?;
    let person = match topic.is_public() {
        true => None,
        false => app.storage().person_of(connection).await.map_err(|error| fault(&error))?,
    };
    authorize(app, &topic, person.as_ref())
        .await
        .map_err(|error| fault(&error))?
        .map_err(|refusal| refused(&refusal))?;
    match app.storage().subscribe(connection, &topic, false, person.as_ref(), app.now()).await {
        Err(StorageError::Changed) => {
            let message =
                format!("A connection has at most {SUBSCRIPTION_LIMIT} subscriptions. Unsubscribe one first.");
            return Err(FrameError::new(FrameErrorCode::TooManySubscriptions, message));
        }
        other => other.map_err(|error| fault(&error))?,
    }
    authorize_again(app, connection, &topic, person.as_ref())
        .await
        .map_err(|error| fault(&error))?
        .map_err(|refusal| refused(&refusal))?;
    let mut parts = live::snapshot(app.storage(), &topic, app.now()).await.map_err(|error| fault(&error))?;
    // The answer of a route is one message; the parts before it are posted.
    let last = parts.pop();
    for part in parts {
        app.posts().post(connection, &part).await.map_err(|error| fault(&error))?;
    }
    Ok(last)
}

async fn unsubscribe(app: &App, connection: &str, name: &str) -> Result<Option<String>, FrameError> {
    let topic = parse(name)?;
    app.storage().unsubscribe(connection, &topic).await.map_err(|error| fault(&error))?;
    Ok(Some(ServerFrame::Unsubscribed { topic: name.to_owned() }.to_json()))
}

async fn ping(app: &App, connection: &str) -> Result<String, FrameError> {
    let topics = app.storage().topics_of(connection).await.map_err(|error| fault(&error))?;
    live::pong(app, topics).await.map_err(|error| fault(&error))
}

fn parse(name: &str) -> Result<Topic, FrameError> {
    name.parse().map_err(|unknown: domain::topic::UnknownTopic| {
        FrameError::new(FrameErrorCode::UnknownTopic, unknown.to_string())
    })
}

fn refused(refusal: &AccessRefusal) -> FrameError {
    let code = match refusal {
        AccessRefusal::NotSignedIn => FrameErrorCode::Unauthenticated,
        AccessRefusal::Room(_) | AccessRefusal::NotYours | AccessRefusal::MembersOnly | AccessRefusal::OtherGroup => {
            FrameErrorCode::Forbidden
        }
        AccessRefusal::NoRoom => FrameErrorCode::UnknownTopic,
    };
    FrameError::new(code, refusal.to_string())
}

fn fault(error: &impl std::error::Error) -> FrameError {
    tracing::error!(%error, "a message of a live connection failed");
    FrameError::new(FrameErrorCode::InternalError, "Something went wrong here. Try again.")
}

fn answer(status: i64, body: Option<String>) -> ApiGatewayProxyResponse {
    let mut answer = ApiGatewayProxyResponse::default();
    answer.status_code = status;
    answer.body = body.map(aws_lambda_events::encodings::Body::Text);
    answer
}
