//! What only admins do: device keys and Slack.

use domain::device::Device;
use domain::table::TableId;
use protocol::endpoints::{DEVICE_KEYS, DeviceWithKey, NewDevice};
use protocol::slack::{self, NewSigningSecret, NewWebhook, SlackSettings};

use super::{ApiError, Call};

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

/// Posts a test message by the webhook of a table, or by the one of all tables that have none of their own.
pub(crate) async fn test_webhook(table: Option<&TableId>) -> Result<(), ApiError> {
    Call::post(of_table(slack::WEBHOOK_TESTS, table)).run().await
}

/// Deletes the webhook of a table, or the one of all tables that have none of their own.
pub(crate) async fn delete_webhook(table: Option<&TableId>) -> Result<(), ApiError> {
    Call::delete(of_table(slack::WEBHOOKS, table)).run().await
}

/// Sets the secret by which Slack's slash commands are verified.
pub(crate) async fn set_signing_secret(secret: String) -> Result<(), ApiError> {
    Call::put(slack::SIGNING_SECRET).json(&NewSigningSecret { secret }).run().await
}

/// The path with the table in its query. An id is made of letters, digits and hyphens, so it needs no encoding.
fn of_table(path: &str, table: Option<&TableId>) -> String {
    table.map_or_else(|| path.to_owned(), |table| format!("{path}?table={table}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_named_by_its_table() {
        let lobby: TableId = "lobby".parse().unwrap();
        assert_eq!(of_table(slack::WEBHOOKS, Some(&lobby)), "/v1/slack/webhooks?table=lobby");
        assert_eq!(of_table(slack::WEBHOOK_TESTS, None), "/v1/slack/webhooks/trials");
    }
}
