//! Posts messages to live connections through API Gateway's `@connections`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;

use crate::aws::gateway::Connections;
use crate::outbound::jittered;

/// The timeout of a try, so that one slow connection does not delay a batch.
const POST_TIMEOUT: Duration = Duration::from_secs(3);

/// The number of tries of a post that the gateway throttles or fails.
const TRIES: u32 = 5;

/// The number of tries of a post to a connection whose handshake may still be in progress: 1.5 seconds in all, on a busy machine too.
const TRIES_TO_NEW_CONNECTION: u32 = 6;

/// The wait before the second try; it doubles with each try.
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Why a post did not reach its connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// 410: there is no such connection, not yet or no longer.
    #[error("the connection is closed or does not exist")]
    Gone,
    /// 429: the account has made too many requests, or this connection's buffer is full.
    #[error("the gateway throttles")]
    Throttled,
    /// 5xx or no response: it may succeed later.
    #[error("the gateway is not available: {0}")]
    Unavailable(String),
    /// The gateway rejects the message, and would reject it again.
    #[error("the gateway rejects the message: {0}")]
    Rejected(String),
}

/// Posts to the connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ConnectionPublisher {
    connections: Connections,
    /// The number of retries since the start.
    retry_count: Arc<AtomicUsize>,
    /// False only in the simulation, to show that retries are needed.
    retries_enabled: bool,
}

impl ConnectionPublisher {
    pub(crate) fn new(connections: Connections) -> Self {
        Self { connections, retry_count: Arc::default(), retries_enabled: true }
    }

    pub(crate) const fn disable_retries(&mut self) {
        self.retries_enabled = false;
    }

    /// The number of retries so far.
    pub(crate) fn retry_count(&self) -> usize {
        self.retry_count.load(Ordering::Relaxed)
    }

    /// Posts a message. A post that the gateway throttles or fails is retried with growing waits, at most `TRIES` times in all.
    ///
    /// # Errors
    /// The connection does not exist, or all tries failed.
    pub async fn post(&self, connection: &str, message: &str) -> Result<(), PostError> {
        self.post_observed(connection, message, |_| {}).await
    }

    /// Like `post`, but calls `on_error` with the error of each failed try, except for the last one.
    ///
    /// # Errors
    /// The connection does not exist, or all tries failed.
    pub async fn post_observed(
        &self,
        connection: &str,
        message: &str,
        on_error: impl Fn(&PostError),
    ) -> Result<(), PostError> {
        let is_retryable = |error: &PostError| {
            on_error(error);
            matches!(error, PostError::Throttled | PostError::Unavailable(_))
        };
        self.post_with_retries(TRIES, connection, message, is_retryable).await
    }

    /// Posts to a connection that may not be open yet: API Gateway opens it when the handshake's function has responded, and until then
    /// it looks like a closed one.
    ///
    /// # Errors
    /// The connection does not exist, or all tries failed.
    pub async fn post_to_new(&self, connection: &str, message: &str) -> Result<(), PostError> {
        self.post_with_retries(TRIES_TO_NEW_CONNECTION, connection, message, |error| {
            !matches!(error, PostError::Rejected(_))
        })
        .await
    }

    /// Closes a connection, if possible. A connection that is closed already is not an error.
    pub async fn close(&self, connection: &str) {
        match self.connections.delete(connection).await {
            Ok(status) if status.is_success() || status == StatusCode::GONE => {}
            outcome => tracing::info!(connection, ?outcome, "a connection could not be closed"),
        }
    }

    /// Opens a connection to the gateway, by a post to a connection that does not exist.
    pub async fn warm(&self) {
        let _ = self.post_once("nobody=", "").await;
    }

    async fn post_with_retries(
        &self,
        tries: u32,
        connection: &str,
        message: &str,
        is_retryable: impl Fn(&PostError) -> bool,
    ) -> Result<(), PostError> {
        let tries = if self.retries_enabled { tries } else { 1 };
        let mut delay = FIRST_RETRY_DELAY;
        for _ in 1..tries {
            match self.post_once(connection, message).await {
                Err(error) if is_retryable(&error) => _ = self.retry_count.fetch_add(1, Ordering::Relaxed),
                other => return other,
            }
            tokio::time::sleep(jittered(delay)).await;
            delay *= 2;
        }
        self.post_once(connection, message).await
    }

    /// Posts a message once.
    ///
    /// # Errors
    /// The connection does not exist or is not open yet, or the gateway did not accept the message.
    pub async fn post_once(&self, connection: &str, message: &str) -> Result<(), PostError> {
        match tokio::time::timeout(POST_TIMEOUT, self.connections.post(connection, message)).await {
            Ok(Ok(status)) => classify(status),
            Ok(Err(error)) => Err(PostError::Unavailable(error.to_string())),
            Err(_) => Err(PostError::Unavailable("no response in 3 seconds".to_owned())),
        }
    }
}

/// The outcome for a status ("PostToConnection", errors).
fn classify(status: StatusCode) -> Result<(), PostError> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::GONE => Err(PostError::Gone),
        StatusCode::FORBIDDEN | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST => {
            Err(PostError::Rejected(status.to_string()))
        }
        StatusCode::TOO_MANY_REQUESTS => Err(PostError::Throttled),
        status => Err(PostError::Unavailable(status.to_string())),
    }
}
