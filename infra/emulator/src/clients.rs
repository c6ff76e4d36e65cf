//! The AWS SDK's clients for this AWS, configured as for the cloud except for the address and the connector.

use std::net::SocketAddr;
use std::path::PathBuf;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use crate::connector;
use crate::stream::record::REGION;

/// The trusted issuer, and the rights of clients on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The tokens' `iss`.
    pub issuer: String,
    /// The tokens' client id (audience).
    pub client_id: String,
    /// The address of the issuer's keys, if it is not looked up at the issuer.
    pub keys: Option<String>,
    /// A host on this machine that replaces push services and Slack, if any.
    pub external_services: Option<String>,
    /// Whether a client on this machine is an admin.
    pub local_admin: bool,
}

/// The clients of a backend, and the addresses that it needs.
#[derive(Debug, Clone)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// API Gateway's `@connections`.
    pub gateway: aws_sdk_apigatewaymanagement::Client,
    /// The connector to `@connections`, for posts without the SDK's client.
    pub connections: SharedHttpConnector,
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
    /// The MQTT broker in place of AWS IoT Core's, if there is one: `ws://127.0.0.1:9001`.
    pub broker_address: Option<String>,
    /// The issuer in place of Cognito.
    pub trust: Trust,
    /// The site's address: `http://127.0.0.1:8080`.
    pub site: String,
    /// The address of AWS for programs: `http://127.0.0.1:8000`.
    pub aws: String,
    /// The directory for the programs' logs.
    pub logs: PathBuf,
}

/// The connectors to the services.
pub struct Connectors {
    /// The database's address.
    pub database: SocketAddr,
    /// The connector to the database.
    pub connector: SharedHttpConnector,
    /// The connector to API Gateway's `@connections`.
    pub connections: SharedHttpConnector,
    /// The connector to SNS and SQS.
    pub messaging: SharedHttpConnector,
    /// The connector to AWS IoT Core and STS.
    pub iot: SharedHttpConnector,
    /// The connector to KMS.
    pub kms: SharedHttpConnector,
}

/// The addresses and the log directory.
#[derive(Debug)]
pub struct Locations {
    /// The site's address.
    pub site: String,
    /// The address of AWS for programs.
    pub aws: String,
    /// The broker's address.
    pub broker: Option<String>,
    /// The directory for the programs' logs.
    pub logs: PathBuf,
}

/// The common configuration of all clients: each service has a builder of its own type.
macro_rules! config {
    ($service:ident, $connector:expr) => {
        $service::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(connector::client($connector))
    };
}

/// A service in this process: requests need no signature, and no slow network is between.
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
    pub fn new(connectors: Connectors, trust: Trust, locations: Locations) -> Self {
        let Connectors { database, connector, connections, messaging, iot, kms } = connectors;
        let dynamodb = config!(aws_sdk_dynamodb, connector)
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(format!("http://{database}"))
            .build();
        // A post is a function call: it needs no timeout and no retry. The backend retries by itself.
        let gateway = in_process!(aws_sdk_apigatewaymanagement, connections.clone())
            .retry_config(RetryConfig::disabled())
            .build();
        let sns = in_process!(aws_sdk_sns, messaging.clone()).build();
        let sqs = in_process!(aws_sdk_sqs, messaging).build();
        let iot_client = in_process!(aws_sdk_iotdataplane, iot.clone()).build();
        let sts = in_process!(aws_sdk_sts, iot).build();
        let kms_client = in_process!(aws_sdk_kms, kms).build();
        let Locations { site, aws, broker, logs } = locations;
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            gateway: aws_sdk_apigatewaymanagement::Client::from_conf(gateway),
            connections,
            sns: aws_sdk_sns::Client::from_conf(sns),
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
            iot: aws_sdk_iotdataplane::Client::from_conf(iot_client),
            sts: aws_sdk_sts::Client::from_conf(sts),
            kms: aws_sdk_kms::Client::from_conf(kms_client),
            broker_address: broker,
            trust,
            site,
            aws,
            logs,
        }
    }
}
