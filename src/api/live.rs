//! What the live connection needs beside its socket.

use protocol::broker::{self, BrokerAccess};
use protocol::rooms::{TICKETS, Ticket};
use serde_json::Value;

use super::{ApiError, Call};

/// A ticket for one live connection of the user's.
pub(crate) async fn ticket() -> Result<String, ApiError> {
    Call::post(TICKETS).send::<Ticket>().await.map(|ticket| ticket.ticket)
}

/// The address of the broker, signed for this browser.
pub(crate) async fn broker_access() -> Result<BrokerAccess, ApiError> {
    Call::post(broker::ACCESS).send().await
}

/// The frames of a snapshot or of digests, read over HTTP.
pub(crate) async fn frames(path: &str) -> Result<Vec<String>, ApiError> {
    let frames: Vec<Value> = Call::get(path).send().await?;
    Ok(frames.iter().map(Value::to_string).collect())
}
