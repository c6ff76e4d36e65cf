//! Rally's server: what runs in the Lambda functions.
//!
//! It uses AWS only: DynamoDB has the data, its stream is the only source of changes, API Gateway has the live connections. It gets its
//! AWS clients as arguments, so it has no local mode.
//!
//! A slice for each noun, with `api` (the routes), `service` (what a request does; the rules are in `domain`) and `store` (how it is
//! written to DynamoDB): [`tables`], [`queue`], [`rooms`], [`questions`], [`items`], [`factories`], [`meetups`], [`devices`], [`slack`],
//! [`notifications`], [`identity`]. Around them:
//!
//! - [`router`]: every route, and the layers that each request passes
//! - [`http`]: what the routes share
//! - [`ingest`]: items from SNS, SQS, S3 and IoT
//! - [`reactions`]: what follows from a write: the table's stream, jobs, the scheduled sweep
//! - [`realtime`]: live connections, subscriptions, snapshots, digests and the fan-out
//! - [`db`]: the one DynamoDB table: its keys, its records, and what the stores share
//! - [`aws`]: thin clients of AWS services, and the start of a function
//! - [`telemetry`]: metrics and traces
//!
//! Inside a slice, `api` depends on `service`, and `service` on `store`.
//!
//! Rules that the browser needs as well are in `domain`. Differences between hosts are in the clients that it gets.

pub mod aws;
pub(crate) mod cached;
pub mod command;
pub mod config;
pub mod db;
pub mod devices;
pub(crate) mod exact_numbers;
pub mod factories;
pub mod http;
pub mod https;
pub mod identity;
pub(crate) mod ids;
pub mod ingest;
pub mod items;
pub mod jobs;
pub mod markdown;
pub mod meetups;
pub mod notifications;
pub mod outbound;
pub mod questions;
pub mod queue;
pub mod quotas;
pub(crate) mod rate_limiter;
pub mod reactions;
pub mod realtime;
pub mod rooms;
pub mod router;
pub(crate) mod secrets;
pub mod slack;
pub mod tables;
pub mod telemetry;

use std::num::NonZero;
use std::sync::Arc;
use std::time::SystemTime;

use domain::time::Timestamp;

use crate::aws::events::Events;
use crate::aws::gateway::Connections;
use crate::aws::job_queue::JobQueue;
use crate::config::Config;
use crate::db::Storage;
use crate::https::HttpsClient;
use crate::identity::Identity;
use crate::notifications::push::Push;
use crate::rate_limiter::RateLimiter;
use crate::realtime::digests::readers::Readers;
use crate::realtime::iot::IotPublisher;
use crate::realtime::publisher::ConnectionPublisher;
use crate::slack::webhook::Slack;
use crate::telemetry::Telemetry;

/// The source of the time; tests supply their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The AWS clients that the server works with.
#[derive(Debug, Clone)]
pub struct Aws {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The WebSocket API's connections.
    pub gateway: Connections,
    /// KMS.
    pub kms: aws_sdk_kms::Client,
    /// SNS.
    pub sns: aws_sdk_sns::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// AWS IoT Core.
    pub iot: aws_sdk_iotdataplane::Client,
    /// STS, for the role with which browsers subscribe at AWS IoT Core.
    pub sts: aws_sdk_sts::Client,
}

/// The state of all handlers. Cheap to clone.
#[derive(Clone)]
pub struct App {
    config: Arc<Config>,
    storage: Storage,
    publisher: ConnectionPublisher,
    broker: IotPublisher,
    events: Events,
    jobs: JobQueue,
    shard_jobs: JobQueue,
    https_client: HttpsClient,
    push: Push,
    slack: Slack,
    limits: Arc<RateLimiter>,
    identity: Arc<Identity>,
    telemetry: Telemetry,
    digest_readers: Arc<Readers>,
    counts_digests: bool,
    processors: NonZero<usize>,
    retries: bool,
    clock: Clock,
}

impl App {
    /// The server with these AWS clients.
    pub fn new(config: Config, aws: Aws) -> Self {
        let https_client = HttpsClient::default();
        Self {
            storage: Storage::new(aws.dynamodb, aws.kms, &config),
            publisher: ConnectionPublisher::new(aws.gateway),
            broker: IotPublisher::new(aws.iot, aws.sts, &config),
            events: Events::new(aws.sns, &config.events_topic),
            jobs: JobQueue::new(aws.sqs.clone(), &config.jobs_queue),
            shard_jobs: JobQueue::new(aws.sqs, &config.shards_queue),
            push: Push::new(https_client.clone(), &config.push_services, &config.contact),
            slack: Slack::new(https_client.clone(), &config.slack_hosts),
            https_client,
            limits: Arc::new(RateLimiter::new(config.rates)),
            identity: Arc::default(),
            telemetry: Telemetry::default(),
            digest_readers: Arc::default(),
            counts_digests: true,
            processors: std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            retries: true,
            config: Arc::new(config),
            clock: Arc::new(system_time),
        }
    }

    /// The same server with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The same server, on which a client on this machine is an admin, whatever its settings are.
    #[must_use]
    pub fn with_loopback_admin(mut self) -> Self {
        self.config = Arc::new(Config { loopback_admin: true, ..Config::clone(&self.config) });
        self
    }

    /// The same server, which splits its work into this number of parts, whatever this machine has.
    #[must_use]
    pub fn with_processors(mut self, processors: NonZero<usize>) -> Self {
        self.processors = processors;
        self
    }

    /// The same server without retries: of posts, lagging connections, and records of the stream. Only the simulation uses it, to show
    /// that retries are needed.
    #[must_use]
    pub fn without_retries(mut self) -> Self {
        self.retries = false;
        self.publisher.disable_retries();
        self
    }

    /// The same server, whose fan-out does not count changes into digests. Only the simulation uses it, to show that the counting is
    /// needed.
    #[must_use]
    pub const fn without_counting(mut self) -> Self {
        self.counts_digests = false;
        self
    }

    /// The HTTP client for services outside AWS.
    pub(crate) const fn https_client(&self) -> &HttpsClient {
        &self.https_client
    }

    /// Whether changes are counted into digests.
    pub(crate) const fn counts_digests(&self) -> bool {
        self.counts_digests
    }

    /// Reads topics' data for their digests.
    pub(crate) fn digest_readers(&self) -> &Readers {
        &self.digest_readers
    }

    /// The same server with this telemetry.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.telemetry = telemetry;
        self
    }

    /// Metrics and traces.
    pub(crate) const fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// Whether failures are retried.
    pub(crate) const fn retries(&self) -> bool {
        self.retries
    }

    /// The number of parts into which work for processors is split.
    pub(crate) const fn processors(&self) -> usize {
        self.processors.get()
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The rate limiter.
    pub(crate) fn rate_limiter(&self) -> &RateLimiter {
        &self.limits
    }

    /// The database.
    pub const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The publisher that posts to connections.
    pub const fn publisher(&self) -> &ConnectionPublisher {
        &self.publisher
    }

    /// AWS IoT Core.
    pub const fn broker(&self) -> &IotPublisher {
        &self.broker
    }

    /// The SNS topic of events.
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// The queue of jobs.
    pub const fn jobs(&self) -> &JobQueue {
        &self.jobs
    }

    /// The queue of fan-out shards.
    pub const fn shard_jobs(&self) -> &JobQueue {
        &self.shard_jobs
    }

    /// Web Push.
    pub const fn push(&self) -> &Push {
        &self.push
    }

    /// Slack.
    pub const fn slack(&self) -> &Slack {
        &self.slack
    }

    /// The cached keys of the issuer and of this server.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(since_epoch)
}
