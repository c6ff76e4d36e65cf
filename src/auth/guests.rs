//! The tokens of guests, one for each room that this browser has joined without an account.

use domain::room::RoomId;
use protocol::rooms::{self, GuestToken};

use crate::platform::storage::{self, Area};

/// What begins the name of every stored guest token.
const PREFIX: &str = "rally-guest-";

/// The guest that this browser is in a room.
pub(super) fn load(room: &RoomId) -> Option<GuestToken> {
    serde_json::from_str(&storage::get(Area::Local, &name(room))?).ok()
}

/// Stores the guest of a room; `None` forgets it.
pub(super) fn store(room: &RoomId, guest: Option<&GuestToken>) {
    let text = guest.and_then(|guest| serde_json::to_string(guest).ok());
    storage::set(Area::Local, &name(room), text.as_deref());
}

/// Forgets the guests of all rooms.
pub(super) fn forget_all() {
    storage::remove_all(Area::Local, PREFIX);
}

fn name(room: &RoomId) -> String {
    format!("{PREFIX}{room}")
}

/// The room whose guest makes a request to this path, if no member is signed in: the room that the path is in, or, for a ticket and for
/// the guest's own notifications, the room whose page is `shown`.
pub(super) fn room_of_request(path: &str, shown: Option<&RoomId>) -> Option<RoomId> {
    match path.strip_prefix(rooms::ROOMS) {
        Some(rest) => rest.strip_prefix('/')?.split(['/', '?']).next()?.parse().ok(),
        None if path == rooms::TICKETS || path.starts_with("/v1/me/") => shown.cloned(),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_acts_in_the_room_of_the_path() {
        let room: RoomId = "k3j9x0a2bc".parse().unwrap();
        let other: RoomId = "aaaaaaaaaa".parse().unwrap();
        for path in [rooms::room(&room), rooms::pick_answer(&room, 3), format!("{}?x=1", rooms::room(&room))] {
            assert_eq!(room_of_request(&path, Some(&other)), Some(room.clone()), "{path}");
        }
    }

    #[test]
    fn tickets_and_notifications_are_the_shown_rooms_guests() {
        let room: RoomId = "k3j9x0a2bc".parse().unwrap();
        for path in [rooms::TICKETS, "/v1/me/notifications", "/v1/me/alerts/tables/lobby"] {
            assert_eq!(room_of_request(path, Some(&room)), Some(room.clone()), "{path}");
            assert_eq!(room_of_request(path, None), None, "{path}");
        }
    }

    #[test]
    fn everything_else_is_a_visitors() {
        let room: RoomId = "k3j9x0a2bc".parse().unwrap();
        for path in [
            rooms::ROOMS,
            "/v1/rooms/",
            "/v1/rooms/short",
            "/v1/roomsk3j9x0a2bc",
            "/v1/me",
            "/v1/tables",
            "/v1/questions",
        ] {
            assert_eq!(room_of_request(path, Some(&room)), None, "{path}");
        }
    }

    #[test]
    fn rooms_have_guests_of_their_own() {
        let (room, other): (RoomId, RoomId) = ("k3j9x0a2bc".parse().unwrap(), "aaaaaaaaaa".parse().unwrap());
        assert_ne!(name(&room), name(&other));
        assert!(name(&room).starts_with(PREFIX) && name(&room).ends_with(room.as_str()));
    }

    #[test]
    fn the_page_that_is_shown_lends_its_guest_to_no_other_room() {
        let shown: RoomId = "k3j9x0a2bc".parse().unwrap();
        let other: RoomId = "aaaaaaaaaa".parse().unwrap();
        assert_eq!(room_of_request(&rooms::room_guests(&other), Some(&shown)), Some(other.clone()));
        assert_eq!(room_of_request(&rooms::room(&other), None), Some(other));
        assert_eq!(room_of_request("/v1/me", Some(&shown)), None, "who the user is has nothing to do with a room");
    }
}
