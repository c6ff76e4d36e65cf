//! Posts to Slack's incoming webhooks. A webhook's address is never logged.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::https::{HostAllowlist, HttpsClient};
use crate::outbound::SendOutcome;

/// The client for Slack. Cheap to clone.
#[derive(Clone)]
pub struct Slack {
    client: HttpsClient,
    hosts: Arc<HostAllowlist>,
}

impl Slack {
    pub(crate) fn new(client: HttpsClient, hosts: &str) -> Self {
        Self { client, hosts: Arc::new(HostAllowlist::of(hosts)) }
    }

    /// Whether this address is that of a webhook.
    pub fn admits(&self, address: &str) -> bool {
        address.len() <= 500 && self.hosts.admit(address).is_some()
    }

    /// Posts a message (Slack, “Sending messages using incoming webhooks”).
    pub async fn post(&self, address: &str, message: &Value) -> SendOutcome {
        let Some(uri) = self.hosts.admit(address) else {
            return SendOutcome::Rejected("its address is none of Slack's".to_owned());
        };
        let request =
            Request::post(uri).header(CONTENT_TYPE, "application/json").body(Bytes::from(message.to_string()));
        let Ok(request) = request else { return SendOutcome::Rejected("its address is none".to_owned()) };
        let reply = match self.client.post(request).await {
            Ok(reply) => reply,
            Err(error) => return SendOutcome::RetryLater(None, error.to_string()),
        };
        let reason = format!("Slack answered {}: {}", reply.status, reply.text.chars().take(100).collect::<String>());
        match reply.status.as_u16() {
            200..=299 => SendOutcome::Accepted,
            429 | 500..=599 => SendOutcome::RetryLater(reply.retry_after, reason),
            // no_service, channel_is_archived: the webhook was removed in Slack.
            404 | 410 => SendOutcome::Gone,
            _ => SendOutcome::Rejected(reason),
        }
    }
}
