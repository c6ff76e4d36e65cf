//! AWS IoT Core, for public topics with more subscribers than posts can serve. A change is published once for all of them.
//!
//! A browser subscribes by MQTT over a WebSocket whose address is signed here (Signature Version 4), with credentials of a role that may
//! subscribe to these topics only ("AWS IoT Core policies", "Device communication protocols").

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_iotdataplane::primitives::Blob;
use aws_sigv4::http_request::{
    SessionTokenMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use domain::topic::Topic;
use protocol::broker::BrokerAccess;
use serde_json::json;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::config::Config;

/// The role's credentials are valid this long: the longest that a function may request that has assumed a role itself ("AssumeRole").
const LIFETIME: Duration = Duration::from_secs(3_600);

/// Credentials that expire within this time are not given to clients.
const MIN_REMAINING: Duration = Duration::from_secs(900);

/// The client must open the connection within this time after its address was signed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(300);

/// The service name in the signature.
const SERVICE: &str = "iotdevicegateway";

/// The broker cannot publish, or cannot give access.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// AWS IoT Core does not accept a message.
    #[error("a change cannot be published: {0}")]
    NotPublished(String),
    /// STS gives no credentials.
    #[error("the role of the subscribers cannot be assumed: {0}")]
    NoCredentials(String),
    /// The address cannot be signed: an error of this code or its settings.
    #[error("an address cannot be signed: {0}")]
    Unsigned(String),
}

/// The client of the broker. Cheap to clone.
#[derive(Clone)]
pub struct IotPublisher {
    iot: aws_sdk_iotdataplane::Client,
    sts: aws_sdk_sts::Client,
    /// The prefix of a topic's name at the broker; empty if there is no broker.
    prefix: String,
    endpoint: String,
    role: String,
    subscriber: Arc<Mutex<Option<SubscriberCredentials>>>,
}

/// Credentials of the role that subscribes.
#[derive(Clone)]
struct SubscriberCredentials {
    credentials: aws_sdk_sts::config::Credentials,
    expires: SystemTime,
}

impl IotPublisher {
    pub(crate) fn new(iot: aws_sdk_iotdataplane::Client, sts: aws_sdk_sts::Client, config: &Config) -> Self {
        Self {
            iot,
            sts,
            prefix: config.iot_prefix.clone(),
            endpoint: config.iot_endpoint.clone(),
            role: config.iot_role.clone(),
            subscriber: Arc::default(),
        }
    }

