//! The view model of the list of rooms: the open ones, and the closed ones, each by name.

use domain::room::{Room, RoomState};

use crate::platform::intl;

/// The ids of rooms, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RoomLists {
    /// The rooms that are not closed.
    pub(super) open: Vec<String>,
    /// The closed rooms.
    pub(super) closed: Vec<String>,
}

impl RoomLists {
    /// Sorts rooms by their names, regardless of case; the older one of two of the same name is first.
    pub(super) fn of(mut rooms: Vec<Room>) -> Self {
        rooms.sort_by_cached_key(|room| (intl::lower_case(room.name.as_str()), room.created_at, room.id.to_string()));
        let ids = |is_closed: bool| {
            let fitting = rooms.iter().filter(|room| (room.state == RoomState::RoomClosed) == is_closed);
            fitting.map(|room| room.id.to_string()).collect()
        };
        Self { open: ids(false), closed: ids(true) }
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

    #[test]
    fn rooms_are_listed_by_name_and_closed_ones_apart() {
        let rooms = vec![
            named("aaaaaaaaaa", "maths", "no_question"),
            named("bbbbbbbbbb", "Biology", "question_open"),
            named("cccccccccc", "Art", "room_closed"),
        ];
        let lists = RoomLists::of(rooms);
        assert_eq!(
            (lists.open, lists.closed),
            (vec!["bbbbbbbbbb".to_owned(), "aaaaaaaaaa".to_owned()], vec!["cccccccccc".to_owned()])
        );
    }

    #[test]
    fn of_two_rooms_of_one_name_the_older_is_first() {
        let newer = Room {
            created_at: "2026-11-21T12:00:00.000Z".parse().unwrap(),
            ..named("aaaaaaaaaa", "Art", "no_question")
        };
        let lists = RoomLists::of(vec![newer, named("bbbbbbbbbb", "Art", "no_question")]);
        assert_eq!(lists.open, ["bbbbbbbbbb", "aaaaaaaaaa"]);
        assert_eq!(RoomLists::of(vec![]), RoomLists::default());
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
            let name = |id: &String| {
                let room = known.iter().find(|room| room.id.as_str() == id).unwrap();
                (room.name.as_str().to_lowercase(), id.clone())
            };
            let RoomLists { open, closed } = RoomLists::of(known.clone());
            prop_assert!(open.is_sorted_by_key(name) && closed.is_sorted_by_key(name));
            prop_assert_eq!(closed.len(), rooms.iter().filter(|(_, is_closed)| *is_closed).count());
            let mut ids = [open, closed].concat();
            ids.sort_unstable();
            prop_assert_eq!(ids, known.iter().map(|room| room.id.to_string()).collect::<Vec<_>>());
        }
    }
}
