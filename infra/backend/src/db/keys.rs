//! Every key of the table, and the access patterns. No other module writes a key.
//!
//! One table, partition key `pk`, sort key `sk`, a stream with new and old images, time to live on `expires` (epoch
//! seconds).
//!
//! | item | pk | sk | written by |
//! |---|---|---|---|
//! | table | `TABLES` | id | API, sweep |
//! | last heartbeat | `HEARD` | table's id | API |
//! | status change | `HISTORY#{id}` | time `#` rev | API, sweep |
//! | item | `ITEMS` | its key | API, and other programs that may write to the table |
//! | earlier value of an item | `VALUES#{key}` | its revision, in 20 digits | fan-out |
//! | factory | `FACTORIES` | id | API |
//! | device | `DEVICES` | key's id | API |
//! | connection | `CONNECTION#{id}` | `CONNECTION` | `live` |
//! | connection, by person | `SESSIONS#{person}` | connection's id | `live` |
//! | when a person signed out everywhere | `SIGNOUT#{person}` | `SIGNOUT` | API |
//! | subscription | `TOPIC#{topic}`, or `TOPIC#{topic}#{shard}` in the shards after the first | connection's id | `live` |
//! | number of shards of a topic | `CROWD#{topic}` | `CROWD` | `live` |
//! | digest of a topic that is pinged | `DIGEST#{topic}` | `DIGEST` | fan-out, with each change; the request that reads the data for it |
//! | part of the index of a large topic's digest | `DIGEST#{topic}` | `PART#{layout}#{number}` | with the digest, in one transaction |
//! | room | `ROOMS` | id | API |
//! | join code | `CODES` | code | API |
//! | pick | `ROOM#{id}` | `PICK#{number}` | API; fan-out, after a recount of its answers |
//! | run list of a room | `ROOM#{id}` | `RUN-LIST` | API |
//! | answer | `ANSWERS#{room}#{pick}` | person | API |
//! | presence of a person | `PEOPLE#{room}` | person | fan-out |
//! | guest of a room; member that a private room has let in | `ENTRANTS#{room}` | person | API |
//! | guest's name in use in a room | `ENTRANTS#{room}` | `NAME#{hash}`, of how the name looks | with the guest, in one transaction |
//! | room of a member | `OWNED#{person}` | room's id | with the room, in one transaction |
//! | number of rooms that a member has made | `OWNED#{person}` | `#` | with the room, in one transaction |
//! | meetup | `MEETUP#{id}` | `MEETUP` | API, `notify` at its times |
//! | seats of a meetup | `MEETUP#{id}` | `SEATS` | API, fan-out |
//! | guest of a meetup | `MEETUP#{id}` | `GUEST#{key}` | with the seats, in one transaction |
//! | key of the guest that a person is | `MEETUP#{id}` | `PERSON#{person}` | with the guest, in one transaction |
//! | public meetup in the list | `MEETUPS` | id | fan-out |
//! | meetup of a host, by host | `HOSTED#{person}` | id | with the meetup, in one transaction; fan-out |
//! | number of meetups that a host has made | `HOSTED#{person}` | `#` | with the meetup, in one transaction |
//! | next time at which a meetup changes | `DUE` | time `#` meetup's id | with the meetup, in one transaction |
//! | question | `BANK#{person}` | question's id | API |
//! | secret of the server | `SECRETS` | its name: `guests` signs guests' tokens, `vapid` pushes, `slack` is Slack's; sealed by KMS | API, when first needed |
//! | alert, by topic | `ALERTS#{topic}` | person | API; `notify`, which ends one after its notification |
//! | alert, by person | `ASKED#{person}` | `ALERT#{topic}` | with the other one, in one transaction |
//! | notification preferences of a person | `ASKED#{person}` | `PREFERENCES` | API |
//! | browser that receives a person's pushes | `ASKED#{person}` | `BROWSER#{id}` | API; deleted after a push service's 404 or 410 |
//! | person of a browser | `BROWSER#{id}` | `BROWSER` | with the browser, in one transaction |
//! | queue for a table | `LINES` | table's id | API, fan-out, `notify`, `sweep` |
//! | delivery of an event to one recipient | `DELIVERY#{event}` | recipient | `notify` |
//! | mark that all deliveries of an event are planned | `DELIVERY#{event}` | `PLANNED` | `notify` |
//! | Slack webhook, its address sealed by KMS | `SLACK` | `*` or a table's id | API; `notify`, its status |
//! | request with an idempotency key, and its response | `REQUEST#{hash}` | `REQUEST` | API, with the writes of the request in one transaction |
//! | ticket for a live connection | `TICKET#{hash}` | `TICKET` | API; redeemed by `live` |
//!
//! | access pattern | request |
//! |---|---|
//! | all tables; the snapshot of `tables` | query `TABLES`, consistent |
//! | digests of topics | batch get of `DIGEST#{topic}`, consistent: one small read each, however large the topic is |
//! | one table | get |
//! | tables without a recent heartbeat | query `TABLES` and `HEARD` |
//! | a table's use in 90 days | query `HISTORY#{id}` from a time on |
//! | items by key prefix; one item | query or get `ITEMS`, consistent |
//! | an item's last values | query `VALUES#{key}` |
//! | the factory tree | query `FACTORIES`, consistent |
//! | device of a key | get `DEVICES` by the key's id |
//! | subscribers of a topic | get `CROWD#{topic}` and query each shard, consistent: a subscription that was acknowledged before a change must receive it, and an index would be behind |
//! | all rooms; one room | query or get `ROOMS` |
//! | room of a join code | get `CODES` |
//! | a room's picks | query `ROOM#{id}`, from `PICK#` on |
//! | a room's run list | get |
//! | a pick's answers and their number | query `ANSWERS#{room}#{pick}`, consistent |
//! | one person's answers in a room | batch get of their answer to each pick |
//! | people in a room | query `PEOPLE#{room}` |
//! | whether a room has let a person in | get `ENTRANTS#{room}`, and for a member `PEOPLE#{room}`: a member that has been in the room may return |
//! | a room's guests | query `ENTRANTS#{room}`, consistent |
//! | number of a member's rooms | query `OWNED#{person}`, consistent |
//! | a meetup, its seats, a guest | get, consistent |
//! | guests of a meetup | query `MEETUP#{id}`, from `GUEST#` on, consistent |
//! | public meetups; meetups of a host | query `MEETUPS` or `HOSTED#{person}`, consistent |
//! | meetups that change soon | query `DUE` up to a time |
//! | an author's questions | query `BANK#{person}` |
//! | secrets for guests' tokens, pushes and Slack's requests | get `SECRETS`, every five minutes in each function that needs it |
//! | alerts about a topic | query `ALERTS#{topic}`, consistent |
//! | a person's alerts, preferences and browsers | query `ASKED#{person}`, consistent |
//! | person of a renewed push subscription | get `BROWSER#{id}`: the id is the endpoint's hash |
//! | remaining deliveries of an event | query `DELIVERY#{event}`, consistent |
//! | whether a request was carried out, and its response | get `REQUEST#{hash}`, consistent |
//! | whether a person has signed out everywhere | get `SIGNOUT#{person}`, consistent; once a minute for each person in each instance |
//! | a person's live connections | query `SESSIONS#{person}`, consistent: written before the connection, so none is missed |
//! | holder of a ticket | delete `TICKET#{hash}`, which returns the old item: so a ticket is valid once |
//! | subscriptions of a connection | get the connection: it has its topics as a set, written in one transaction with the subscription, so it is an index that is never behind, costs no copy of each item, and lets one condition enforce the limit of subscriptions |
//!
//! A removed table is stored for [`TOMBSTONE_KEPT`] as a tombstone, an item with `gone`. If the table is registered again, its revision
//! continues, so a client that has received the removal does not drop the new table as older. A connection lives two hours at most, so no
//! client stores a removal for longer than that.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use domain::item::ItemKey;
use domain::meetup::{GuestKey, MeetupId};
use domain::person::PersonId;
use domain::room::RoomId;
use domain::table::TableId;
use domain::time::Timestamp;
use domain::topic::{Topic, UnknownTopic};
use serde::{Deserialize, Serialize};

