//! The messages of a live connection, over any transport.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use domain::time::Timestamp;

/// The most bytes of a message, which is one frame of API Gateway's ("Quotas for running a WebSocket API": 32 KB) and one
/// message on its bill; only an entity that is larger by itself comes in a larger one.
pub const FRAME_LIMIT: usize = 32 * 1024;

/// The most bytes of a larger message, which comes in several frames ("Quotas for running a WebSocket API": 128 KB).
pub const MESSAGE_LIMIT: usize = 4 * FRAME_LIMIT;

/// The largest number of subscriptions of one connection.
pub const SUBSCRIPTION_LIMIT: usize = 100;

/// A message of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum ClientFrame {
    /// Send the topic's state, and then each change.
    Subscribe {
        /// The topic's name.
        topic: String,
    },
    /// Send nothing more of the topic.
    Unsubscribe {
        /// The topic's name.
        topic: String,
    },
    /// Answer with the digest of each subscribed topic.
    Ping,
}

impl ClientFrame {
    /// The JSON of it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a message of a client.
    ///
    /// # Errors
    /// The text is not JSON, a field is missing, or there is no such action: what to answer.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|_| FrameError::new(FrameErrorCode::BadFrame, "This is not JSON. Say {\"action\":\"ping\"}."))?;
        let action = value.get("action").and_then(Value::as_str);
        let topic = || value.get("topic").and_then(Value::as_str).map(str::to_owned);
        let no_topic = || FrameError::new(FrameErrorCode::BadFrame, "Name a topic, like {\"topic\":\"tables\"}.");
        match action {
            Some("subscribe") => Ok(Self::Subscribe { topic: topic().ok_or_else(no_topic)? }),
            Some("unsubscribe") => Ok(Self::Unsubscribe { topic: topic().ok_or_else(no_topic)? }),
            Some("ping") => Ok(Self::Ping),
            _ => {
                let message = "Say “action”: “subscribe”, “unsubscribe” or “ping”.";
                Err(FrameError::new(FrameErrorCode::UnknownAction, message))
            }
        }
    }
}

/// A message of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", try_from = "FrameFields")]
pub enum ServerFrame {
    /// A topic's whole state, in as many parts as the message limit asks for.
    Snapshot {
        /// The topic's name.
        topic: String,
        /// Which part this is, from 1.
        part: u32,
        /// How many parts there are.
        parts: u32,
        /// The entities of this part.
        entities: Vec<Entity>,
        /// When the server made it. A page counts down by the server's clock, since its own may be wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// Whether the client has not requested it: the server sends it when the connection may have missed something. It
        /// may have been under way for long, so only what is newer in it counts.
        #[serde(rename = "unasked", default, skip_serializing_if = "std::ops::Not::not")]
        unsolicited: bool,
        /// The server's [`VERSION`](crate::VERSION). Servers before the first one with a version say none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
    },
    /// What has changed on one or several topics.
    Changes {
        /// The changes, in the order in which they happened.
        changes: Vec<Change>,
    },
    /// The answer to a ping.
    Pong {
        /// The state of each subscribed topic: its digest.
        digests: BTreeMap<String, String>,
        /// The server's [`VERSION`](crate::VERSION), as in a snapshot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
    },
    /// The answer to an unsubscribe.
    Unsubscribed {
        /// The topic's name.
        topic: String,
    },
    /// A frame was refused. The connection stays open.
    Error(FrameError),
}

/// Every field of every frame. Frames are read through this type: what serde derives for an internally tagged enum buffers each value and
/// costs the site 4 KB of its first load.
#[derive(Deserialize)]
struct FrameFields {
    r#type: String,
    topic: Option<String>,
    part: Option<u32>,
    parts: Option<u32>,
    entities: Option<Vec<Entity>>,
    at: Option<Timestamp>,
    #[serde(rename = "unasked", default)]
    unsolicited: bool,
    changes: Option<Vec<Change>>,
    digests: Option<BTreeMap<String, String>>,
    version: Option<u32>,
    code: Option<FrameErrorCode>,
    reason: Option<String>,
    message: Option<String>,
}

/// The frame is of no known type, or lacks a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a frame of the server that this version knows")]
pub struct UnknownFrame;

impl TryFrom<FrameFields> for ServerFrame {
    type Error = UnknownFrame;

    fn try_from(fields: FrameFields) -> Result<Self, UnknownFrame> {
        let FrameFields {
            r#type,
            topic,
            part,
            parts,
            entities,
            at,
            unsolicited,
            changes,
            digests,
            version,
            code,
            reason,
            message,
        } = fields;
        let frame = match r#type.as_str() {
            "snapshot" => topic.zip(part).zip(parts).zip(entities).map(|(((topic, part), parts), entities)| {
                Self::Snapshot { topic, part, parts, entities, at, unsolicited, version }
            }),
            "changes" => changes.map(|changes| Self::Changes { changes }),
            "pong" => digests.map(|digests| Self::Pong { digests, version }),
            "unsubscribed" => topic.map(|topic| Self::Unsubscribed { topic }),
            "error" => code.zip(message).map(|(code, message)| {
                let reason = reason.as_deref().and_then(DenialReason::read);
                Self::Error(FrameError { code, reason, message, topic })
            }),
            _ => None,
        };
        frame.ok_or(UnknownFrame)
    }
}

