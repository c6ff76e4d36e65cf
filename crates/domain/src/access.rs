//! The rules that say which callers may subscribe to which topic.

use crate::person::Person;
use crate::room::{Room, RoomRefusal};
use crate::topic::Topic;

/// Why a caller may not subscribe to a topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefusal {
    /// The caller is not authenticated.
    #[error("Sign in, or join the room as a guest, to see this.")]
    NotSignedIn,
    /// The room refuses.
    #[error("{0}")]
    Room(RoomRefusal),
    /// There is no such room.
    #[error("There is no such room. It may have been deleted.")]
    NoRoom,
    /// For members only, not for guests.
    #[error("Sign in to see all rooms. As a guest you see the one that you joined.")]
    MembersOnly,
    /// For the members of a group, of which the caller is not one.
    #[error("This is for admins, and for members of the group that its name begins with.")]
    OtherGroup,
    /// It belongs to another person.
    #[error("This belongs to another person.")]
    NotYours,
}

/// A room and the access of one person to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomAccess {
    /// The room.
    pub room: Room,
    /// Whether the room has admitted them. Only known, and only true, if they need it ([`Room::needs_admission`]).
    pub is_admitted: bool,
}

impl RoomAccess {
    /// Whether `person` is in the room.
    ///
    /// # Errors
    /// Why not.
    pub fn authorize(&self, person: &Person) -> Result<(), RoomRefusal> {
        self.room.authorize_entry(person, self.is_admitted)
    }
}

/// The names of the public topics, as a pattern (ECMA-262) without anchors.
pub const PUBLIC_TOPIC: &str = concat!(
    "(tables|items|factories|table/[A-Za-z0-9-]{3,64}",
    "|items/[A-Za-z0-9._~-][A-Za-z0-9._@~-]{0,255}|item/[A-Za-z0-9._:~-][A-Za-z0-9._:@~-]{0,255})"
);

impl Topic {
    /// The room that decides who may subscribe to it.
    pub const fn room(&self) -> Option<&crate::room::RoomId> {
        match self {
            Self::Room(room)
            | Self::People(room)
            | Self::RunList(room)
            | Self::Answers(room, _)
            | Self::Own(room, _) => Some(room),
            _ => None,
        }
    }