/// How long a tombstone is kept.
pub const TOMBSTONE_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long the parts of a digest's index are kept: they are written again after half that time if the topic is still pinged.
pub const PARTS_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a connection's items may outlive its opening: API Gateway ends a connection after two hours.
pub const CONNECTION_KEPT: Duration = Duration::from_secs(2 * 3600 + 600);

/// How long the time of a sign-out everywhere is stored: longer than issuers usually allow a sign-in to be renewed.
pub const SIGN_OUT_KEPT: Duration = Duration::from_secs(400 * 24 * 3600);

/// The partition of the tables.
pub const TABLES: &str = "TABLES";
/// The partition of the items.
pub const ITEMS: &str = "ITEMS";
/// The partition of the factories.
pub const FACTORIES: &str = "FACTORIES";
/// The partition of the heartbeats.
pub const HEARTBEATS: &str = "HEARD";
/// The partition of the devices.
pub const DEVICES: &str = "DEVICES";
/// The partition of the rooms.
pub const ROOMS: &str = "ROOMS";
/// The partition of the join codes.
pub const CODES: &str = "CODES";
/// The partition of the server's secrets.
pub const SECRETS: &str = "SECRETS";
/// The name of the keys that sign guests' tokens: a list, whose last one signs. Deleting it ends the access of every guest.
pub const GUESTS: &str = "guests";
/// The name of the key that signs pushes (RFC 8292): a P-256 scalar in base64url. Deleting it ends every push subscription.
pub const VAPID: &str = "vapid";
/// The name of the secret with which Slack signs its requests.
pub const SLACK_SIGNING: &str = "slack";
/// The partition of the queues.
pub const QUEUES: &str = "LINES";
/// The partition of the Slack webhooks.
pub const SLACK: &str = "SLACK";
/// The sort key of the webhook for all tables without a webhook of their own: no table's id has this character.
pub const DEFAULT_WEBHOOK: &str = "*";
/// The sort key of a person's notification preferences.
pub const PREFERENCES: &str = "PREFERENCES";
/// The prefix of the sort keys of a person's alerts.
pub const ALERT: &str = "ALERT#";
/// The prefix of the sort keys of a person's browsers, and of the partitions with the person of a browser.
pub const BROWSER: &str = "BROWSER#";
/// The sort key of a browser's person.
pub const OWNER: &str = "BROWSER";
/// The sort key of the mark that all deliveries of an event are planned.
pub const PLANNED: &str = "PLANNED";
/// How long the deliveries of an event are kept: longer than any retry.
pub const DELIVERY_KEPT: Duration = Duration::from_secs(2 * 24 * 3600);