impl ServerFrame {
    /// The JSON of it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a message of the server; `None` if this version does not know such a frame.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The server's version, if this frame says it.
    pub const fn version(&self) -> Option<u32> {
        match self {
            Self::Snapshot { version, .. } | Self::Pong { version, .. } => *version,
            _ => None,
        }
    }
}

/// The server's version in a frame that this version does not know.
pub fn unknown_version(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    serde_json::from_str::<Versioned>(text).ok().map(|frame| frame.version)
}

/// The answer of API Gateway itself to a message that it does not forward, because the stage is throttled, or for which the
/// function has failed ("Handling errors in WebSocket APIs"): `{"message": …, "connectionId": …, "requestId": …}`. It does not
/// name the message that it is about; nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayError {
    /// Why, in API Gateway's words.
    pub message: String,
    /// The connection's name.
    pub connection_id: String,
    /// The request's name.
    pub request_id: String,
}

impl GatewayError {
    /// Reads such an answer; `None` if the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// One entity in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Its id, unique within the topic.
    pub id: String,
    /// Its revision.
    pub rev: u64,
    /// Its public state.
    pub state: Value,
}

/// One changed entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The topic's name.
    pub topic: String,
    /// The entity's id, unique within the topic.
    pub id: String,
    /// Its new revision.
    pub rev: u64,
    /// Its whole new public state; `null` means that the entity was removed.
    pub state: Option<Value>,
}

/// Why a frame was refused, as a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FrameErrorCode {
    /// Not JSON, or a field is missing.
    BadFrame,
    /// The connection sends too many messages.
    TooManyMessages,
    /// No such action.
    UnknownAction,
    /// There is no such topic, or the thing that it is about does not exist.
    UnknownTopic,
    /// The caller is not authenticated, and the topic is not public.
    Unauthenticated,
    /// The caller may not subscribe to the topic.
    Forbidden,
    /// [`SUBSCRIPTION_LIMIT`] is reached.
    TooManySubscriptions,
    /// A fault of the server; try again.
    InternalError,
}

/// Why a topic is denied, for a page that offers a way on. It is read by hand, since a derived reader would make the site larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DenialReason {
    /// There is no such room.
    NoRoom,
    /// The room is private and has not admitted the caller, who may enter its join code.
    PrivateRoom,
    /// The caller was a guest of the room and may join it again.
    NoLongerGuest,
    /// There is no such meetup, or the caller may not see it.
    NoMeetup,
}

impl DenialReason {
    /// The reason of this name; `None` if it is of a later version.
    fn read(name: &str) -> Option<Self> {
        match name {
            "NO_ROOM" => Some(Self::NoRoom),
            "PRIVATE_ROOM" => Some(Self::PrivateRoom),
            "NO_LONGER_GUEST" => Some(Self::NoLongerGuest),
            "NO_MEETUP" => Some(Self::NoMeetup),
            _ => None,
        }
    }
}

/// Why a frame was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrameError {
    /// The reason as a code.
    pub code: FrameErrorCode,
    /// The reason in detail, for some denied topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DenialReason>,
    /// The reason as a sentence for a person.
    pub message: String,
    /// The topic that the frame named, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

impl FrameError {
    /// An error that is not about a topic.
    pub fn new(code: FrameErrorCode, message: impl Into<String>) -> Self {
        Self { code, reason: None, message: message.into(), topic: None }
    }

