//! `/v1/measurements`: durations that pages report. They are stored without the person.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use protocol::endpoints::{LONGEST_MEASUREMENT, Measurement};
use protocol::envelope::{ApiError, ErrorBody, ErrorCode};

use crate::App;
use crate::command::CommandError;
use crate::http::fields;
use crate::http::response::ApiResult;
use crate::telemetry::Metric;

/// Records the time from a change's write to its display, as one page measured it.
///
/// The body is JSON, whatever its content type: a page that is being closed can send no other header.
#[utoipa::path(
    post, path = "/v1/measurements", tag = "about", operation_id = "measure", request_body = Measurement,
    responses(
        (status = 204, description = "It is noted"),
        (status = 400, description = "No measurement", body = ErrorBody),
    ),
)]
pub(crate) async fn record(State(app): State<App>, body: Bytes) -> ApiResult {
    let measured: Option<Measurement> = serde_json::from_slice(&body).and_then(|sent| fields::read(&sent)).ok();
    let Some(measured) = measured.filter(|measured| measured.write_to_screen <= LONGEST_MEASUREMENT) else {
        let message = "Send {\"writeToScreen\": milliseconds}, ten minutes at most.";
        return Err(CommandError::Rejected(ApiError::new(ErrorCode::ValidationError, message)).into());
    };
    let time = std::time::Duration::from_millis(u64::from(measured.write_to_screen));
    app.telemetry().record_metrics(app.now(), &[Metric::times("WriteToScreen", [time])]);
    Ok(StatusCode::NO_CONTENT.into_response())
}