/// The partition of the alerts about a topic.
pub fn alerts(topic: &Topic) -> String {
    format!("ALERTS#{topic}")
}

/// The partition of a person's alerts, preferences and browsers.
pub fn notification_settings(person: &PersonId) -> String {
    format!("ASKED#{person}")
}

/// The sort key of a person's alert.
pub fn alert(topic: &Topic) -> String {
    format!("{ALERT}{topic}")
}

/// The sort key of a person's browser, and the partition of the browser's person.
pub fn browser(id: &str) -> String {
    format!("{BROWSER}{id}")
}

/// The partition of an event's deliveries.
pub fn delivery(event: &str) -> String {
    format!("DELIVERY#{event}")
}

/// The sort key of a request.
pub const REQUEST: &str = "REQUEST";

/// The partition of a request, by the hash of its caller and its key.
pub fn request(hash: &str) -> String {
    format!("REQUEST#{hash}")
}

/// The sort key of a ticket.
pub const TICKET: &str = "TICKET";
/// The sort key of a connection.
pub const CONNECTION: &str = "CONNECTION";

/// The partition of a table's status changes.
pub fn history(id: &TableId) -> String {
    format!("HISTORY#{id}")
}

/// The sort key of a status change: in the order of time, and unique.
pub fn change(at: Timestamp, rev: u64) -> String {
    format!("{at}#{rev:012}")
}

/// The partition of a connection.
pub fn connection(id: &str) -> String {
    format!("CONNECTION#{id}")
}

/// The partition of a person's live connections.
pub fn sessions(person: &PersonId) -> String {
    format!("SESSIONS#{person}")
}

/// The sort key of the time when a person signed out everywhere.
pub const SIGN_OUT: &str = "SIGNOUT";

