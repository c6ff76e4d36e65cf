//! `/v1/slack`: the settings of admins, and the slash command. A webhook's address is never returned.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::IntoResponse;
use domain::table::TableId;
use domain::validation::Violation;
use protocol::envelope::{ApiError, Envelope, ErrorBody, ErrorCode};
use protocol::slack::{NewSigningSecret, NewWebhook, SlackSettings, Webhook};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::App;
use crate::http::body::{Json, shapes};
use crate::http::caller::Authenticated;
use crate::http::parameters::query_parameter;
use crate::http::response::{ApiResult, ok};
use crate::slack::service::{self, SlackUser};

/// The webhook of the request: that of a table, or the general one for all tables without their own.
fn table(uri: &Uri) -> Result<Option<TableId>, ApiError> {
    query_parameter(uri, "table")?.map(|id| id.parse()).transpose().map_err(|violation: Violation| violation.into())
}

/// The fields of a slash command (Slack, “Enabling interactivity with Slash Commands”).
#[derive(Deserialize)]
struct SlashCommand {
    #[serde(default)]
    team_id: String,
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    user_name: String,
    #[serde(default)]
    text: String,
}

/// The Slack settings.
#[utoipa::path(
    get, path = "/v1/slack", tag = "slack", operation_id = "getSlack", security(("bearer" = [])),
    responses(
        (status = 200, description = "The webhooks, without their addresses", body = Envelope<SlackSettings>),
        (status = 403, description = "No admin", body = ErrorBody),
    ),
)]
pub(crate) async fn settings(State(app): State<App>, Authenticated(actor): Authenticated) -> ApiResult {
    Ok(ok(service::settings(&app, &actor).await?))
}

/// Sets a webhook.
#[utoipa::path(
    put, path = "/v1/slack/webhooks", tag = "slack", operation_id = "setWebhook", security(("bearer" = [])),
    request_body = NewWebhook,
    responses(
        (status = 200, description = "The webhook, without its address", body = Envelope<Webhook>),
        (status = 403, description = "No admin", body = ErrorBody),
        (status = 404, description = "No such table", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "Its address is none of Slack's", body = ErrorBody),
    ),
)]
pub(crate) async fn set_webhook(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Json(webhook): Json<NewWebhook>,
) -> ApiResult {
    Ok(ok(service::set_webhook(&app, &actor, webhook).await?))
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes")]
struct OfTable {
    /// The table's id; omitted for the general webhook of all tables without their own
    #[param(inline, required = false)]
    table: TableId,
}

/// Deletes a webhook.
#[utoipa::path(
    delete, path = "/v1/slack/webhooks", tag = "slack", operation_id = "removeWebhook", security(("bearer" = [])),
    params(OfTable),
    responses(
        (status = 200, description = "Forgotten", body = Envelope<Option<String>>),
        (status = 403, description = "No admin", body = ErrorBody),
    ),
)]
pub(crate) async fn remove_webhook(State(app): State<App>, Authenticated(actor): Authenticated, uri: Uri) -> ApiResult {
    service::remove_webhook(&app, &actor, table(&uri)?.as_ref()).await?;
    Ok(ok(()))
}

/// Posts a test message.
#[utoipa::path(
    post, path = "/v1/slack/webhooks/trials", tag = "slack", operation_id = "tryWebhook", security(("bearer" = [])),
    params(OfTable),
    responses(
        (status = 200, description = "Slack has taken it", body = Envelope<Option<String>>),
        (status = 403, description = "No admin", body = ErrorBody),
        (status = 422, description = "Slack has not", body = ErrorBody),
    ),
)]
pub(crate) async fn try_webhook(State(app): State<App>, Authenticated(actor): Authenticated, uri: Uri) -> ApiResult {
    service::try_webhook(&app, &actor, table(&uri)?.as_ref()).await?;
    Ok(ok(()))
}

/// Stores the secret with which Slack signs its requests.
#[utoipa::path(
    put, path = "/v1/slack/signing-secret", tag = "slack", operation_id = "setSigningSecret",
    security(("bearer" = [])), request_body = NewSigningSecret,
    responses(
        (status = 200, description = "Kept", body = Envelope<Option<String>>),
        (status = 403, description = "No admin", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
    ),
)]
pub(crate) async fn set_signing_secret(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Json(new): Json<NewSigningSecret>,
) -> ApiResult {
    service::set_signing_secret(&app, &actor, &new.secret).await?;
    Ok(ok(()))
}

/// A slash command, signed by Slack. The response has Slack's form and not the envelope.
#[utoipa::path(
    post, path = "/v1/slack/commands", tag = "slack", operation_id = "runSlackCommand",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    params(
        ("x-slack-request-timestamp" = String, Header, description = "When it was sent, in epoch seconds"),
        ("x-slack-signature" = String, Header, description = "HMAC-SHA-256, by Slack's rule"),
    ),
    responses(
        (status = 200, description = "What the person is answered", body = serde_json::Value),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
    ),
)]
pub(crate) async fn command(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    service::verify(&app, header("x-slack-request-timestamp"), header("x-slack-signature"), &body).await?;
    let slash_command: SlashCommand = serde_urlencoded::from_bytes(&body)
        .map_err(|fault| ApiError::new(ErrorCode::ValidationError, format!("This is no form: {fault}.")))?;
    let user = SlackUser::new(&slash_command.team_id, &slash_command.user_id, &slash_command.user_name)?;
    let text = service::command(&app, &user, &slash_command.text).await?;
    Ok(axum::Json(json!({"response_type": "ephemeral", "text": text})).into_response())
}

shapes!(NewWebhook, NewSigningSecret);
