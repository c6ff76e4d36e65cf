//! The live connections (API Gateway's WebSocket API): `$connect`, `$disconnect` and `$default`. Never changes data that is
//! shown, and never lets one client's mistake reach another.

use std::collections::BTreeMap;

use aws_lambda_events::event::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use domain::topic::Topic;
use domain::wire::frames::{ClientFrame, FrameError, FrameErrorCode, SUBSCRIPTION_LIMIT, ServerFrame};
use futures::future::try_join_all;

use crate::App;
use crate::live;
use crate::storage::StorageError;

/// Handles one event of a connection.
///
/// # Errors
/// The database fails at the handshake or at the end of a connection. A message is answered with a frame that says so.
pub async fn handle(
    app: &App,
    request: ApiGatewayWebsocketProxyRequest,
) -> Result<ApiGatewayProxyResponse, StorageError> {
    let connection = request.request_context.connection_id.clone().unwrap_or_default();
    match request.request_context.route_key.as_deref() {
        Some("$connect") => connect(app, &connection, &request).await,
        Some("$disconnect") => {
            app.storage().remove_connection(&connection).await?;
            Ok(answer(200, None))
        }
        _ => Ok(answer(200, message(app, &connection, request.body.as_deref().unwrap_or_default()).await)),
    }
}

/// A handshake. A key in its query, or else in its headers, subscribes at once; the snapshot then comes through the
/// stream, since nothing can be posted before the handshake is answered.
async fn connect(
    app: &App,
    connection: &str,
    request: &ApiGatewayWebsocketProxyRequest,
) -> Result<ApiGatewayProxyResponse, StorageError> {
    let name = app.config().item_parameter.as_str();
    let from_query = request.query_string_parameters.first(name);
    let from_header = || request.headers.get(name).and_then(|value| value.to_str().ok());
    let Some(key) = from_query.or_else(from_header) else { return Ok(answer(200, None)) };
    let topic = match Topic::of_key(key) {
        Ok(topic) => topic,
        Err(unknown) => {
            let message = format!("{name}: {unknown} A table's id is a key too.");
            return Ok(answer(400, Some(message)));
        }
    };
    app.storage().subscribe(connection, &topic, true, app.now()).await?;
    Ok(answer(200, None))
}

/// A message; what is answered to it, if anything is left to answer.
async fn message(app: &App, connection: &str, text: &str) -> Option<String> {
    let done = match ClientFrame::parse(text) {
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

/// Writes the subscription, then reads the snapshot consistently: so every change is in the one or told by the other.
async fn subscribe(app: &App, connection: &str, name: &str) -> Result<Option<String>, FrameError> {
    let topic = parse(name)?;
    match app.storage().subscribe(connection, &topic, false, app.now()).await {
        Err(StorageError::Changed) => {
            let message =
                format!("A connection has at most {SUBSCRIPTION_LIMIT} subscriptions. Unsubscribe one first.");
            return Err(FrameError::new(FrameErrorCode::TooManySubscriptions, message));
        }
        other => other.map_err(|error| fault(&error))?,
    }
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
    let digests = topics.iter().map(async |topic| {
        let digest = live::digest(app.storage(), topic).await?;
        Ok::<_, StorageError>((topic.to_string(), digest.to_string()))
    });
    let digests: BTreeMap<String, String> =
        try_join_all(digests).await.map_err(|error| fault(&error))?.into_iter().collect();
    Ok(ServerFrame::Pong { digests }.to_json())
}

fn parse(name: &str) -> Result<Topic, FrameError> {
    name.parse().map_err(|unknown: domain::topic::UnknownTopic| {
        FrameError::new(FrameErrorCode::UnknownTopic, unknown.to_string())
    })
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