/// The partition of the time when a person signed out everywhere.
pub fn sign_out(person: &PersonId) -> String {
    format!("SIGNOUT#{person}")
}

/// The partition of a ticket, by its SHA-256 in base64url.
pub fn ticket(hash: &str) -> String {
    format!("TICKET#{hash}")
}

/// The prefix of the partitions of rooms' picks.
pub const ROOM: &str = "ROOM#";

/// The partition of a room's picks.
pub fn room(id: &RoomId) -> String {
    format!("{ROOM}{id}")
}

/// The sort key of a room's run list.
pub const RUN_LIST: &str = "RUN-LIST";

/// The prefix of the sort keys of picks.
pub const PICK: &str = "PICK#";

// Picks have three digits in keys and in ids of entities (`snapshots::pick_id`), so that they are sorted by their numbers.
const _: () = assert!(domain::room::PICKS_PER_ROOM <= 999);

/// The sort key of a pick: in the order of the picks.
pub fn pick(number: u32) -> String {
    format!("{PICK}{number:03}")
}

/// The room whose picks have this partition.
pub fn parse_room(pk: &str) -> Option<RoomId> {
    pk.strip_prefix(ROOM)?.parse().ok()
}

/// The prefix of the partitions of answers.
pub const ANSWERS: &str = "ANSWERS#";

/// The partition of the answers to a pick.
pub fn answers(room: &RoomId, pick: u32) -> String {
    format!("{ANSWERS}{room}#{pick:03}")
}

/// The prefix of the partitions of the people in a room.
pub const PEOPLE: &str = "PEOPLE#";

/// The partition of the people in a room.
pub fn people(room: &RoomId) -> String {
    format!("{PEOPLE}{room}")
}

/// The room whose people have this partition.
pub fn parse_people(pk: &str) -> Option<RoomId> {
    pk.strip_prefix(PEOPLE)?.parse().ok()
}

/// The prefix of the partitions of the people that a room has let in.
pub const ENTRANTS: &str = "ENTRANTS#";

/// The partition of the people that a room has let in.
pub fn entrants(room: &RoomId) -> String {
    format!("{ENTRANTS}{room}")
}

/// The room whose entrants have this partition.
pub fn parse_entrants(pk: &str) -> Option<RoomId> {
    pk.strip_prefix(ENTRANTS)?.parse().ok()
}

/// The prefix of the sort keys of guests' names. No person's id begins with it.
const TAKEN_NAME: &str = "NAME#";

/// The sort key of a guest's name, by the hash of how it looks.
pub fn taken_name(hash: &str) -> String {
    format!("{TAKEN_NAME}{hash}")
}

/// Whether this is the sort key of a guest's name.
pub fn is_taken_name(sk: &str) -> bool {
    sk.starts_with(TAKEN_NAME)
}

/// How long a guest and the guest's token last.
pub const GUEST_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The partition of a member's rooms.
pub fn owned(person: &PersonId) -> String {
    format!("OWNED#{person}")
}

/// The sort key by which two rooms that a member makes concurrently detect each other. It sorts before all rooms: a reader that counts
/// the rooms has read it before any of them.
pub const GUARD: &str = "#";

/// The prefix of the partitions of meetups.
pub const MEETUP: &str = "MEETUP#";

/// The partition of a meetup.
pub fn meetup(id: &MeetupId) -> String {
    format!("{MEETUP}{id}")
}

/// The meetup with this partition.
pub fn parse_meetup(pk: &str) -> Option<MeetupId> {
    pk.strip_prefix(MEETUP)?.parse().ok()
}

/// The sort key of the meetup itself.
pub const MEETUP_ITSELF: &str = "MEETUP";

/// The sort key of a meetup's seats.
pub const SEATS: &str = "SEATS";

/// The prefix of the sort keys of guests.
pub const MEETUP_GUEST: &str = "GUEST#";

/// The sort key of a guest of a meetup.
pub fn meetup_guest(guest: &GuestKey) -> String {
    format!("{MEETUP_GUEST}{guest}")
}

/// The sort key of the key of the guest that a person is.
pub fn meetup_person(person: &PersonId) -> String {
    format!("PERSON#{person}")
}

/// The partition of the list of public meetups.
pub const MEETUPS: &str = "MEETUPS";

