//! The SDK's connector to AWS IoT Core and STS: messages are published to an MQTT broker on this machine in place of IoT
//! Core's, such as mosquitto. A role's credentials are invented, since that broker requires none. Never decides what is published.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::BytesMut;
use futures::{SinkExt, StreamExt};
use http::StatusCode;
use mqttbytes::v4::{Connect, ConnectReturnCode, Packet, Publish, read};
use mqttbytes::{Error, QoS};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The path prefix of a publish request ("Publish", AWS IoT data plane).
const TOPICS: &str = "/topics/";

/// Timeout for the broker.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The largest packet to read, in bytes.
const PACKET_LIMIT: usize = 128 * 1024;

/// Lifetime of the invented credentials.
const LIFETIME: Duration = Duration::from_secs(3_600);

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connector to the broker at an address.
#[derive(Clone)]
pub struct IotConnector(Arc<Inner>);

struct Inner {
    address: Option<String>,
    /// One connection, opened at the first message and reopened after a loss.
    open: Mutex<Option<BrokerConnection>>,
    last_packet: AtomicU16,
}

struct BrokerConnection {
    stream: Stream,
    inbox: BytesMut,
}

impl std::fmt::Debug for IotConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("IotConnector")
    }
}

impl IotConnector {
    /// A connector to the broker at this address, `ws://127.0.0.1:9001`; without an address, each publish fails.
    pub fn new(address: Option<String>) -> Self {
        Self(Arc::new(Inner { address, open: Mutex::new(None), last_packet: AtomicU16::new(0) }))
    }

    /// Whether a request is for one of these services.
    pub(crate) fn is_for(path: &str, body: &[u8]) -> bool {
        path.starts_with(TOPICS) || body.windows(ASSUME.len()).any(|part| part == ASSUME)
    }
}

/// The text by which a request to STS is recognized.
const ASSUME: &[u8] = b"Action=AssumeRole";

impl HttpConnector for IotConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = Arc::clone(&self.0);
        let path = request.uri().parse::<http::Uri>().map(|uri| uri.path().to_owned()).unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        HttpConnectorFuture::new(async move {
            let (status, kind, reply) = match path.strip_prefix(TOPICS) {
                None => (StatusCode::OK, "text/xml", credentials(SystemTime::now())),
                Some(name) => match inner.publish(&decoded(name), body).await {
                    Ok(()) => (StatusCode::OK, "application/json", r#"{"message":"OK"}"#.to_owned()),
                    Err(error) => {
                        tracing::warn!(error, "the broker has not accepted a message");
                        (StatusCode::SERVICE_UNAVAILABLE, "application/json", "{}".to_owned())
                    }
                },
            };
            let other = |error: Box<dyn std::error::Error + Send + Sync>| ConnectorError::other(error, None);
            let response = http::Response::builder().status(status).header("content-type", kind);
            let response = response.body(SdkBody::from(reply)).map_err(|error| other(error.into()))?;
            response.try_into().map_err(|error: aws_smithy_runtime_api::http::HttpError| other(error.into()))
        })
    }
}

impl Inner {
    /// Publishes, and waits for the broker's acknowledgement. A connection that was lost meanwhile is reopened once.
    async fn publish(&self, topic: &str, payload: Vec<u8>) -> Result<(), String> {
        let mut open = self.open.lock().await;
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
        // Never zero (MQTT 3.1.1, section 2.3.1).
        publish.pkid = self.last_packet.fetch_add(1, Ordering::Relaxed) % u16::MAX + 1;
        let mut result = Err("there is no broker".to_owned());
        for _ in 0..2 {
            if open.is_none() {
                *open = Some(tokio::time::timeout(CONNECT_TIMEOUT, self.connect()).await.map_err(text)??);
            }
            let Some(connection) = open.as_mut() else { break };
            result = tokio::time::timeout(CONNECT_TIMEOUT, connection.publish(&publish))
                .await
                .unwrap_or_else(|error| Err(text(error)));
            if result.is_ok() {
                return Ok(());
            }
            *open = None;
        }
        result
    }

