//! Every key of the table, and what is asked of it. No other module writes a key.
//!
//! One table, partition key `pk`, sort key `sk`, a stream with new and old images, time to live on `expires` (epoch
//! seconds).
//!
//! | item | pk | sk | written by |
//! |---|---|---|---|
//! | table | `TABLES` | id | API, sweep |
//! | last sign of life | `HEARD` | table's id | API |
//! | status change | `HISTORY#{id}` | time `#` rev | API, sweep |
//! | device | `DEVICES` | key's id | API |
//! | connection | `CONNECTION#{id}` | `CONNECTION` | live functions |
//! | subscription | `TOPIC#{topic}` | connection's id | live functions |
//!
//! | question | answered by |
//! |---|---|
//! | all tables; the snapshot and the digest of `tables` | query `TABLES`, consistent |
//! | one table | get |
//! | who has not been heard of | query `TABLES` and `HEARD` |
//! | a table's use in 90 days | query `HISTORY#{id}` from a time on |
//! | whose key is this | get `DEVICES` by the key's id |
//! | who watches a topic | query `TOPIC#{topic}`, consistent: a subscription that was acknowledged before a change must hear of it, and an index would be behind |
//! | what a connection watches | get the connection: it carries its topics as a set, written in one transaction with the subscription, so it is an index that is never behind, costs no copy of each item, and lets one condition hold the limit of subscriptions |
//!
//! A removed table stays for [`TOMBSTONE_KEPT`] as an item with `gone`, so that its revision goes on if it is registered
//! again, and no screen takes the new table for something older than the removal it has seen. A connection lives two hours
//! at most, so no screen can remember a removal for longer than that.

use std::time::Duration;

use domain::table::TableId;
use domain::time::Timestamp;
use domain::topic::Topic;

/// How long a removal is remembered.
pub const TOMBSTONE_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a connection's items may outlive its opening: API Gateway ends a connection after two hours.
pub const CONNECTION_KEPT: Duration = Duration::from_secs(2 * 3600 + 600);

/// The partition of the tables.
pub const TABLES: &str = "TABLES";
/// The partition of the signs of life.
pub const HEARD: &str = "HEARD";
/// The partition of the devices.
pub const DEVICES: &str = "DEVICES";
/// The sort key of a connection.
pub const CONNECTION: &str = "CONNECTION";

/// The partition of a table's status changes.
pub fn history(id: &TableId) -> String {
    format!("HISTORY#{id}")
}

/// The sort key of a status change: in the order of time, and unlike any other.
pub fn change(at: Timestamp, rev: u64) -> String {
    format!("{at}#{rev:012}")
}

/// The partition of a connection.
pub fn connection(id: &str) -> String {
    format!("CONNECTION#{id}")
}

const TOPIC: &str = "TOPIC#";

/// The partition of those who watch a topic.
pub fn topic(topic: &Topic) -> String {
    format!("{TOPIC}{topic}")
}

/// The topic whose partition this is.
pub fn parse_topic(pk: &str) -> Option<Topic> {
    pk.strip_prefix(TOPIC)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_changes_sort_by_time() {
        let at = |milliseconds| change(Timestamp::from_milliseconds(milliseconds), 7);
        assert!(at(999) < at(1_000));
        assert!(change(Timestamp::default(), 9) < change(Timestamp::default(), 10));
    }

    #[test]
    fn a_topics_partition_names_it() {
        let lobby = Topic::Table("lobby".parse().unwrap());
        assert_eq!(parse_topic(&topic(&lobby)), Some(lobby));
        assert_eq!(parse_topic("CONNECTION#x"), None);
    }
}
