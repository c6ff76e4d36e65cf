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
//! | room | `ROOMS` | id | API |
//! | join code | `CODES` | code | API |
//! | pick | `ROOM#{id}` | `PICK#{number}` | API; fan-out, to count again |
//! | answer | `ANSWERS#{room}#{pick}` | person | API |
//! | who is here | `PEOPLE#{room}` | person | fan-out |
//! | question | `BANK#{person}` | question's id | API |
//! | secret of the server's own | `SECRETS` | its name: `guests` signs guests' tokens | API, at the first need |
//! | ticket for a live connection | `TICKET#{hash}` | `TICKET` | API; taken by the live functions |
//!
//! | question | answered by |
//! |---|---|
//! | all tables; the snapshot and the digest of `tables` | query `TABLES`, consistent |
//! | one table | get |
//! | who has not been heard of | query `TABLES` and `HEARD` |
//! | a table's use in 90 days | query `HISTORY#{id}` from a time on |
//! | whose key is this | get `DEVICES` by the key's id |
//! | who watches a topic | query `TOPIC#{topic}`, consistent: a subscription that was acknowledged before a change must hear of it, and an index would be behind |
//! | all rooms; one room | query or get `ROOMS` |
//! | which room has this join code | get `CODES` |
//! | a room's picks | query `ROOM#{id}` |
//! | a pick's answers, and how many they are | query `ANSWERS#{room}#{pick}`, consistent |
//! | what one person answered in a room | batch get of their answer to each pick |
//! | who is in a room | query `PEOPLE#{room}` |
//! | an author's questions | query `BANK#{person}` |
//! | what signs guests' tokens | get `SECRETS`, once a function |
//! | whose ticket this is | delete `TICKET#{hash}`, which tells what was there: so it is good once |
//! | what a connection watches | get the connection: it carries its topics as a set, written in one transaction with the subscription, so it is an index that is never behind, costs no copy of each item, and lets one condition hold the limit of subscriptions |
//!
//! A removed table stays for [`TOMBSTONE_KEPT`] as an item with `gone`, so that its revision goes on if it is registered
//! again, and no screen takes the new table for something older than the removal it has seen. A connection lives two hours
//! at most, so no screen can remember a removal for longer than that.

use std::time::Duration;

use domain::person::PersonId;
use domain::room::RoomId;
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
/// The partition of the rooms.
pub const ROOMS: &str = "ROOMS";
/// The partition of the join codes.
pub const CODES: &str = "CODES";
/// The partition of the server's own secrets.
pub const SECRETS: &str = "SECRETS";
/// The name of the secret that signs guests' tokens: 256 random bits in base64url. Who deletes it ends every guest's stay.
pub const GUESTS: &str = "guests";
/// The sort key of a ticket.
pub const TICKET: &str = "TICKET";
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

/// The partition of a ticket, by its SHA-256 in base64url.
pub fn ticket(hash: &str) -> String {
    format!("TICKET#{hash}")
}

/// What the partitions of a room's picks begin with.
pub const ROOM: &str = "ROOM#";

/// The partition of a room's picks.
pub fn room(id: &RoomId) -> String {
    format!("{ROOM}{id}")
}

/// The sort key of a pick: in the order in which they were picked.
pub fn pick(number: u32) -> String {
    format!("PICK#{number:03}")
}

/// What the partitions of answers begin with.
pub const ANSWERS: &str = "ANSWERS#";

/// The partition of the answers to a pick.
pub fn answers(room: &RoomId, pick: u32) -> String {
    format!("{ANSWERS}{room}#{pick:03}")
}

/// What the partitions of those who are in a room begin with.
pub const PEOPLE: &str = "PEOPLE#";

/// The partition of those who are in a room.
pub fn people(room: &RoomId) -> String {
    format!("{PEOPLE}{room}")
}

/// The room whose people's partition this is.
pub fn parse_people(pk: &str) -> Option<RoomId> {
    pk.strip_prefix(PEOPLE)?.parse().ok()
}

/// What the partitions of questions begin with.
pub const BANK: &str = "BANK#";

/// The partition of an author's questions.
pub fn bank(author: &PersonId) -> String {
    format!("{BANK}{author}")
}

/// The author whose questions' partition this is.
pub fn parse_bank(pk: &str) -> Option<PersonId> {
    pk.strip_prefix(BANK)?.parse().ok()
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
