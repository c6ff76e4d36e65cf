//! The AWS SDK's clients for this AWS, configured as for the cloud but for the address and the connector.

use std::net::SocketAddr;
use std::path::PathBuf;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use crate::connector;
use crate::stream::record::REGION;

/// Whose word on people is trusted, and which people at this machine are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The tokens' `iss`.
    pub issuer: String,
    /// Whom they must be for.
    pub client_id: String,
    /// Where the issuer's keys are, if it need not be asked.
    pub keys: Option<String>,
    /// A host on this machine that stands for push services and Slack, in place of the real ones.
    pub outside: Option<String>,
    /// Whether a client on this machine is an admin.
    pub local_admin: bool,
}

/// What a backend needs of AWS.
#[derive(Debug, Clone)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// API Gateway's `@connections`.
    pub gateway: aws_sdk_apigatewaymanagement::Client,
    /// The way to them for whoever goes it without the SDK's client.
    pub posts: SharedHttpConnector,
    /// SNS.
    pub sns: aws_sdk_sns::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// AWS IoT Core.
    pub iot: aws_sdk_iotdataplane::Client,
    /// STS.
    pub sts: aws_sdk_sts::Client,
    /// KMS.
    pub kms: aws_sdk_kms::Client,
    /// The broker that stands for AWS IoT Core's, if there is one: `ws://127.0.0.1:9001`.
    pub broker_address: Option<String>,
    /// Cognito's place.
    pub trust: Trust,
    /// Where the site is: `http://127.0.0.1:8080`.
    pub site: String,
    /// Where programs find AWS: `http://127.0.0.1:8000`.
    pub aws: String,
    /// The directory for what programs log.
    pub logs: PathBuf,
}

/// The ways to the services.
pub struct Ways {
    /// Where the database is.
    pub database: SocketAddr,
    /// The way to it.
    pub connector: SharedHttpConnector,
    /// The way to API Gateway's connections.
    pub posts: SharedHttpConnector,
    /// The way to SNS and SQS.
    pub messaging: SharedHttpConnector,
    /// The way to AWS IoT Core and STS.
    pub things: SharedHttpConnector,
    /// The way to KMS.
    pub keys: SharedHttpConnector,
}

/// Where things are.
#[derive(Debug)]
pub struct Places {
    /// The site.
    pub site: String,
    /// AWS, for programs.
    pub aws: String,
    /// The broker.
    pub broker: Option<String>,
    /// What programs log.
    pub logs: PathBuf,
}

/// What the clients of every service have in common: each has a builder of its own type.
macro_rules! config {
    ($service:ident, $connector:expr) => {
        $service::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(connector::client($connector))
    };
}

/// A service of this very process: there is nothing to sign and no line that could be slow.
macro_rules! in_process {
    ($service:ident, $connector:expr) => {
        config!($service, $connector)
            .allow_no_auth()
            .endpoint_url("http://localhost")
            .timeout_config(TimeoutConfig::disabled())
    };
}

impl Clients {
    /// Clients of the database at this address and of this gateway.
    pub fn new(ways: Ways, trust: Trust, places: Places) -> Self {
        let Ways { database, connector, posts, messaging, things, keys } = ways;
        let dynamodb = config!(aws_sdk_dynamodb, connector)
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(format!("http://{database}"))
            .build();
        // A post is a function call: there is nothing to wait for or to retry. The backend retries by itself.
        let gateway =
            in_process!(aws_sdk_apigatewaymanagement, posts.clone()).retry_config(RetryConfig::disabled()).build();
        let sns = in_process!(aws_sdk_sns, messaging.clone()).build();
        let sqs = in_process!(aws_sdk_sqs, messaging).build();
        let iot = in_process!(aws_sdk_iotdataplane, things.clone()).build();
        let sts = in_process!(aws_sdk_sts, things).build();
        let kms = in_process!(aws_sdk_kms, keys).build();
        let Places { site, aws, broker, logs } = places;
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            gateway: aws_sdk_apigatewaymanagement::Client::from_conf(gateway),
            posts,
            sns: aws_sdk_sns::Client::from_conf(sns),
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
            iot: aws_sdk_iotdataplane::Client::from_conf(iot),
            sts: aws_sdk_sts::Client::from_conf(sts),
            kms: aws_sdk_kms::Client::from_conf(kms),
            broker_address: broker,
            trust,
            site,
            aws,
            logs,
        }
    }
}
