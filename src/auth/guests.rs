//! The tokens of guests, one for each room that this browser has joined without an account.

use domain::room::RoomId;
use protocol::rooms::GuestToken;

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

fn name(room: &RoomId) -> String {
    format!("{PREFIX}{room}")
}
