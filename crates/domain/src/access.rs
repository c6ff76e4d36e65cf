//! Who may watch which topic. Never knows how a subscription is made.

use crate::person::Person;
use crate::room::{Room, RoomRefusal};
use crate::topic::Topic;

/// Why somebody may not watch a topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefusal {
    /// Nobody knows who asks.
    #[error("Sign in, or join the room as a guest, to see this.")]
    NotSignedIn,
    /// The room says no.
    #[error("{0}")]
    Room(RoomRefusal),
    /// There is no such room.
    #[error("There is no such room. It may have been deleted.")]
    NoRoom,
    /// For the members of a group that they are not of.
    #[error("This is for admins, and for members of the group that its name begins with.")]
    OtherGroup,
    /// Somebody else's.
    #[error("This is somebody else's.")]
    NotYours,
}

impl Topic {
    /// The room that has a say in who may watch it.
    pub const fn room(&self) -> Option<&crate::room::RoomId> {
        match self {
            Self::Room(room) | Self::People(room) | Self::Attempts(room, _) | Self::Own(room, _) => Some(room),
            _ => None,
        }
    }

    /// The names of those that everybody may watch; a star stands for an id. Of private items nothing is ever told there.
    pub const PUBLIC: [&'static str; 7] = ["tables", "table/*", "rooms", "items", "items/*", "item/*", "factories"];

    /// Whether everybody may watch it.
    pub fn is_public(&self) -> bool {
        self.authorize(None, None).is_ok()
    }

    /// Whether `person` may watch it. `room` is the one that [`Topic::room`] names, if it is there.
    ///
    /// # Errors
    /// Why not.
    pub fn authorize(&self, person: Option<&Person>, room: Option<&Room>) -> Result<(), AccessRefusal> {
        let signed_in = || person.ok_or(AccessRefusal::NotSignedIn);
        let in_room = || {
            let person = signed_in()?;
            let room = room.filter(|room| Some(&room.id) == self.room()).ok_or(AccessRefusal::NoRoom)?;
            room.authorize_entry(person).map_err(AccessRefusal::Room)?;
            Ok((room, person))
        };
        match self {
            Self::Tables | Self::Table(_) | Self::Rooms | Self::Items | Self::Factories => Ok(()),
            Self::Group(group) if !group.is_private() => Ok(()),
            Self::Item(key) if !key.is_private() => Ok(()),
            Self::Group(group) => signed_in().and_then(|person| of_group(person, group.owners())),
            Self::Item(key) => signed_in().and_then(|person| of_group(person, key.owners())),
            Self::Room(_) => in_room().map(|_| ()),
            Self::People(_) | Self::Attempts(..) => {
                let (room, person) = in_room()?;
                room.authorize_creator(person).map_err(AccessRefusal::Room)
            }
            Self::Own(_, owner) if owner == in_room()?.1.id() => Ok(()),
            Self::Bank(owner) if matches!(signed_in()?, Person::Member(member) if member.id == *owner) => Ok(()),
            Self::Own(..) | Self::Bank(_) => Err(AccessRefusal::NotYours),
        }
    }
}

fn of_group(person: &Person, group: &str) -> Result<(), AccessRefusal> {
    match person {
        Person::Member(member) if member.is_of(group) => Ok(()),
        Person::Member(_) | Person::Guest(_) => Err(AccessRefusal::OtherGroup),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::{Guest, Member};
    use crate::time::Timestamp;

    const ROOM: &str = "k3j9x0a2bc";

    fn member(id: &str) -> Person {
        Person::Member(Member {
            id: id.parse().unwrap(),
            name: "N".parse().unwrap(),
            is_admin: id == "ada",
            groups: vec!["staff".to_owned()],
        })
    }

    fn guest(id: &str, room: &str) -> Person {
        Person::Guest(Guest { id: id.parse().unwrap(), name: "N".parse().unwrap(), room: room.parse().unwrap() })
    }

    fn room() -> Room {
        let Person::Member(ada) = member("ada") else { unreachable!() };
        let (id, code) = (ROOM.parse().unwrap(), "ABC234".parse().unwrap());
        Room::create(id, code, "Biology".parse().unwrap(), true, &ada, Timestamp::default())
    }

    /// Everybody against everything: what is not listed is refused.
    #[test]
    fn everybody_sees_what_is_theirs_and_nothing_else() {
        let everybody: [(&str, Option<Person>); 5] = [
            ("creator", Some(member("ada"))),
            ("member", Some(member("bob"))),
            ("guest", Some(guest("g1", ROOM))),
            ("foreign guest", Some(guest("g2", "zzzzzzzzzz"))),
            ("visitor", None),
        ];
        let allowed: [(&str, &[&str]); 16] = [
            ("tables", &["creator", "member", "guest", "foreign guest", "visitor"]),
            ("table/lobby", &["creator", "member", "guest", "foreign guest", "visitor"]),
            ("rooms", &["creator", "member", "guest", "foreign guest", "visitor"]),
            ("items/vehicle", &["creator", "member", "guest", "foreign guest", "visitor"]),
            ("items/@staff", &["creator", "member"]),
            ("item/@staff:3", &["creator", "member"]),
            ("item/@other:3", &["creator"]),
            ("item/vehicle:3", &["creator", "member", "guest", "foreign guest", "visitor"]),
            ("room/k3j9x0a2bc", &["creator", "member", "guest"]),
            ("room/k3j9x0a2bc/people", &["creator"]),
            ("room/k3j9x0a2bc/attempts/1", &["creator"]),
            ("room/k3j9x0a2bc/person/ada", &["creator"]),
            ("room/k3j9x0a2bc/person/bob", &["member"]),
            ("room/k3j9x0a2bc/person/g1", &["guest"]),
            ("questions/ada", &["creator"]),
            ("questions/g1", &[]),
        ];
        let room = room();
        for (topic, allowed) in allowed {
            let topic: Topic = topic.parse().unwrap();
            for (who, person) in &everybody {
                let outcome = topic.authorize(person.as_ref(), Some(&room));
                assert_eq!(outcome.is_ok(), allowed.contains(who), "{who} on {topic}: {outcome:?}");
                if !topic.is_public() && topic.room().is_some() {
                    assert!(topic.authorize(person.as_ref(), None).is_err(), "{who} on {topic} of a room that is gone");
                }
            }
        }
    }
}
