//! The topics that clients subscribe to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::item::{ItemGroup, ItemKey};
use crate::meetup::{GuestKey, MeetupId};
use crate::person::PersonId;
use crate::room::{PICKS_PER_ROOM, Room, RoomId};
use crate::table::TableId;

/// The longest name that is read at all, in bytes.
const LONGEST: usize = 300;

/// The name of live data that clients subscribe to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Topic {
    /// `tables`: every table.
    Tables,
    /// `table/{id}`: one table.
    Table(TableId),
    /// `rooms`: every room that is not private, without its join code. For members only.
    Rooms,
    /// `rooms/{person}`: one member's own private rooms, without their join codes. For that member only.
    OwnRooms(PersonId),
    /// `room/{id}`: one room, its picks as participants see them, and how many have answered the current one.
    Room(RoomId),
    /// `room/{id}/people`: the people who are in the room now. For its creator only.
    People(RoomId),
    /// `room/{id}/run-list`: the questions that its host plans to pick. For its creator only.
    RunList(RoomId),
    /// `room/{id}/attempts/{pick}`: the answers of all people. For its creator only.
    Answers(RoomId, u32),
    /// `room/{id}/person/{person}`: the answers of one person in a room. For that person only.
    Own(RoomId, PersonId),
    /// `items`: every public item.
    Items,
    /// `items/{group}`: the items whose keys begin with the group and a colon.
    Group(ItemGroup),
    /// `item/{key}`: one item.
    Item(ItemKey),
    /// `factories`: the factory tree.
    Factories,
    /// `questions/{person}`: one author's question library. For that author only.
    Library(PersonId),
    /// `meetups`: the public meetups that people can still come to.
    Meetups,
    /// `meetups/{person}`: the meetups of one member as their host, drafts too. For that member only.
    HostedMeetups(PersonId),
    /// `meetup/{id}`: one published meetup and its seats. For its host, its guests and, unless it is private, all others.
    Meetup(MeetupId),
    /// `meetup/{id}/guests`: the guests of one meetup. For its host only.
    MeetupGuests(MeetupId),
    /// `meetup/{id}/guest/{guest}`: one guest of a meetup. For that guest only.
    MeetupGuest(MeetupId, GuestKey),
}

impl Topic {
    /// The topic's kind, with a star for each id and key: fit for a log.
    pub const fn pattern(&self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::Table(_) => "table/*",
            Self::Rooms => "rooms",
            Self::OwnRooms(_) => "rooms/*",
            Self::Room(_) => "room/*",
            Self::People(_) => "room/*/people",
            Self::RunList(_) => "room/*/run-list",
            Self::Answers(..) => "room/*/attempts/*",
            Self::Own(..) => "room/*/person/*",
            Self::Items => "items",
            Self::Group(_) => "items/*",
            Self::Item(_) => "item/*",
            Self::Factories => "factories",
            Self::Library(_) => "questions/*",
            Self::Meetups => "meetups",
            Self::HostedMeetups(_) => "meetups/*",
            Self::Meetup(_) => "meetup/*",
            Self::MeetupGuests(_) => "meetup/*/guests",
            Self::MeetupGuest(..) => "meetup/*/guest/*",
        }
    }

    /// The topics on which a change of this table is published.
    pub fn of_table(id: &TableId) -> [Self; 2] {
        [Self::Tables, Self::Table(id.clone())]
    }

    /// The topic that lists this room.
    pub fn listing(room: &Room) -> Self {
        if room.is_private { Self::OwnRooms(room.creator.clone()) } else { Self::Rooms }
    }

    /// The topics on which a change of this item is published.
    pub fn of_item(key: &ItemKey) -> Vec<Self> {
        let all = (!key.is_private()).then_some(Self::Items);
        let group = key.group().map(Self::Group);
        std::iter::once(Self::Item(key.clone())).chain(all).chain(group).collect()
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables => formatter.write_str("tables"),
            Self::Table(id) => write!(formatter, "table/{id}"),
            Self::Rooms => formatter.write_str("rooms"),
            Self::OwnRooms(person) => write!(formatter, "rooms/{person}"),
            Self::Room(id) => write!(formatter, "room/{id}"),
            Self::People(id) => write!(formatter, "room/{id}/people"),
            Self::RunList(id) => write!(formatter, "room/{id}/run-list"),
            Self::Answers(id, pick) => write!(formatter, "room/{id}/attempts/{pick}"),
            Self::Own(id, person) => write!(formatter, "room/{id}/person/{person}"),
            Self::Items => formatter.write_str("items"),
            Self::Group(group) => write!(formatter, "items/{group}"),
            Self::Item(key) => write!(formatter, "item/{key}"),
            Self::Factories => formatter.write_str("factories"),
            Self::Library(person) => write!(formatter, "questions/{person}"),
            Self::Meetups => formatter.write_str("meetups"),
            Self::HostedMeetups(person) => write!(formatter, "meetups/{person}"),
            Self::Meetup(id) => write!(formatter, "meetup/{id}"),
            Self::MeetupGuests(id) => write!(formatter, "meetup/{id}/guests"),
            Self::MeetupGuest(id, guest) => write!(formatter, "meetup/{id}/guest/{guest}"),
        }
    }
}

impl TryFrom<String> for Topic {
    type Error = UnknownTopic;

