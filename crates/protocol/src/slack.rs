//! The paths and bodies of the Slack settings.

use serde::{Deserialize, Serialize};

use domain::table::TableId;
use domain::time::Timestamp;

/// `GET` returns the Slack settings.
pub const SLACK: &str = "/v1/slack";
/// `PUT` sets a webhook, `DELETE` forgets one: `?table={id}`, or the one for all tables that have none of their own.
pub const WEBHOOKS: &str = "/v1/slack/webhooks";
/// `POST` posts a test message: `?table={id}`, or by the webhook for all tables that have none of their own.
pub const WEBHOOK_TESTS: &str = "/v1/slack/webhooks/trials";
/// `PUT` keeps the secret with which Slack signs its requests.
pub const SIGNING_SECRET: &str = "/v1/slack/signing-secret";
/// `POST` is where Slack sends slash commands.
pub const COMMANDS: &str = "/v1/slack/commands";

/// The body of `PUT /v1/slack/webhooks`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewWebhook {
    /// Its address: a secret, which is never shown again.
    pub address: String,
    /// The table that it is for; all that have none of their own if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableId>,
    /// Whether it also posts when a table gets busy.
    #[serde(default)]
    pub each_change: bool,
}

/// The body of `PUT /v1/slack/signing-secret`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSigningSecret {
    /// From the app's page at Slack; never shown again.
    #[cfg_attr(feature = "openapi", schema(schema_with = secret_schema))]
    pub secret: String,
}

/// A secret of Slack's.
#[cfg(feature = "openapi")]
fn secret_schema() -> utoipa::openapi::schema::ObjectBuilder {
    domain::schema::trimmed("[A-Za-z0-9]{16,128}")
}

/// A webhook, as an admin sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// The table that it is for; all that have none of their own if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableId>,
    /// The last four characters of its address.
    pub ends_with: String,
    /// Whether it also posts when a table gets busy.
    pub each_change: bool,
    /// Since when posts fail (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// What the last failure was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Whether it was switched off because it failed for a day.
    pub is_off: bool,
}

/// The Slack settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SlackSettings {
    /// The webhooks.
    pub webhooks: Vec<Webhook>,
    /// Whether the signing secret is set, so that slash commands are taken.
    pub takes_commands: bool,
}
