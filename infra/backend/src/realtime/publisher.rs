//! Posts messages to live connections through API Gateway's `@connections`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;

use crate::aws::gateway::Connections;
use crate::outbound::jittered;

/// A post is given up after this time, so that one slow connection does not delay a batch.
const POST_TIMEOUT: Duration = Duration::from_secs(3);

/// The number of tries of a post that the gateway throttles or fails.
const TRIES: u32 = 5;

/// The number of tries of a post to a connection whose handshake may still be in progress: 1.5 seconds in all, on a busy machine too.
const TRIES_TO_NEW: u32 = 6;

/// The wait before the second try; it doubles with each try.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Why a post did not reach its connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// 410: there is no such connection, not yet or no longer.
    #[error("the connection is gone")]
    Gone,
    /// 429: the account has made too many requests, or this connection's buffer is full.
    #[error("the gateway takes no more just now")]
    Throttled,
    /// 5xx or no response: it may succeed later.
    #[error("the gateway is not available: {0}")]
    Unavailable(String),
    /// It would fail again.
    #[error("the gateway refuses: {0}")]
    Refused(String),
}

/// Posts to the connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ConnectionPublisher {
    connections: Connections,
    /// The number of tries that were throttled or failed, and were repeated, since the start.
    again: Arc<AtomicUsize>,
    /// False only in the simulation, to show that retries are needed.
    retries: bool,
}

impl ConnectionPublisher {
    pub(crate) fn new(connections: Connections) -> Self {
        Self { connections, again: Arc::default(), retries: true }
    }

    pub(crate) const fn disable_retries(&mut self) {
        self.retries = false;
    }

    /// The number of tries that were throttled or failed, and were repeated, so far.
    pub(crate) fn again(&self) -> usize {
        self.again.load(Ordering::Relaxed)
    }

    /// Posts a message; what the gateway throttles or fails is tried again with growing waits, at most `TRIES` times in all.
    ///
    /// # Errors
    /// The connection is gone, or all tries failed.
    pub async fn post(&self, connection: &str, message: &str) -> Result<(), PostError> {
        self.post_telling(connection, message, |_| {}).await
    }

    /// Like `post`, but calls `failed` with each error of a try, except for the last one.
    ///
    /// # Errors
    /// The connection is gone, or all tries failed.
    pub async fn post_telling(
        &self,
        connection: &str,
        message: &str,
        failed: impl Fn(&PostError),
    ) -> Result<(), PostError> {
        let worth_it = |error: &PostError| {
            failed(error);
            matches!(error, PostError::Throttled | PostError::Unavailable(_))
        };
        self.post_while(TRIES, connection, message, worth_it).await
    }

    /// Posts to a connection that may not be open yet: API Gateway opens it when the handshake's function has responded, and until then
    /// it looks like a closed one.
    ///
    /// # Errors
    /// The connection is gone, or all tries failed.
    pub async fn post_to_new(&self, connection: &str, message: &str) -> Result<(), PostError> {
        self.post_while(TRIES_TO_NEW, connection, message, |error| !matches!(error, PostError::Refused(_))).await
    }

    /// Closes a connection, if possible; it is no error if it is gone already.
    pub async fn cut(&self, connection: &str) {
        match self.connections.delete(connection).await {
            Ok(status) if status.is_success() || status == StatusCode::GONE => {}
            outcome => tracing::info!(connection, ?outcome, "a connection could not be closed"),
        }
    }

    /// Opens a connection to the gateway, by a post to a connection that does not exist.
    pub async fn warm(&self) {
        let _ = self.post_once("nobody=", "").await;
    }

    async fn post_while(
        &self,
        tries: u32,
        connection: &str,
        message: &str,
        worth_it: impl Fn(&PostError) -> bool,
    ) -> Result<(), PostError> {
        let tries = if self.retries { tries } else { 1 };
        let mut wait = FIRST_WAIT;
        for _ in 1..tries {
            match self.post_once(connection, message).await {
                Err(error) if worth_it(&error) => _ = self.again.fetch_add(1, Ordering::Relaxed),
                other => return other,
            }
            tokio::time::sleep(jittered(wait)).await;
            wait *= 2;
        }
        self.post_once(connection, message).await
    }

    /// Posts a message once.
    ///
    /// # Errors
    /// The connection is gone or not open yet, or the gateway did not accept the message.
    pub async fn post_once(&self, connection: &str, message: &str) -> Result<(), PostError> {
        match tokio::time::timeout(POST_TIMEOUT, self.connections.post(connection, message)).await {
            Ok(Ok(status)) => classify(status),
            Ok(Err(error)) => Err(PostError::Unavailable(error.to_string())),
            Err(_) => Err(PostError::Unavailable("no answer in 3 seconds".to_owned())),
        }
    }
}

/// The outcome for a status ("PostToConnection", errors).
fn classify(status: StatusCode) -> Result<(), PostError> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::GONE => Err(PostError::Gone),
        StatusCode::FORBIDDEN | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST => {
            Err(PostError::Refused(status.to_string()))
        }
        StatusCode::TOO_MANY_REQUESTS => Err(PostError::Throttled),
        status => Err(PostError::Unavailable(status.to_string())),
    }
}
