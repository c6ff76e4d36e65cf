//! The key that opens a room in this tab: a join code that the user has typed, or the token of a link. Kept until they are in, so that a reload or a
//! sign-in on the way loses nothing. Never sent anywhere but in the body of a request.

use domain::room::{EntryKey, RoomId};

use crate::auth::DRAFT_PREFIX;
use crate::platform::storage::{self, Area};
use crate::platform::url;

/// What begins the fragment of an address that leads into a room. A fragment is not sent to the server, so no log has it.
const FRAGMENT: &str = "join=";

/// Takes the key out of the page's address, if it has one: it must not stay where other people may read or copy it.
pub(super) fn take_from_address(room: &RoomId) {
    let fragment = url::fragment();
    let Some(text) = fragment.strip_prefix(FRAGMENT) else { return };
    url::forget_fragment();
    if let Some(key) = parse(text) {
        store(room, Some(&key));
    }
}

/// The path of a room, with what opens it.
pub(super) fn address(room: &str, key: &str) -> String {
    [room, "#", FRAGMENT, key].concat()
}

/// The key that this tab has for a room.
pub(super) fn load(room: &RoomId) -> Option<EntryKey> {
    parse(&storage::get(Area::Session, &name(room))?)
}

/// Keeps the key of a room; `None` forgets it.
pub(super) fn store(room: &RoomId, key: Option<&EntryKey>) {
    let text = key.map(|key| match key {
        EntryKey::Code(code) => code.as_str(),
        EntryKey::Link(link) => link.as_str(),
    });
    storage::set(Area::Session, &name(room), text);
}

/// A token is longer than a code.
fn parse(text: &str) -> Option<EntryKey> {
    text.parse().map(EntryKey::Link).or_else(|_| text.parse().map(EntryKey::Code)).ok()
}

fn name(room: &RoomId) -> String {
    format!("{DRAFT_PREFIX}join-{room}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_code_or_a_token() {
        assert_eq!(parse("drttmd"), Some(EntryKey::Code("DRTTMD".parse().unwrap())));
        let token = "AbCdEfGhIjKlMnOpQrSt-_";
        assert_eq!(parse(token), Some(EntryKey::Link(token.parse().unwrap())));
        for odd in ["", "join", "AbCdEfGhIjKlMnOpQrSt-_x"] {
            assert_eq!(parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn rooms_have_keys_of_their_own_that_go_at_sign_out() {
        let (room, other): (RoomId, RoomId) = ("k3j9x0a2bc".parse().unwrap(), "aaaaaaaaaa".parse().unwrap());
        assert!(name(&room) != name(&other) && name(&room).starts_with(DRAFT_PREFIX));
    }
}
