//! `/v1/measurements`: durations that pages report. They are stored without the person.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use protocol::endpoints::{LONGEST_MEASUREMENT, Measurement};
use protocol::envelope::{ApiError, ErrorCode, Refusal};

use crate::App;
use crate::command::CommandError;
use crate::http::answer::Answer;
use crate::http::fields;
use crate::telemetry::Metric;

/// Takes the time from a change's write to its display, as one page measured it.
///
/// The body is JSON, whatever its content type: a page that is being closed can send no other header.
#[utoipa::path(
    post, path = "/v1/measurements", tag = "about", operation_id = "measure", request_body = Measurement,
    responses(
        (status = 204, description = "It is noted"),
        (status = 400, description = "No measurement", body = Refusal),
    ),
)]
pub(crate) async fn take(State(app): State<App>, body: Bytes) -> Answer {
    let measured: Option<Measurement> = serde_json::from_slice(&body).and_then(|sent| fields::read(&sent)).ok();
    let Some(measured) = measured.filter(|measured| measured.write_to_screen <= LONGEST_MEASUREMENT) else {
        let message = "Send {\"writeToScreen\": milliseconds}, ten minutes at most.";
        return Err(CommandError::Refused(ApiError::new(ErrorCode::ValidationError, message)).into());
    };
    let time = std::time::Duration::from_millis(u64::from(measured.write_to_screen));
    app.telemetry().tell(app.now(), &[Metric::times("WriteToScreen", [time])]);
    Ok(StatusCode::NO_CONTENT.into_response())
}
