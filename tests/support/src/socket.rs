//! A client of the live connection that sends and receives single frames.

use std::collections::{BTreeSet, HashMap, VecDeque};

use futures::{SinkExt, StreamExt};
use protocol::frames::{Change, Entity, ServerFrame};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::TIMEOUT;

/// An open connection. Like a replica it drops changes with an old revision: those of a write just before the subscription may still be
/// on their way when the snapshot comes.
pub struct Socket {
    /// The newest revision revisions, by topic and id.
    revisions: HashMap<(String, String), u64>,
    /// New changes that came while another message was awaited.
    pending: VecDeque<Change>,
    /// The subscribed topics.
    topics: BTreeSet<String>,
    /// Every received message, unchanged.
    transcript: String,
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Opens a connection.
    ///
    /// # Errors
    /// The handshake is refused.
    pub async fn open(address: &str) -> Result<Self, Error> {
        let (stream, _) = connect_async(address).await?;
        Ok(Self {
            stream,
            revisions: HashMap::new(),
            pending: VecDeque::new(),
            topics: BTreeSet::new(),
            transcript: String::new(),
        })
    }

    /// Sends a frame.
    pub async fn send_frame(&mut self, frame: &Value) {
        self.send(Message::text(frame.to_string())).await;
    }

    /// Sends a message unchanged.
    pub async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("the connection is open");
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        let message = tokio::time::timeout(TIMEOUT, self.stream.next()).await.expect("a message comes");
        let message = message.expect("the connection stays open").expect("the connection is not broken");
        let text = message.to_text().expect("messages are text");
        self.transcript.push_str(text);
        serde_json::from_str(text).expect("messages are JSON")
    }

    /// The next message that is a response: changes may come at any time.
    pub async fn response(&mut self) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] != "changes" {
                return message;
            }
        }
    }

    /// Every received message, unchanged.
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    /// The subscribed topics.
    pub fn topics(&self) -> Vec<String> {
        self.topics.iter().cloned().collect()
    }

    /// The next new change of an entity on any topic: its state, or `null` if it was removed.
    pub async fn change_of(&mut self, id: &str) -> Value {
        loop {
            if let Some(index) = self.pending.iter().position(|change| change.id == id) {
                return self.pending.remove(index).and_then(|change| change.state).unwrap_or_default();
            }
            let changes = into_changes(self.next_frame().await)
                .unwrap_or_else(|other| panic!("changes of {id} expected: {other:?}"));
            self.add_pending(changes);
        }
    }

    fn add_pending(&mut self, changes: Vec<Change>) {
        for change in changes {
            if self.is_newer(&change.topic, &change.id, change.rev) {
                self.pending.push_back(change);
            }
        }
    }

    /// The next message as a frame.
    pub async fn next_frame(&mut self) -> ServerFrame {
        let value = self.next().await;
        serde_json::from_value(value.clone()).unwrap_or_else(|fault| panic!("{fault}: {value}"))
    }

    /// Why the connection is closed, after the messages before the close.
    pub async fn closed(&mut self) -> Option<CloseFrame> {
        let end = async {
            while let Some(message) = self.stream.next().await {
                match message {
                    Ok(Message::Close(frame)) => return frame,
                    Ok(_) => {}
                    Err(_) => return None,
                }
            }
            None
        };
        tokio::time::timeout(TIMEOUT, end).await.expect("the connection is closed")
    }

    /// Subscribes, and returns the ids and revisions of the snapshot.
    pub async fn subscribe(&mut self, topic: &str) -> Vec<(String, u64)> {
        self.topics.insert(topic.to_owned());
        self.send_frame(&json!({"action": "subscribe", "topic": topic})).await;
        self.snapshot().await
    }

    /// Subscribes, and returns the error code of a refused subscription, or the type of the response.
    pub async fn outcome_of(&mut self, topic: &str) -> String {
        self.send_frame(&json!({"action": "subscribe", "topic": topic})).await;
        loop {
            let response = self.response().await;
            if response["topic"] == topic {
                let word = if response["type"] == "error" { "code" } else { "type" };
                return response[word].as_str().expect("a word").to_owned();
            }
        }
    }

    /// The ids and revisions of the next snapshot, in any number of parts.
    pub async fn snapshot(&mut self) -> Vec<(String, u64)> {
        let mut all = Vec::new();
        loop {
            match self.next_frame().await {
                ServerFrame::Snapshot { topic, part, parts, entities, .. } => {
                    for entity in entities {
                        self.is_newer(&topic, &entity.id, entity.rev);
                        // A change that came before is already in the snapshot.
                        let is_in = |change: &Change| change.topic == topic && change.id == entity.id;
                        self.pending.retain(|change| !is_in(change) || change.rev > entity.rev);
                        all.push((entity.id, entity.rev));
                    }
                    if part == parts {
                        return all;
                    }
                }
                other => {
                    let changes = into_changes(other).unwrap_or_else(|other| panic!("a snapshot expected: {other:?}"));
                    self.add_pending(changes);
                }
            }
        }
    }

    fn is_newer(&mut self, topic: &str, id: &str, rev: u64) -> bool {
        let revisions = self.revisions.entry((topic.to_owned(), id.to_owned())).or_default();
        let is_newer = rev > *revisions;
        *revisions = rev.max(*revisions);
        is_newer
    }

    /// The topic, id, revision and status of each change in the next message with a new change.
    pub async fn changes(&mut self) -> Vec<(String, String, u64, Option<String>)> {
        loop {
            let changes =
                into_changes(self.next_frame().await).unwrap_or_else(|other| panic!("changes expected: {other:?}"));
            let status = |state: Option<Value>| state.and_then(|state| state["status"].as_str().map(str::to_owned));
            let changes: Vec<_> = changes
                .into_iter()
                .filter(|change| self.is_newer(&change.topic, &change.id, change.rev))
                .map(|change| (change.topic, change.id, change.rev, status(change.state)))
                .collect();
            if !changes.is_empty() {
                return changes;
            }
        }
    }

    /// Sends a ping, and returns the digests of the pong. All messages sent before it have then arrived.
    pub async fn ping(&mut self) -> Value {
        self.send_frame(&json!({"action": "ping"})).await;
        loop {
            let response = self.next().await;
            if response["type"] == "pong" {
                return response["digests"].clone();
            }
            assert!(response["type"] == "changes" || response["unasked"] == true, "{response}");
        }
    }
}

/// Splits what may come at any time into changes: a connection that missed a post gets a snapshot and digests, and one that subscribed
/// by its handshake may get its snapshot twice. Otherwise returns the frame.
fn into_changes(frame: ServerFrame) -> Result<Vec<Change>, ServerFrame> {
    match frame {
        ServerFrame::Changes { changes } => Ok(changes),
        ServerFrame::Snapshot { topic, entities, .. } => {
            let change = |entity: Entity| Change {
                topic: topic.clone(),
                id: entity.id,
                rev: entity.rev,
                state: Some(entity.state),
            };
            Ok(entities.into_iter().map(change).collect())
        }
        ServerFrame::Pong { .. } => Ok(Vec::new()),
        other => Err(other),
    }
}
