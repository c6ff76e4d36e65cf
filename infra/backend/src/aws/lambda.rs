//! The start of every function: logging, and the clients from the environment.

use std::io::Write;
use std::time::Duration;

use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use lambda_runtime::Error;
use tracing_subscriber::EnvFilter;

use crate::App;
use crate::Aws;
use crate::aws::gateway::{Connections, Signer};
use crate::config::Config;
use crate::telemetry::Telemetry;

/// The start waits at most this long for its connections.
const WARM_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// Logs as JSON, which CloudWatch parses by itself; `RUST_LOG` sets the level.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_target(false).without_time().init();
}

/// The server, with clients from the function's environment and role. `RALLY_CALLBACK_URL` is the WebSocket API's stage,
/// `https://{api}.execute-api.{region}.amazonaws.com/{stage}`; functions that post nothing do not need it.
///
/// # Errors
/// The clients cannot be created.
pub async fn start() -> Result<App, Error> {
    log();
    let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let shared = aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(https).load().await;
    let config = Config::from_environment();
    let aws = Aws {
        dynamodb: aws_sdk_dynamodb::Client::new(&shared),
        gateway: connections(&shared),
        kms: aws_sdk_kms::Client::new(&shared),
        sns: aws_sdk_sns::Client::new(&shared),
        sqs: aws_sdk_sqs::Client::new(&shared),
        iot: iot(&shared, &config),
        sts: aws_sdk_sts::Client::new(&shared),
    };
    let daemon = std::env::var("AWS_XRAY_DAEMON_ADDRESS").ok();
    let telemetry = Telemetry::new(&config.stack, print, daemon.as_deref());
    let app = App::new(config, aws).with_telemetry(telemetry);
    warm_up(&app, std::env::var_os("RALLY_CALLBACK_URL").is_some()).await;
    Ok(app)
}

/// The client of the connections, with a connector of its own: the SDK does not expose its own.
fn connections(shared: &aws_config::SdkConfig) -> Connections {
    let connector =
        Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).enable_tcp_nodelay(true).build();
    let region = shared.region().map_or("us-east-1", |region| region.as_ref());
    let signer = shared.credentials_provider().map(|provider| Signer::new(provider, region));
    let address = std::env::var("RALLY_CALLBACK_URL").unwrap_or_default();
    Connections::new(&address, SharedHttpConnector::new(connector), signer)
}

/// Prints metrics as a line of their own, as CloudWatch requires. If the output is closed, the error is ignored.
fn print(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}");
}

/// A client for this account's own host: the region's host serves only accounts that are older than the account hosts.
fn iot(shared: &aws_config::SdkConfig, config: &Config) -> aws_sdk_iotdataplane::Client {
    let mut iot = aws_sdk_iotdataplane::config::Builder::from(shared);
    if shared.endpoint_url().is_none() && !config.iot_endpoint.is_empty() {
        iot = iot.endpoint_url(format!("https://{}", config.iot_endpoint));
    }
    aws_sdk_iotdataplane::Client::from_conf(iot.build())
}

/// Opens the connections that the first event will need, while Lambda gives the start a whole processor and does not charge for waiting:
/// a first TLS handshake takes up to 745 ms on a function of 128 MB. The results are ignored.
async fn warm_up(app: &App, has_gateway: bool) {
    let database = async { drop(app.storage().warm().await) };
    let gateway = async {
        if has_gateway {
            app.publisher().warm().await;
        }
    };
    let both = async { tokio::join!(database, gateway) };
    if tokio::time::timeout(WARM_UP_TIMEOUT, both).await.is_err() {
        tracing::warn!("the connections were not opened within {WARM_UP_TIMEOUT:?}");
    }
}