/// The prefix of the partitions of hosts' meetups.
pub const HOSTED: &str = "HOSTED#";

/// The partition of a host's meetups.
pub fn hosted(person: &PersonId) -> String {
    format!("{HOSTED}{person}")
}

/// The host whose meetups have this partition.
pub fn parse_hosted(pk: &str) -> Option<PersonId> {
    pk.strip_prefix(HOSTED)?.parse().ok()
}

/// The partition of the times at which meetups change. It is one partition, so a server that was off finds all times that have passed.
pub const DUE: &str = "DUE";

/// The sort key of the next time at which a meetup changes: in the order of time.
pub fn due(at: Timestamp, meetup: &MeetupId) -> String {
    format!("{at}#{meetup}")
}

/// The prefix of the partitions of questions.
pub const QUESTION_LIBRARY: &str = "BANK#";

/// The partition of an author's questions.
pub fn question_library(author: &PersonId) -> String {
    format!("{QUESTION_LIBRARY}{author}")
}

/// The author whose questions have this partition.
pub fn parse_question_library(pk: &str) -> Option<PersonId> {
    pk.strip_prefix(QUESTION_LIBRARY)?.parse().ok()
}

const TOPIC: &str = "TOPIC#";

/// A shard of a topic's subscriptions. The name of the first shard is the topic's; the others have a number after it, as in `tables#3`,
/// which is no topic's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shard {
    /// The topic.
    pub topic: Topic,
    /// From 0.
    pub number: u32,
}

impl Shard {
    /// The first shard, which each topic has.
    pub const fn first(topic: Topic) -> Self {
        Self { topic, number: 0 }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            0 => write!(formatter, "{}", self.topic),
            number => write!(formatter, "{}#{number}", self.topic),
        }
    }
}

impl FromStr for Shard {
    type Err = UnknownTopic;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let numbered = name.rsplit_once('#').and_then(|(topic, number)| Some((topic, number.parse().ok()?)));
        let (topic, number) = numbered.unwrap_or((name, 0));
        Ok(Self { topic: topic.parse()?, number })
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl TryFrom<String> for Shard {
    type Error = UnknownTopic;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

/// The partition of a shard of a topic's subscriptions.
pub fn subscribers(shard: &Shard) -> String {
    format!("{TOPIC}{shard}")
}

/// The prefix of the partitions of digests.
const OF_DIGEST: &str = "DIGEST#";

/// The partition of a topic's digest and of its index.
pub fn digest(topic: &Topic) -> String {
    format!("{OF_DIGEST}{topic}")
}

/// The topic whose digest has this partition.
pub fn parse_digest(pk: &str) -> Option<&str> {
    pk.strip_prefix(OF_DIGEST)
}

/// The sort key of a digest.
pub const DIGEST: &str = "DIGEST";

/// The sort key of a part of the index in this layout.
pub fn digest_part(layout: &str, number: u32) -> String {
    format!("PART#{layout}#{number:03}")
}

/// The partition of the number of a topic's shards.
pub fn topic_shards(topic: &Topic) -> String {
    format!("CROWD#{topic}")
}

/// The sort key of the number of a topic's shards.
pub const TOPIC_SHARDS: &str = "CROWD";

/// The partition of the earlier values of an item.
pub fn values(key: &ItemKey) -> String {
    format!("VALUES#{key}")
}

/// A revision as a sort key: sorts in the order of the revisions.
pub fn revision(rev: u64) -> String {
    format!("{rev:020}")
}

/// The topic whose subscriptions have this partition.
pub fn parse_subscribers(pk: &str) -> Option<Topic> {
    let shard: Shard = pk.strip_prefix(TOPIC)?.parse().ok()?;
    Some(shard.topic)
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
    fn a_topics_partitions_name_it() {
        let lobby = Topic::Table("lobby".parse().unwrap());
        for number in [0, 1, 63] {
            let shard = Shard { topic: lobby.clone(), number };
            assert_eq!(parse_subscribers(&subscribers(&shard)).as_ref(), Some(&lobby));
            assert_eq!(shard.to_string().parse(), Ok(shard));
        }
        assert_eq!(subscribers(&Shard::first(lobby)), "TOPIC#table/lobby");
        assert_eq!(parse_subscribers("CONNECTION#x"), None);
    }
}