    /// The same, about a topic. Only the first 80 characters of its name are kept.
    #[must_use]
    pub fn about(mut self, topic: &str) -> Self {
        self.topic = Some(topic.chars().take(80).collect());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_frames() {
        for frame in [
            ClientFrame::Subscribe { topic: "tables".to_owned() },
            ClientFrame::Unsubscribe { topic: "tables".to_owned() },
            ClientFrame::Ping,
        ] {
            assert_eq!(ClientFrame::parse(&frame.to_json()), Ok(frame));
        }
        assert_eq!(
            ClientFrame::Subscribe { topic: "tables".to_owned() }.to_json(),
            r#"{"action":"subscribe","topic":"tables"}"#
        );
    }

    #[test]
    fn bad_client_frames() {
        let code = |text: &str| ClientFrame::parse(text).unwrap_err().code;
        assert_eq!(code("hello"), FrameErrorCode::BadFrame);
        assert_eq!(code("{\"action\":\"subscribe\"}"), FrameErrorCode::BadFrame);
        assert_eq!(code("{\"action\":\"subscribe\",\"topic\":7}"), FrameErrorCode::BadFrame);
        assert_eq!(code("{\"action\":\"dance\"}"), FrameErrorCode::UnknownAction);
        assert_eq!(code("[]"), FrameErrorCode::UnknownAction);
    }

    #[test]
    fn a_reason_of_a_later_version_is_read() {
        let denied = |reason: &str| {
            let text = format!(r#"{{"type":"error","code":"FORBIDDEN","message":"No.","topic":"x"{reason}}}"#);
            match ServerFrame::parse(&text) {
                Some(ServerFrame::Error(error)) => error.reason,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(denied(""), None);
        assert_eq!(denied(r#","reason":"FROM_THE_FUTURE""#), None);
        for reason in [DenialReason::NoRoom, DenialReason::PrivateRoom, DenialReason::NoLongerGuest] {
            let error = FrameError { reason: Some(reason), ..FrameError::new(FrameErrorCode::Forbidden, "No.") };
            assert_eq!(
                ServerFrame::parse(&ServerFrame::Error(error.clone()).to_json()),
                Some(ServerFrame::Error(error))
            );
        }
    }

    #[test]
    fn an_unknown_frame_is_none() {
        for text in [
            "hello",
            "[]",
            r#"{"type":"dance"}"#,
            r#"{"type":"snapshot","topic":"tables","part":1,"parts":-1,"entities":[]}"#,
            r#"{"type":"snapshot","topic":"tables","part":1,"parts":1,"entities":[7]}"#,
            r#"{"type":"changes","changes":[{"topic":"tables","rev":1,"state":null}]}"#,
            r#"{"type":"pong","digests":{"tables":7}}"#,
            r#"{"type":"error","code":"FROM_THE_FUTURE","message":""}"#,
        ] {
            assert_eq!(ServerFrame::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_frame_of_another_version_tells_which() {
        let later = r#"{"type":"snapshot","name":"tables","version":2}"#;
        assert_eq!((ServerFrame::parse(later), unknown_version(later)), (None, Some(2)));
        assert_eq!(ServerFrame::parse(r#"{"type":"pong","digests":{},"version":7}"#).unwrap().version(), Some(7));
        assert_eq!(ServerFrame::parse(r#"{"type":"pong","digests":{}}"#).unwrap().version(), None);
        for text in ["hello", "{}", r#"{"version":"2"}"#, r#"{"version":-1}"#] {
            assert_eq!(unknown_version(text), None, "{text}");
        }
    }

    #[test]
    fn the_gateways_own_answer_is_no_frame_of_the_server() {
        let text =
            r#"{"message":"Too Many Requests","connectionId":"L0SM9cOFvHcCIhw=","requestId":"JKJaXFPPvHcFsVg="}"#;
        assert_eq!(ServerFrame::parse(text), None);
        assert_eq!(GatewayError::parse(text).unwrap().message, "Too Many Requests");
        for other in ["hello", r#"{"message":"Forbidden"}"#, r#"{"type":"pong","digests":{}}"#] {
            assert_eq!(GatewayError::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_change_without_state_is_a_removal() {
        for text in [
            r#"{"type":"changes","changes":[{"topic":"tables","id":"lobby","rev":4,"state":null}]}"#,
            r#"{"type":"changes","changes":[{"topic":"tables","id":"lobby","rev":4}],"later":"version"}"#,
        ] {
            let removal = Change { topic: "tables".to_owned(), id: "lobby".to_owned(), rev: 4, state: None };
            assert_eq!(ServerFrame::parse(text), Some(ServerFrame::Changes { changes: vec![removal] }), "{text}");
        }
    }

    #[test]
    fn server_frames() {
        let frames = [
            ServerFrame::Snapshot {
                topic: "tables".to_owned(),
                part: 1,
                parts: 1,
                entities: vec![Entity { id: "lobby".to_owned(), rev: 3, state: Value::Bool(true) }],
                at: None,
                unsolicited: false,
                version: None,
            },
            ServerFrame::Snapshot {
                topic: "rooms".to_owned(),
                part: 2,
                parts: 2,
                entities: vec![],
                at: None,
                unsolicited: true,
                version: Some(1),
            },
            ServerFrame::Changes {
                changes: vec![Change { topic: "tables".to_owned(), id: "lobby".to_owned(), rev: 4, state: None }],
            },
            ServerFrame::Pong { digests: BTreeMap::from([("tables".to_owned(), "00".repeat(8))]), version: Some(1) },
            ServerFrame::Unsubscribed { topic: "tables".to_owned() },
            ServerFrame::Error(FrameError::new(FrameErrorCode::UnknownTopic, "There is no such topic.").about("x")),
        ];
        let lines: Vec<String> = frames.iter().map(ServerFrame::to_json).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"type":"snapshot","topic":"tables","part":1,"parts":1,"entities":[{"id":"lobby","rev":3,"state":true}]}
        {"type":"snapshot","topic":"rooms","part":2,"parts":2,"entities":[],"unasked":true,"version":1}
        {"type":"changes","changes":[{"topic":"tables","id":"lobby","rev":4,"state":null}]}
        {"type":"pong","digests":{"tables":"0000000000000000"},"version":1}
        {"type":"unsubscribed","topic":"tables"}
        {"type":"error","code":"UNKNOWN_TOPIC","message":"There is no such topic.","topic":"x"}
        "#);
        for (frame, line) in frames.iter().zip(lines) {
            assert_eq!(ServerFrame::parse(&line).as_ref(), Some(frame));
        }
    }
}
