//! Tickets, broker credentials and snapshots for the live connection.

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
    let pages: Vec<Vec<Value>> = Call::get(path).send_pages().await?;
    Ok(pages.iter().flatten().map(Value::to_string).collect())
}
