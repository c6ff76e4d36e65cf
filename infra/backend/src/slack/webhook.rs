//! Posts to Slack's incoming webhooks. A webhook's address is never logged.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::https::{HostAllowlist, HttpsClient};
use crate::outbound::Sent;

/// The client for Slack. Cheap to clone.
#[derive(Clone)]
pub struct Slack {
    outside: HttpsClient,
    hosts: Arc<HostAllowlist>,
}

impl Slack {
    pub(crate) fn new(outside: HttpsClient, hosts: &str) -> Self {
        Self { outside, hosts: Arc::new(HostAllowlist::of(hosts)) }
    }

    /// Whether this address is that of a webhook.
    pub fn admits(&self, address: &str) -> bool {
        address.len() <= 500 && self.hosts.admit(address).is_some()
    }

    /// Posts a message (Slack, “Sending messages using incoming webhooks”).
    pub async fn post(&self, address: &str, message: &Value) -> Sent {
        let Some(uri) = self.hosts.admit(address) else {
            return Sent::Refused("its address is none of Slack's".to_owned());
        };
        let request =
            Request::post(uri).header(CONTENT_TYPE, "application/json").body(Bytes::from(message.to_string()));
        let Ok(request) = request else { return Sent::Refused("its address is none".to_owned()) };
        let reply = match self.outside.post(request).await {
            Ok(reply) => reply,
            Err(error) => return Sent::Later(None, error.to_string()),
        };
        let said = format!("Slack answered {}: {}", reply.status, reply.text.chars().take(100).collect::<String>());
        match reply.status.as_u16() {
            200..=299 => Sent::Taken,
            429 | 500..=599 => Sent::Later(reply.retry_after, said),
            // no_service, channel_is_archived: the webhook was removed in Slack.
            404 | 410 => Sent::Gone,
            _ => Sent::Refused(said),
        }
    }
}