    fn try_from(name: String) -> Result<Self, UnknownTopic> {
        name.parse()
    }
}

impl From<Topic> for String {
    fn from(topic: Topic) -> Self {
        topic.to_string()
    }
}

/// A name that is no topic's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "There is no topic “{0}”. Topics are “tables”, “table/{{id}}”, “rooms”, “room/{{id}}”, “items”, “items/{{group}}”, “item/{{key}}”, “meetups”, \
     “meetup/{{id}}”."
)]
pub struct UnknownTopic(String);

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(name: &str) -> Result<Self, UnknownTopic> {
        let unknown = || UnknownTopic(name.chars().take(80).collect());
        if name.len() > LONGEST {
            return Err(unknown());
        }
        let mut parts = name.split('/');
        let parsed = match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("tables"), None, ..) => Some(Self::Tables),
            (Some("table"), Some(id), None, ..) => id.parse().ok().map(Self::Table),
            (Some("rooms"), None, ..) => Some(Self::Rooms),
            (Some("rooms"), Some(person), None, ..) => person.parse().ok().map(Self::OwnRooms),
            (Some("room"), Some(id), None, ..) => id.parse().ok().map(Self::Room),
            (Some("room"), Some(id), Some("people"), None, _) => id.parse().ok().map(Self::People),
            (Some("room"), Some(id), Some("run-list"), None, _) => id.parse().ok().map(Self::RunList),
            (Some("room"), Some(id), Some("attempts"), Some(pick), None) => {
                id.parse().ok().zip(pick_number(pick)).map(|(id, pick)| Self::Answers(id, pick))
            }
            (Some("room"), Some(id), Some("person"), Some(person), None) => {
                id.parse().ok().zip(person.parse().ok()).map(|(id, person)| Self::Own(id, person))
            }
            (Some("items"), None, ..) => Some(Self::Items),
            (Some("items"), Some(group), None, ..) => group.parse().ok().map(Self::Group),
            (Some("item"), Some(key), None, ..) => key.parse().ok().map(Self::Item),
            (Some("factories"), None, ..) => Some(Self::Factories),
            (Some("questions"), Some(person), None, ..) => person.parse().ok().map(Self::Library),
            (Some("meetups"), None, ..) => Some(Self::Meetups),
            (Some("meetups"), Some(person), None, ..) => person.parse().ok().map(Self::HostedMeetups),
            (Some("meetup"), Some(id), None, ..) => id.parse().ok().map(Self::Meetup),
            (Some("meetup"), Some(id), Some("guests"), None, _) => id.parse().ok().map(Self::MeetupGuests),
            (Some("meetup"), Some(id), Some("guest"), Some(guest), None) => {
                id.parse().ok().zip(guest.parse().ok()).map(|(id, guest)| Self::MeetupGuest(id, guest))
            }
            _ => None,
        };
        parsed.ok_or_else(unknown)
    }
}

/// A pick's number, in its one notation: a topic has exactly one name.
fn pick_number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text && (1..=PICKS_PER_ROOM).contains(&number)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_are_written() {
        let room = "room/k3j9x0a2bc";
        let own = [format!("{room}/people"), format!("{room}/attempts/12"), format!("{room}/person/g-1")];
        let others = [
            "tables",
            "table/lobby-2",
            "rooms",
            "rooms/ada",
            "room/k3j9x0a2bc/run-list",
            room,
            "questions/ada",
            "factories",
            "items",
            "items/vehicle",
            "item/vehicle:3",
            "meetups",
            "meetups/ada",
            "meetup/summer0001",
            "meetup/summer0001/guests",
            "meetup/summer0001/guest/k3j9x0a2bc",
        ];
        for name in others.into_iter().chain(own.iter().map(String::as_str)) {
            let topic: Topic = name.parse().unwrap();
            assert_eq!(topic.to_string(), name);
            let kinds = topic.pattern().split('/').zip(name.split('/'));
            assert!(kinds.clone().count() == name.split('/').count(), "{name}");
            assert!(kinds.into_iter().all(|(kind, part)| kind == "*" || kind == part), "{name}");
        }
        for name in [
            "",
            "table",
            "table/",
            "table/a b",
            "tables/",
            "Tables",
            "table/lobby/x",
            "rooms/",
            "rooms/ada/x",
            "room/short",
            "questions/",
            "item/",
            "item/a b",
            "items/a:b",
            "items/",
            "room/k3j9x0a2bc/",
            "room/k3j9x0a2bc/attempts/0",
            "room/k3j9x0a2bc/attempts/01",
            "room/k3j9x0a2bc/attempts/+1",
            "room/k3j9x0a2bc/attempts/1/x",
            "room/k3j9x0a2bc/people/x",
            "room/k3j9x0a2bc/run-list/x",
            "room/k3j9x0a2bc/person/",
            "meetups/",
            "meetups/ada/x",
            "meetup",
            "meetup/short",
            "meetup/summer0001/",
            "meetup/summer0001/guests/x",
            "meetup/summer0001/guest/",
            "meetup/summer0001/guest/k3j9x0a2bc/x",
        ] {
            assert!(name.parse::<Topic>().is_err(), "{name}");
        }
        assert!("x".repeat(10_000).parse::<Topic>().is_err());
    }
}