    /// Whether this deployment has a broker.
    pub const fn is_configured(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// Publishes a message on a topic.
    ///
    /// # Errors
    /// The message is not published, after the client's own retries.
    pub async fn publish(&self, topic: &Topic, message: String) -> Result<(), BrokerError> {
        let name = format!("{}/{topic}", self.prefix);
        let sent = self.iot.publish().topic(name).qos(1).payload(Blob::new(message)).send().await;
        let text =
            |error| BrokerError::NotPublished(aws_sdk_iotdataplane::error::DisplayErrorContext(&error).to_string());
        sent.map(drop).map_err(text)
    }

    /// The access with which a browser subscribes to public topics.
    ///
    /// # Errors
    /// The role cannot be assumed, or the address cannot be signed.
    pub async fn access(&self) -> Result<BrokerAccess, BrokerError> {
        let subscriber = self.subscriber().await?;
        let now = SystemTime::now();
        let remaining = subscriber.expires.duration_since(now).unwrap_or_default();
        Ok(BrokerAccess {
            url: self.signed_url(&subscriber, now)?,
            client: format!("{}-{}", self.prefix, Uuid::new_v4().simple()),
            prefix: self.prefix.clone(),
            seconds: u32::try_from(remaining.as_secs()).unwrap_or(u32::MAX),
        })
    }

    /// The same credentials for all clients until they are about to expire: the topics are public.
    async fn subscriber(&self) -> Result<SubscriberCredentials, BrokerError> {
        let mut cached = self.subscriber.lock().await;
        let valid = cached.clone().filter(|subscriber| subscriber.expires > SystemTime::now() + MIN_REMAINING);
        if let Some(subscriber) = valid {
            return Ok(subscriber);
        }
        let region = self.region();
        let policy = policy(&self.role, &region, &self.prefix)
            .ok_or_else(|| BrokerError::NoCredentials(format!("“{}” is no role's name", self.role)))?;
        let seconds = i32::try_from(LIFETIME.as_secs()).unwrap_or(i32::MAX);
        let assume = self.sts.assume_role().role_arn(&self.role).role_session_name("listener").policy(policy);
        let response =
            assume.duration_seconds(seconds).send().await.map_err(|error| {
                BrokerError::NoCredentials(aws_sdk_sts::error::DisplayErrorContext(&error).to_string())
            })?;
        let assumed = response.credentials.ok_or_else(|| BrokerError::NoCredentials("STS returned none".to_owned()))?;
        let expires = SystemTime::try_from(assumed.expiration).unwrap_or_else(|_| SystemTime::now() + MIN_REMAINING);
        let credentials = aws_sdk_sts::config::Credentials::new(
            assumed.access_key_id,
            assumed.secret_access_key,
            Some(assumed.session_token),
            None,
            "the role of the subscribers",
        );
        let subscriber = SubscriberCredentials { credentials, expires };
        *cached = Some(subscriber.clone());
        Ok(subscriber)
    }

    fn region(&self) -> String {
        self.sts.config().region().map_or_else(|| "us-east-1".to_owned(), ToString::to_string)
    }

    /// The broker's address with a signature in its query ("Signature Version 4 signing: MQTT over WebSocket"): the session's
    /// token is not signed and comes last.
    fn signed_url(&self, subscriber: &SubscriberCredentials, now: SystemTime) -> Result<String, BrokerError> {
        let unsigned = |error: &dyn std::fmt::Display| BrokerError::Unsigned(error.to_string());
        // A local broker has no TLS, and its address contains its scheme.
        let (scheme, host) = self.endpoint.split_once("://").unwrap_or(("wss", &self.endpoint));
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.session_token_mode = SessionTokenMode::Exclude;
        settings.expires_in = Some(CONNECT_TIMEOUT);
        let (identity, region) = (subscriber.credentials.clone().into(), self.region());
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(SERVICE)
            .time(now)
            .settings(settings)
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let address = format!("https://{host}/mqtt");
        let headers = std::iter::once(("host", host));
        let request = SignableRequest::new("GET", address.as_str(), headers, SignableBody::Bytes(&[]));
        let (instructions, _) = sign(request.map_err(|error| unsigned(&error))?, &parameters)
            .map_err(|error| unsigned(&error))?
            .into_parts();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in instructions.params() {
            query.append_pair(name, value);
        }
        Ok(format!("{scheme}://{host}/mqtt?{}", query.finish()))
    }
}

/// The policy of the session: subscribe to public topics, under a client id of its own.
fn policy(role: &str, region: &str, prefix: &str) -> Option<String> {
    // arn:aws:iam::123456789012:role/name
    let mut parts = role.split(':');
    let (partition, account) = (parts.nth(1)?, parts.nth(2)?);
    let resource = |kind: &str, name: &str| format!("arn:{partition}:iot:{region}:{account}:{kind}/{prefix}{name}");
    let named =
        |kind: &str| -> Vec<String> { Topic::PUBLIC.iter().map(|name| resource(kind, &format!("/{name}"))).collect() };
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:Connect", "Resource": resource("client", "-*")},
        {"Effect": "Allow", "Action": "iot:Subscribe", "Resource": named("topicfilter")},
        {"Effect": "Allow", "Action": "iot:Receive", "Resource": named("topic")},
    ]});
    Some(policy.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_session_may_only_subscribe_to_public_topics() {
        let policy = policy("arn:aws:iam::123456789012:role/rally-Listener", "eu-central-1", "rally").unwrap();
        let policy: Value = serde_json::from_str(&policy).unwrap();
        let actions: Vec<&str> =
            policy["Statement"].as_array().unwrap().iter().map(|one| one["Action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["iot:Connect", "iot:Subscribe", "iot:Receive"]);
        let topics = policy["Statement"][2]["Resource"].as_array().unwrap();
        assert_eq!(topics[0], "arn:aws:iot:eu-central-1:123456789012:topic/rally/tables");
        assert!(topics.iter().all(|topic| !topic.as_str().unwrap().contains("/room/")), "{topics:?}");
        assert_eq!(super::policy("rally-Listener", "eu-central-1", "rally"), None);
    }

    /// The expected signature was calculated by hand from the description in the document.
    #[test]
    fn the_sessions_token_is_not_signed_and_comes_last() {
        let config = Config {
            iot_prefix: "rally".to_owned(),
            iot_endpoint: "a1-ats.iot.eu-central-1.amazonaws.com".to_owned(),
            ..Config::default()
        };
        let region = aws_sdk_sts::config::Region::new("eu-central-1");
        let version = aws_sdk_sts::config::BehaviorVersion::latest();
        let sts = aws_sdk_sts::Config::builder().region(region.clone()).behavior_version(version).build();
        let iot = aws_sdk_iotdataplane::Config::builder().region(region).behavior_version(version).build();
        let iot = aws_sdk_iotdataplane::Client::from_conf(iot);
        let broker = IotPublisher::new(iot, aws_sdk_sts::Client::from_conf(sts), &config);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
        let sign = |token: &str| {
            let token = Some(token.to_owned());
            let credentials = aws_sdk_sts::config::Credentials::new("AKIDEXAMPLE", "secret", token, None, "test");
            broker.signed_url(&SubscriberCredentials { credentials, expires: now }, now).unwrap()
        };
        let url = sign("to/ken");
        let begin = "wss://a1-ats.iot.eu-central-1.amazonaws.com/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=\
                     AKIDEXAMPLE%2F20261120%2Feu-central-1%2Fiotdevicegateway%2Faws4_request&X-Amz-Date=20261120T120000Z&\
                     X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=";
        assert!(url.starts_with(begin), "{url}");
        assert!(url.ends_with("&X-Amz-Security-Token=to%2Fken"), "{url}");
        let signature = |url: &str| url.split("Signature=").nth(1).unwrap()[..64].to_owned();
        assert_eq!(signature(&url), signature(&sign("another")), "the session token does not change the signature");
    }
}
