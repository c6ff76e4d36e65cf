//! API Gateway's WebSocket API: it invokes `$connect`, `$default` and `$disconnect`, and serves `@connections`.

pub mod connection;
pub mod event;
pub mod frame;
pub mod handshake;
pub mod id;
pub mod management;
mod session;
pub mod transport;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio_util::task::TaskTracker;

use crate::function::{FunctionError, SharedFunction};
use connection::{Connection, Ending, Origin, OutboxLimit};
use id::ConnectionId;
use transport::Transport;

/// A frame has at most 32 KB, and a message 128 KB ("Quotas for WebSocket APIs").
const FRAME_LIMIT: usize = 32 * 1024;
const MESSAGE_LIMIT: usize = 128 * 1024;

/// API Gateway's limits. A test may set them lower, so that it need not wait for two hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest message in either direction, in bytes.
    pub message: usize,
    /// Longest frame from a client, in bytes.
    pub frame: usize,
    /// A connection without traffic for this long is closed.
    pub idle: Duration,
    /// A connection is closed at this age.
    pub lifetime: Duration,
    /// What may be queued for a slow client.
    pub outbox: OutboxLimit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: MESSAGE_LIMIT,
            frame: FRAME_LIMIT,
            idle: Duration::from_secs(10 * 60),
            lifetime: Duration::from_secs(2 * 60 * 60),
            // Four of the longest messages.
            outbox: OutboxLimit { bytes: 4 * MESSAGE_LIMIT, messages: 1000 },
        }
    }
}

/// Why a post was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// There is no such connection, or it is not open yet, or it is closed.
    #[error("The connection is gone.")]
    Gone,
    /// The message is over the limit.
    #[error("The message is too large.")]
    TooLarge,
    /// WebSocket text is UTF-8.
    #[error("The message is not UTF-8.")]
    NotText,
}

/// All open connections.
#[derive(Debug)]
pub struct Gateway {
    connections: RwLock<HashMap<ConnectionId, Arc<Connection>>>,
    /// The last posted message and its frame: a fan-out posts the same message thousands of times.
    last_post: Mutex<(Bytes, Bytes)>,
    limits: Limits,
    function: OnceLock<SharedFunctionSlot>,
    is_closing: AtomicBool,
    sessions: TaskTracker,
}

/// Hides the function from `Debug`.
struct SharedFunctionSlot(SharedFunction);

impl std::fmt::Debug for SharedFunctionSlot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Function")
    }
}

impl Gateway {
    /// A gateway without connections and, until [`Gateway::serve_with`], without a function.
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            connections: RwLock::default(),
            last_post: Mutex::default(),
            limits,
            function: OnceLock::new(),
            is_closing: AtomicBool::new(false),
            sessions: TaskTracker::new(),
        })
    }

    /// Sets the function that handles events. This is a separate step because a function may itself post through this gateway.
    pub fn serve_with(&self, function: SharedFunction) {
        let _ = self.function.set(SharedFunctionSlot(function));
    }

    /// The limits of connections to this gateway.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The number of open connections.
    pub fn connection_count(&self) -> usize {
        self.connections.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Sends a message to one connection.
    pub fn post(&self, id: &str, message: &[u8]) -> Result<(), PostError> {
        if message.len() > self.limits.message {
            return Err(PostError::TooLarge);
        }
        let connection = self.connection(id).ok_or(PostError::Gone)?;
        let frame = self.shared_frame(message)?;
        connection.post(frame).map_err(|_| PostError::Gone)
    }

    /// The open connection with this id.
    pub fn connection(&self, id: &str) -> Option<Arc<Connection>> {
        self.connections.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Closes all connections with 1001 and waits at most this long until they have ended. `$disconnect` is not invoked: API Gateway
    /// does not promise it, and thousands of invocations would delay the end of the process.
    pub async fn close(&self, timeout: Duration) {
        self.is_closing.store(true, Ordering::Release);
        let connections: Vec<_> =
            self.connections.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for connection in connections {
            connection.end(Ending::by_server(1001, "Going away"));
        }
        self.sessions.close();
        let _ = tokio::time::timeout(timeout, self.sessions.wait()).await;
    }

    /// Whether [`Gateway::close`] was called.
    fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    /// Opens the connection of an accepted handshake over this transport, and runs its session. `read_ahead` holds the bytes that were
    /// already read from it.
    pub fn open(self: &Arc<Self>, origin: Origin, transport: Transport, read_ahead: Bytes) {
        let connection = Arc::new(Connection::new(origin, transport, self.limits.outbox));
        self.connections
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(connection.origin.id.clone(), Arc::clone(&connection));
        if self.is_closing() {
            connection.end(Ending::by_server(1001, "Going away"));
        }
        self.sessions.spawn(session::run(Arc::clone(self), connection, read_ahead));
    }

    fn remove(&self, id: &ConnectionId) {
        self.connections.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    async fn invoke(&self, event: Value) -> Result<Value, FunctionError> {
        match self.function.get() {
            Some(SharedFunctionSlot(function)) => function.invoke(event).await,
            None => Err(FunctionError::new("No function is deployed.")),
        }
    }

    /// The message as a frame, encoded once for consecutive posts of the same message.
    fn shared_frame(&self, message: &[u8]) -> Result<Bytes, PostError> {
        let mut last = self.last_post.lock().unwrap_or_else(PoisonError::into_inner);
        if last.1.is_empty() || last.0 != message {
            let text = std::str::from_utf8(message).map_err(|_| PostError::NotText)?;
            let frame = frame::text(text);
            *last = (frame.slice(frame.len() - message.len()..), frame);
        }
        Ok(last.1.clone())
    }
}