    async fn connect(&self) -> Result<BrokerConnection, String> {
        let address = self.address.as_deref().ok_or("no broker is configured; set --broker")?;
        let mut request = format!("{address}/mqtt").into_client_request().map_err(text)?;
        request.headers_mut().insert("sec-websocket-protocol", http::HeaderValue::from_static("mqtt"));
        let (stream, _) = connect_async(request).await.map_err(text)?;
        let mut open = BrokerConnection { stream, inbox: BytesMut::new() };
        let mut connect = Connect::new(format!("emulator-{}", uuid::Uuid::new_v4().simple()));
        // No keep-alive: the connection is silent while nothing changes.
        connect.keep_alive = 0;
        open.send(|bytes| connect.write(bytes)).await?;
        match open.next().await? {
            Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success => Ok(open),
            other => Err(format!("the broker responds with {other:?}")),
        }
    }
}

impl BrokerConnection {
    async fn publish(&mut self, publish: &Publish) -> Result<(), String> {
        self.send(|bytes| publish.write(bytes)).await?;
        loop {
            match self.next().await? {
                Packet::PubAck(ack) if ack.pkid == publish.pkid => return Ok(()),
                Packet::PubAck(_) => {}
                other => return Err(format!("the broker responds with {other:?}")),
            }
        }
    }

    async fn send(&mut self, packet: impl FnOnce(&mut BytesMut) -> Result<usize, Error>) -> Result<(), String> {
        let mut bytes = BytesMut::new();
        packet(&mut bytes).map_err(|error| format!("{error:?}"))?;
        self.stream.send(Message::Binary(bytes.freeze())).await.map_err(text)
    }

    async fn next(&mut self) -> Result<Packet, String> {
        loop {
            match read(&mut self.inbox, PACKET_LIMIT) {
                Ok(packet) => return Ok(packet),
                Err(Error::InsufficientBytes(_)) => {}
                Err(error) => return Err(format!("the broker does not speak MQTT: {error:?}")),
            }
            let message = self.stream.next().await.ok_or("the broker has closed the connection")?;
            self.inbox.extend_from_slice(&message.map_err(text)?.into_data());
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A topic's name, from a path.
fn decoded(name: &str) -> String {
    // In a path, a plus is a literal plus.
    let name = name.replace('+', "%2B");
    form_urlencoded::parse(name.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// STS's response to `AssumeRole`.
fn credentials(now: SystemTime) -> String {
    let expiration = humantime::format_rfc3339_seconds(now + LIFETIME);
    format!(
        r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>
        <Arn>arn:aws:sts::000000000000:assumed-role/local/listener</Arn><AssumedRoleId>LOCAL:listener</AssumedRoleId>
        </AssumedRoleUser><Credentials><AccessKeyId>local</AccessKeyId><SecretAccessKey>local</SecretAccessKey>
        <SessionToken>local</SessionToken><Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult>
        <ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></AssumeRoleResponse>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_decoded_from_the_path() {
        assert_eq!(decoded("rally%2Ftable%2Flobby"), "rally/table/lobby");
        assert_eq!(decoded("rally/a+b%20c"), "rally/a+b c");
        assert!(IotConnector::is_for("/topics/rally%2Ftables", b""));
        assert!(IotConnector::is_for("/", b"Action=AssumeRole&Version=2011-06-15"));
        assert!(!IotConnector::is_for("/", b"Action=PublishBatch"));
    }

    #[tokio::test]
    async fn without_a_broker_a_publish_fails_with_a_hint() {
        let inner = Inner { address: None, open: Mutex::new(None), last_packet: AtomicU16::new(0) };
        assert!(inner.publish("rally/tables", Vec::new()).await.unwrap_err().contains("--broker"));
    }
}
