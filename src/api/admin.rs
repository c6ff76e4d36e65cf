//! What only admins do: device keys and Slack.

use domain::device::Device;
use protocol::endpoints::{DEVICE_KEYS, DeviceWithKey, NewDevice};
use protocol::slack::{self, NewSigningSecret, NewWebhook, SlackSettings};

use super::{ApiError, Call};
use crate::platform::url;

/// The devices that have a key.
pub(crate) async fn devices() -> Result<Vec<Device>, ApiError> {
    Call::get(DEVICE_KEYS).send().await
}

/// Creates a key. Its text is in this answer only.
pub(crate) async fn create_key(device: &NewDevice) -> Result<DeviceWithKey, ApiError> {
    Call::post(DEVICE_KEYS).json(device).send().await
}

/// Revokes a key.
pub(crate) async fn revoke_key(device: &str) -> Result<(), ApiError> {
    Call::delete([DEVICE_KEYS, "/", device].concat()).run().await
}

/// The connected Slack channels and whether slash commands are set up.
pub(crate) async fn slack() -> Result<SlackSettings, ApiError> {
    Call::get(slack::SLACK).send().await
}

/// Connects a channel by its incoming webhook.
pub(crate) async fn set_webhook(webhook: &NewWebhook) -> Result<(), ApiError> {
    Call::put(slack::WEBHOOKS).json(webhook).run().await
}

/// Posts a test message to the channel of this scope (a table's id, or `*`).
pub(crate) async fn test_webhook(scope: &str) -> Result<(), ApiError> {
    Call::post([slack::WEBHOOK_TRIALS, "?scope=", &url::encode(scope)].concat()).run().await
}

/// Disconnects the channel of this scope.
pub(crate) async fn delete_webhook(scope: &str) -> Result<(), ApiError> {
    Call::delete([slack::WEBHOOKS, "?scope=", &url::encode(scope)].concat()).run().await
}

/// Sets the secret by which Slack's slash commands are verified.
pub(crate) async fn set_signing_secret(secret: String) -> Result<(), ApiError> {
    Call::put(slack::SIGNING_SECRET).json(&NewSigningSecret { secret }).run().await
}
