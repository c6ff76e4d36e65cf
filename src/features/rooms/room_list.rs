//! The view model of the lists of rooms: the member's own ones and those of other members, each sorted by name, with
//! the closed ones separate.

use domain::person::PersonId;
use domain::room::{Room, RoomState};

use crate::platform::intl;

/// A room in a list: its id, and whether it is one of the member's own private rooms, which have a topic of their own.
pub(crate) type RoomKey = (String, bool);

/// The rooms in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RoomLists {
    /// The rooms that the member runs.
    pub(crate) own: RoomGroup,
    /// The rooms of other members.
    pub(crate) others: RoomGroup,
}

/// Some of the rooms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RoomGroup {
    /// The rooms that are not closed.
    pub(crate) open: Vec<RoomKey>,
    /// The closed rooms.
    pub(crate) closed: Vec<RoomKey>,
}

impl RoomGroup {
    /// Whether there is no room.
    pub(crate) const fn is_empty(&self) -> bool {
        self.open.is_empty() && self.closed.is_empty()
    }
}

impl RoomLists {
    /// Sorts the `listed` rooms, which all members see, and the `private` ones of the member by their names, regardless of case; the
    /// older one of two of the same name is first. A room that has just become private may be in both: it is shown once.
    pub(crate) fn of(listed: Vec<Room>, private: Vec<Room>, member: &PersonId) -> Self {
        let is_private = |room: &Room| private.iter().any(|one| one.id == room.id);
        let mut rooms: Vec<(Room, bool)> =
            listed.into_iter().filter(|room| !is_private(room)).map(|room| (room, false)).collect();
        rooms.extend(private.iter().map(|room| (room.clone(), true)));
        rooms.sort_by_cached_key(|(room, _)| {
            (intl::lower_case(room.name.as_str()), room.created_at, room.id.to_string())
        });
        let mut lists = Self::default();
        for (room, is_private) in rooms {
            let group = if room.creator == *member { &mut lists.own } else { &mut lists.others };
            let keys = if room.state == RoomState::RoomClosed { &mut group.closed } else { &mut group.open };
            keys.push((room.id.to_string(), is_private));
        }
        lists
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::room_view::tests::room;
    use super::*;

    fn named(id: &str, name: &str, state: &str) -> Room {
        Room { id: id.parse().unwrap(), name: name.parse().unwrap(), ..room(state, 0) }
    }

    fn ada() -> PersonId {
        "ada".parse().unwrap()
    }

    fn ids(keys: &[RoomKey]) -> Vec<&str> {
        keys.iter().map(|(id, _)| id.as_str()).collect()
    }

    #[test]
    fn rooms_are_listed_by_name_and_closed_ones_apart() {
        let rooms = vec![
            named("aaaaaaaaaa", "maths", "no_question"),
            named("bbbbbbbbbb", "Biology", "question_open"),
            named("cccccccccc", "Art", "room_closed"),
        ];
        let RoomLists { own, others } = RoomLists::of(rooms.clone(), vec![], &ada());
        assert_eq!((ids(&own.open), ids(&own.closed)), (vec!["bbbbbbbbbb", "aaaaaaaaaa"], vec!["cccccccccc"]));
        assert!(others.is_empty() && !own.is_empty());
        let of_bo = RoomLists::of(rooms, vec![], &"bo".parse().unwrap());
        assert_eq!((of_bo.others, of_bo.own), (own, RoomGroup::default()), "they are Ada's");
    }

    #[test]
    fn a_private_room_is_listed_among_ones_own_and_once() {
        let room = named("aaaaaaaaaa", "Club", "no_question");
        let lists = RoomLists::of(vec![room.clone()], vec![room], &ada());
        assert_eq!(lists.own.open, [("aaaaaaaaaa".to_owned(), true)]);
    }

    #[test]
    fn of_two_rooms_of_one_name_the_older_is_first() {
        let newer = Room {
            created_at: "2026-11-21T12:00:00.000Z".parse().unwrap(),
            ..named("aaaaaaaaaa", "Art", "no_question")
        };
        let lists = RoomLists::of(vec![newer, named("bbbbbbbbbb", "Art", "no_question")], vec![], &ada());
        assert_eq!(ids(&lists.own.open), ["bbbbbbbbbb", "aaaaaaaaaa"]);
        assert_eq!(RoomLists::of(vec![], vec![], &ada()), RoomLists::default());
    }

    proptest! {
        #[test]
        fn every_room_is_listed_once_and_by_name(
            rooms in prop::collection::vec(("[a-cA-C]{1,3}", any::<bool>()), 0..12),
        ) {
            let known: Vec<Room> = (0..)
                .zip(&rooms)
                .map(|(number, (name, is_closed))| {
                    named(&format!("room{number:06}"), name, if *is_closed { "room_closed" } else { "no_question" })
                })
                .collect();
            let name = |(id, _): &RoomKey| {
                let room = known.iter().find(|room| room.id.as_str() == id).unwrap();
                (room.name.as_str().to_lowercase(), id.clone())
            };
            let RoomGroup { open, closed } = RoomLists::of(known.clone(), vec![], &ada()).own;
            prop_assert!(open.is_sorted_by_key(name) && closed.is_sorted_by_key(name));
            prop_assert_eq!(closed.len(), rooms.iter().filter(|(_, is_closed)| *is_closed).count());
            let mut ids: Vec<String> = [open, closed].concat().into_iter().map(|(id, _)| id).collect();
            ids.sort_unstable();
            prop_assert_eq!(ids, known.iter().map(|room| room.id.to_string()).collect::<Vec<_>>());
        }
    }
}
