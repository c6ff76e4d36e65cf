//! The rules that say which callers may subscribe to which topic.

use crate::meetup::{GuestKey, Meetup, MeetupActor, MeetupId};
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
    /// There is no such meetup, or the caller may not see it.
    #[error("There is no such event, or you are not invited to it.")]
    NoMeetup,
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

/// A meetup and the access of one person to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetupAccess {
    /// The meetup.
    pub meetup: Meetup,
    /// The key of the guest that the person is. Only read, and only known, if they need it.
    pub guest: Option<GuestKey>,
}

/// What decides who may subscribe to a topic, if it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicAccess {
    /// The room that [`Topic::room`] names.
    Room(RoomAccess),
    /// The meetup that [`Topic::meetup`] names.
    Meetup(MeetupAccess),
}

/// The names of the public topics, as a pattern (ECMA-262) without anchors.
pub const PUBLIC_TOPIC: &str = concat!(
    "(tables|items|factories|meetups|table/[A-Za-z0-9-]{3,64}",
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

    /// The meetup that decides who may subscribe to it.
    pub const fn meetup(&self) -> Option<&MeetupId> {
        match self {
            Self::Meetup(meetup) | Self::MeetupGuests(meetup) | Self::MeetupGuest(meetup, _) => Some(meetup),
            _ => None,
        }
    }

    /// The names of the public topics; a star stands for an id. Private items are never published there.
    pub const PUBLIC: [&'static str; 7] = ["tables", "table/*", "items", "items/*", "item/*", "factories", "meetups"];

    /// Whether every caller may subscribe to it.
    pub fn is_public(&self) -> bool {
        self.authorize(None, None).is_ok()
    }

    /// Whether `person` may subscribe to it. `access` is to the room or the meetup that it is about, if that is there.
    ///
    /// # Errors
    /// Why not.
    pub fn authorize(&self, person: Option<&Person>, access: Option<&TopicAccess>) -> Result<(), AccessRefusal> {
        let signed_in = || person.ok_or(AccessRefusal::NotSignedIn);
        let in_room = || {
            let person = signed_in()?;
            let access = match access {
                Some(TopicAccess::Room(access)) if Some(&access.room.id) == self.room() => access,
                _ => return Err(AccessRefusal::NoRoom),
            };
            access.authorize(person).map_err(AccessRefusal::Room)?;
            Ok((&access.room, person))
        };
        let member = person.and_then(|person| match person {
            Person::Member(member) => Some(member),
            Person::Guest(_) => None,
        });
        let actor = MeetupActor { member, visitor: None };
        let of_meetup = || match access {
            Some(TopicAccess::Meetup(access)) if Some(&access.meetup.id) == self.meetup() => Ok(access),
            _ => Err(AccessRefusal::NoMeetup),
        };
        match self {
            Self::Tables | Self::Table(_) | Self::Items | Self::Factories | Self::Meetups => Ok(()),
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
            Self::Library(owner) | Self::OwnRooms(owner) | Self::HostedMeetups(owner) if matches!(signed_in()?, Person::Member(member) if member.id == *owner) => {
                Ok(())
            }
            Self::Meetup(_) => {
                let MeetupAccess { meetup, guest } = of_meetup()?;
                if meetup.is_visible(actor, guest.is_some()) { Ok(()) } else { Err(AccessRefusal::NoMeetup) }
            }
            Self::MeetupGuests(_) if of_meetup()?.meetup.is_host(actor) => Ok(()),
            Self::MeetupGuest(_, guest) if of_meetup()?.guest.as_ref() == Some(guest) => Ok(()),
            Self::MeetupGuests(_) | Self::MeetupGuest(..) => Err(AccessRefusal::NoMeetup),
            Self::Own(..) | Self::Library(_) | Self::OwnRooms(_) | Self::HostedMeetups(_) => {
                Err(AccessRefusal::NotYours)
            }
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
    use crate::meetup::{MeetupDescription, MeetupDetails, MeetupOwner, Start, Visibility};
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
                    let access = TopicAccess::Room(RoomAccess { room: room(is_private), is_admitted: *is_admitted });
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

    fn meetup(visibility: Visibility, is_published: bool) -> Meetup {
        let Person::Member(ada) = member("ada") else { unreachable!() };
        let details = MeetupDetails {
            title: "Summer party".parse().unwrap(),
            description: MeetupDescription::default(),
            start: Some(Start {
                wall: "2027-01-15T09:00".parse().unwrap(),
                zone: "UTC".parse().unwrap(),
                at: Timestamp::from_milliseconds(1_800_003_600_000),
            }),
            minutes: 60,
            visibility,
            plus_limit: 0,
            shows_guests: false,
            join_url: None,
        };
        let (owner, now) =
            (MeetupOwner::Member { id: ada.id, name: ada.name }, Timestamp::from_milliseconds(1_800_000_000_000));
        let draft = Meetup::create("summer0001".parse().unwrap(), owner, details, now);
        if is_published { draft.publish(now).unwrap() } else { draft }
    }

    /// Each caller against each topic of a meetup: what is not listed is denied.
    #[test]
    fn each_identity_sees_only_the_meetups_that_are_for_it() {
        let identities: [(&str, Option<Person>, Option<&str>); 4] = [
            ("host", Some(member("ada")), None),
            ("invited", Some(member("bob")), Some("k3j9x0a2bc")),
            ("member", Some(member("cy")), None),
            ("visitor", None, None),
        ];
        let all = "host, invited, member, visitor";
        let cases: [(&str, Visibility, bool, &str); 12] = [
            ("meetups", Visibility::Private, true, all),
            ("meetups/ada", Visibility::Private, true, "host"),
            ("meetups/bob", Visibility::Private, true, "invited"),
            ("meetup/summer0001", Visibility::Private, true, "host, invited"),
            ("meetup/summer0001", Visibility::Unlisted, true, all),
            ("meetup/summer0001", Visibility::Public, true, all),
            ("meetup/summer0001", Visibility::Public, false, "host"),
            ("meetup/otherone01", Visibility::Public, true, ""),
            ("meetup/summer0001/guests", Visibility::Public, true, "host"),
            ("meetup/summer0001/guest/k3j9x0a2bc", Visibility::Public, true, "invited"),
            ("meetup/summer0001/guest/zzzzzzzzzz", Visibility::Public, true, ""),
            ("meetup/otherone01/guests", Visibility::Public, true, ""),
        ];
        for (name, visibility, is_published, allowed) in cases {
            let topic: Topic = name.parse().unwrap();
            let allowed: Vec<&str> = allowed.split(", ").collect();
            for (who, person, guest) in &identities {
                let guest = guest.map(|key| key.parse().unwrap());
                let access = TopicAccess::Meetup(MeetupAccess { meetup: meetup(visibility, is_published), guest });
                let outcome = topic.authorize(person.as_ref(), Some(&access));
                assert_eq!(outcome.is_ok(), allowed.contains(who), "{who} on {topic}, {visibility:?}: {outcome:?}");
                if topic.meetup().is_some() {
                    assert_eq!(
                        topic.authorize(person.as_ref(), None),
                        Err(AccessRefusal::NoMeetup),
                        "{who} on {topic}"
                    );
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
