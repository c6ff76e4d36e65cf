//! `/v1/live/iot`, `/v1/live/snapshot` and `/v1/live/digests`: what a client of the MQTT broker requests over HTTP. Public topics only.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use domain::access::PUBLIC_TOPIC;
use domain::time::Timestamp;
use domain::topic::Topic;
use protocol::broker::{BrokerAccess, Frame, TOPICS_AT_ONCE};
use protocol::envelope::{ApiError, Envelope, ErrorBody, ErrorCode};
use utoipa::IntoParams;

use crate::App;
use crate::command::CommandError;
use crate::http::pages;
use crate::http::parameters::{Cursor, described_text, query_parameter_or_empty};
use crate::http::response::{ApiResult, created, natural, ok};
use crate::realtime::pong;
use crate::realtime::snapshots::{self, SnapshotCursor};

/// Gives a browser access to the broker, to subscribe to public topics.
///
/// The address is signed for these topics only. The client must open the connection within five minutes, and the connection lasts for
/// `seconds`.
#[utoipa::path(
    post, path = "/v1/live/iot", tag = "about", operation_id = "listenToBroker",
    responses(
        (status = 201, description = "Where to connect", body = Envelope<BrokerAccess>),
        (status = 404, description = "This deployment has no broker", body = ErrorBody),
        (status = 503, description = "No connection can be made just now", body = ErrorBody),
    ),
)]
pub(crate) async fn access(State(app): State<App>) -> ApiResult {
    if !app.broker().is_configured() {
        let message = "There is no broker here: everything is told by the live connection.";
        return Err(CommandError::Rejected(ApiError::new(ErrorCode::ResourceNotFound, message)).into());
    }
    match app.broker().access().await {
        Ok(access) => Ok(created(access)),
        Err(error) => {
            tracing::error!(%error, "the access to the broker cannot be created");
            let message = "No connection can be made just now. Try again in a moment.";
            Err(CommandError::Rejected(ApiError::new(ErrorCode::Unavailable, message)).into())
        }
    }
}

described_text!(
    /// The name of a public topic.
    PublicTopic,
    format!("^{PUBLIC_TOPIC}$")
);
described_text!(
    /// Up to 100 public topics.
    PublicTopics,
    format!("^,*({PUBLIC_TOPIC}(,+{PUBLIC_TOPIC}){{0,99}},*)?$")
);

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes")]
struct TopicName {
    /// Its name: tables, table/{id}, items
    #[param(inline)]
    topic: PublicTopic,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes")]
struct TopicNames {
    /// Their names, separated by commas; 100 at most
    #[param(inline, required = false)]
    topics: PublicTopics,
}

/// Returns the state of a public topic, in the frames that a live connection would receive.
#[utoipa::path(
    get, path = "/v1/live/snapshot", tag = "about", operation_id = "getSnapshot",
    params(
        TopicName,
        Cursor,
    ),
    responses(
        (status = 200, description = "Frames of the type `snapshot`", body = Envelope<Vec<Frame>>),
        (status = 400, description = "Not a public topic", body = ErrorBody),
        (status = 503, description = "The data cannot be reached just now", body = ErrorBody),
    ),
)]
pub(crate) async fn snapshot(State(app): State<App>, uri: Uri) -> ApiResult {
    let topic = public(&query_parameter_or_empty(&uri, "topic")?)?;
    let cursor = pages::cursor(&uri)?.map(|text| read_cursor(&text).ok_or_else(|| pages::not_a_cursor(&text)));
    let (frames, next) = snapshots::snapshot_page(app.storage(), &topic, app.now(), cursor.transpose()?).await?;
    let next = next.map(|SnapshotCursor { at, parts, after }| format!("{}.{parts}.{after}", at.milliseconds()));
    Ok(pages::link(frames_response(&frames), &uri, next.as_deref()))
}

/// Returns the digests of public topics, in the frame that a live connection would receive.
#[utoipa::path(
    get, path = "/v1/live/digests", tag = "about", operation_id = "getDigests",
    params(TopicNames),
    responses(
        (status = 200, description = "One frame of the type `pong`", body = Envelope<Vec<Frame>>),
        (status = 400, description = "A topic that is not public, or too many topics", body = ErrorBody),
        (status = 503, description = "The data cannot be reached just now", body = ErrorBody),
    ),
)]
pub(crate) async fn digests(State(app): State<App>, uri: Uri) -> ApiResult {
    let names = query_parameter_or_empty(&uri, "topics")?;
    let names = names.split(',').filter(|name| !name.is_empty());
    let topics = names.map(public).collect::<Result<BTreeSet<Topic>, CommandError>>()?;
    if topics.len() > TOPICS_AT_ONCE {
        let message = format!("Ask for at most {TOPICS_AT_ONCE} topics at once.");
        return Err(CommandError::Rejected(ApiError::new(ErrorCode::ValidationError, message)).into());
    }
    Ok(frames_response(&[pong::pong(&app, topics).await?]))
}

fn read_cursor(text: &str) -> Option<SnapshotCursor> {
    let mut fields = text.splitn(3, '.');
    let at = Timestamp::from_milliseconds(i64::try_from(natural(fields.next()?)?).ok()?);
    let parts = u32::try_from(natural(fields.next()?)?).ok().filter(|parts| *parts < u32::MAX / 2)?;
    Some(SnapshotCursor { at, parts, after: fields.next()?.to_owned() })
}

fn frames_response(frames: &[String]) -> Response {
    ok(frames.iter().filter_map(|frame| serde_json::from_str(frame).ok()).collect::<Vec<Frame>>())
}

fn public(name: &str) -> Result<Topic, CommandError> {
    let refused = |message: String| CommandError::Rejected(ApiError::new(ErrorCode::ValidationError, message));
    let topic: Topic = name.parse().map_err(|unknown: domain::topic::UnknownTopic| refused(unknown.to_string()))?;
    match topic.is_public() {
        true => Ok(topic),
        false => Err(refused(format!("“{topic}” is not a public topic. Subscribe to it on the live connection."))),
    }
}
