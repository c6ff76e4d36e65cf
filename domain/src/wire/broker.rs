//! Live connections through a broker: where it is, and what is asked of the server beside it. Never opens one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::read::Read;

/// `POST` lets a browser in at the broker.
pub const ACCESS: &str = "/v1/live/iot";
/// `GET` tells a topic's snapshot in the frames that a live connection would get.
pub const SNAPSHOT: &str = "/v1/live/snapshot";
/// `GET` tells topics' digests in the frame that a live connection would get.
pub const DIGESTS: &str = "/v1/live/digests";

/// Digests are told of so many topics at once.
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

/// What lets a browser in at the broker: MQTT 3.1.1 over a WebSocket with the subprotocol `mqtt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrokerAccess {
    /// The address, signed. Good for a connection that is opened within five minutes.
    pub url: String,
    /// The name that the client must give (MQTT 3.1.1, section 3.1.3.1).
    pub client: String,
    /// What a topic's name begins with at the broker, before a slash.
    pub prefix: String,
    /// So many seconds a connection may last.
    pub seconds: u32,
}

impl Read for BrokerAccess {
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Some(Self {
            url: text("url")?,
            client: text("client")?,
            prefix: text("prefix")?,
            seconds: u32::try_from(value["seconds"].as_u64()?).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_is_read_as_it_is_written() {
        let access = BrokerAccess {
            url: "wss://a/mqtt?b".to_owned(),
            client: "c".to_owned(),
            prefix: "d".to_owned(),
            seconds: 3_600,
        };
        assert_eq!(BrokerAccess::read(&serde_json::to_value(&access).unwrap()), Some(access));
        assert_eq!(BrokerAccess::read(&Value::Null), None);
    }

    #[test]
    fn questions_are_addresses() {
        assert_eq!(snapshot("table/lobby"), "/v1/live/snapshot?topic=table/lobby");
        assert_eq!(digests(&["tables".to_owned(), "rooms".to_owned()]), "/v1/live/digests?topics=tables,rooms");
    }
}
