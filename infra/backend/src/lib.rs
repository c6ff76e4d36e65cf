//! Rally's server: what runs in the Lambda functions.
//!
//! It knows AWS and nothing else: DynamoDB holds the truth, its stream is the only way out, API Gateway holds the live
//! connections. Where those are is a matter of the clients that it is given, so it has no local mode.
//!
//! - [`transport`]: what comes in: HTTP requests, live connections, stream records, the scheduler
//! - [`identity`]: who shows this token
//! - [`commands`]: what a request does to the table; the rules are in `domain`
//! - [`storage`]: keys, items, queries; nobody else knows DynamoDB
//! - [`fanout`]: which screens hear of which change
//! - [`outbound`]: what goes out: posts to connections
//!
//! Never here: a rule that the browser needs too, or a word of how any of this is hosted.

pub mod commands;
pub mod config;
pub mod fanout;
pub mod identity;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod live;
pub mod markdown;
pub mod outbound;
pub mod storage;
pub mod transport;

use std::sync::Arc;
use std::time::SystemTime;

use domain::time::Timestamp;

use crate::config::Config;
use crate::identity::Identity;
use crate::outbound::posts::Posts;
use crate::storage::Storage;

/// Where the time comes from; a test brings its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// All that a handler needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    config: Arc<Config>,
    storage: Storage,
    posts: Posts,
    identity: Arc<Identity>,
    clock: Clock,
}

impl App {
    /// The server over these AWS clients. `gateway` is the WebSocket API's management client, whose endpoint is the
    /// connections' callback address.
    pub fn new(
        config: Config,
        dynamodb: aws_sdk_dynamodb::Client,
        gateway: aws_sdk_apigatewaymanagement::Client,
    ) -> Self {
        Self {
            storage: Storage::new(dynamodb, &config.table),
            posts: Posts::new(gateway),
            identity: Arc::default(),
            config: Arc::new(config),
            clock: Arc::new(system_time),
        }
    }

    /// The same with another source of the time.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The one way to the data.
    pub const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The one way to the connections.
    pub const fn posts(&self) -> &Posts {
        &self.posts
    }

    /// What is remembered of the issuer's keys and our own.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(since_epoch)
}