    /// The names of the public topics; a star stands for an id. Private items are never published there.
    pub const PUBLIC: [&'static str; 6] = ["tables", "table/*", "items", "items/*", "item/*", "factories"];

    /// Whether every caller may subscribe to it.
    pub fn is_public(&self) -> bool {
        self.authorize(None, None).is_ok()
    }

    /// Whether `person` may subscribe to it. `access` is to the room that [`Topic::room`] names, if it is there.
    ///
    /// # Errors
    /// Why not.
    pub fn authorize(&self, person: Option<&Person>, access: Option<&RoomAccess>) -> Result<(), AccessRefusal> {
        let signed_in = || person.ok_or(AccessRefusal::NotSignedIn);
        let in_room = || {
            let person = signed_in()?;
            let access = access.filter(|access| Some(&access.room.id) == self.room()).ok_or(AccessRefusal::NoRoom)?;
            access.authorize(person).map_err(AccessRefusal::Room)?;
            Ok((&access.room, person))
        };
        match self {
            Self::Tables | Self::Table(_) | Self::Items | Self::Factories => Ok(()),
            Self::Rooms => match signed_in()? {
                Person::Member(_) => Ok(()),
                Person::Guest(_) => Err(AccessRefusal::MembersOnly),
            },
            Self::Group(group) if !group.is_private() => Ok(()),
            Self::Item(key) if !key.is_private() => Ok(()),
            Self::Group(group) => signed_in().and_then(|person| of_group(person, group.owners())),
            Self::Item(key) => signed_in().and_then(|person| of_group(person, key.owners())),
            Self::Room(_) => in_room().map(|_| ()),
            Self::People(_) | Self::RunList(_) | Self::Answers(..) => {
                let (room, person) = in_room()?;
                room.authorize_creator(person).map_err(AccessRefusal::Room)
            }
            Self::Own(_, owner) if owner == in_room()?.1.id() => Ok(()),
            Self::Library(owner) | Self::OwnRooms(owner) if matches!(signed_in()?, Person::Member(member) if member.id == *owner) => {
                Ok(())
            }
            Self::Own(..) | Self::Library(_) | Self::OwnRooms(_) => Err(AccessRefusal::NotYours),
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
    use crate::room::RoomSettings;
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

    fn room(is_private: bool) -> Room {
        let Person::Member(ada) = member("ada") else { unreachable!() };
        let (id, code) = (ROOM.parse().unwrap(), "ABC234".parse().unwrap());
        let settings = RoomSettings { name: "Biology".parse().unwrap(), guests_allowed: true, is_private };
        Room::create(id, code, settings, &ada, Timestamp::default())
    }

    /// Each caller against each topic: what is not listed is denied.
    #[test]
    fn each_identity_subscribes_only_to_its_own_topics() {
        // The caller, and whether the room has admitted them.
        let identities: [(&str, Option<Person>, bool); 7] = [
            ("creator", Some(member("ada")), false),
            ("member", Some(member("bob")), false),
            ("entrant", Some(member("cy")), true),
            ("guest", Some(guest("g1", ROOM)), true),
            ("removed guest", Some(guest("g3", ROOM)), false),
            ("foreign guest", Some(guest("g2", "zzzzzzzzzz")), true),
            ("visitor", None, false),
        ];
        let all = "creator, member, entrant, guest, removed guest, foreign guest, visitor";
        let members = "creator, member, entrant";
        let allowed: [(&str, &str, &str); 23] = [
            // The topic, the callers that may subscribe to it, and those that may if the room is private.
            ("tables", all, all),
            ("table/lobby", all, all),
            ("factories", all, all),
            ("items", all, all),
            ("items/vehicle", all, all),
            ("item/vehicle:3", all, all),
            ("items/@staff", members, members),
            ("item/@staff:3", members, members),
            ("item/@other:3", "creator", "creator"),
            ("rooms", members, members),
            ("rooms/ada", "creator", "creator"),
            ("rooms/bob", "member", "member"),
            ("rooms/g1", "", ""),
            ("room/k3j9x0a2bc", "creator, member, entrant, guest", "creator, entrant, guest"),
            ("room/k3j9x0a2bc/people", "creator", "creator"),
            ("room/k3j9x0a2bc/run-list", "creator", "creator"),
            ("room/k3j9x0a2bc/attempts/1", "creator", "creator"),
            ("room/k3j9x0a2bc/person/ada", "creator", "creator"),
            ("room/k3j9x0a2bc/person/bob", "member", ""),
            ("room/k3j9x0a2bc/person/g1", "guest", "guest"),
            ("room/k3j9x0a2bc/person/g3", "", ""),
            ("questions/ada", "creator", "creator"),
            ("questions/g1", "", ""),
        ];
        for (topic, of_listed, of_private) in allowed {
            let topic: Topic = topic.parse().unwrap();
            for (is_private, allowed) in [(false, of_listed), (true, of_private)] {
                let allowed: Vec<&str> = allowed.split(", ").collect();
                for (who, person, is_admitted) in &identities {
                    let access = RoomAccess { room: room(is_private), is_admitted: *is_admitted };
                    let outcome = topic.authorize(person.as_ref(), Some(&access));
                    let case = format!("{who} on {topic}, private: {is_private}: {outcome:?}");
                    assert_eq!(outcome.is_ok(), allowed.contains(who), "{case}");
                    if topic.room().is_some() {
                        assert!(
                            topic.authorize(person.as_ref(), None).is_err(),
                            "{who} on {topic} of a room that is gone"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_private_room_is_listed_for_its_creator_alone() {
        assert_eq!(Topic::listing(&room(false)), Topic::Rooms);
        assert_eq!(Topic::listing(&room(true)), Topic::OwnRooms("ada".parse().unwrap()));
        assert!(!Topic::Rooms.is_public() && Topic::PUBLIC.iter().all(|name| !name.starts_with("room")));
    }
}
