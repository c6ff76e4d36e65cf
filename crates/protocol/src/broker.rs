//! Live connections through an MQTT broker: its address, and the requests beside it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `POST` returns a signed address of the broker.
pub const ACCESS: &str = "/v1/live/iot";
/// `GET` returns a topic's snapshot in the frames that a live connection would get.
pub const SNAPSHOT: &str = "/v1/live/snapshot";
/// `GET` returns topics' digests in the frame that a live connection would get.
pub const DIGESTS: &str = "/v1/live/digests";

/// One request gets the digests of at most this many topics.
pub const TOPICS_AT_ONCE: usize = 100;

/// The address of a topic's snapshot.
pub fn snapshot(topic: &str) -> String {
    [SNAPSHOT, "?topic=", topic].concat()
}

/// The address of the digests of these topics.
pub fn digests(topics: &[String]) -> String {
    [DIGESTS, "?topics=", &topics.join(",")].concat()
}

/// A frame as a live connection would get it (`ServerFrame`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = Object))]
#[serde(transparent)]
pub struct Frame(pub Value);

/// The admission of a browser to the broker: MQTT 3.1.1 over a WebSocket with the subprotocol `mqtt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrokerAccess {
    /// The address, signed. Good for a connection that is opened within five minutes.
    pub url: String,
    /// The name that the client must give (MQTT 3.1.1, section 3.1.3.1).
    pub client: String,
    /// What a topic's name begins with at the broker, before a slash.
    pub prefix: String,
    /// The longest duration of a connection, in seconds.
    pub seconds: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_addresses() {
        assert_eq!(snapshot("table/lobby"), "/v1/live/snapshot?topic=table/lobby");
        assert_eq!(digests(&["tables".to_owned(), "rooms".to_owned()]), "/v1/live/digests?topics=tables,rooms");
    }
}
