//! One room in the list of all: a way to it, who runs it, and how far it is.

use domain::room::Room;

use crate::browser::element::{Element, el_class};
use crate::reactive::*;
use crate::routes::Route;
use crate::state::rooms::{state_name, state_words};

/// The row, as an item of a list.
pub(crate) fn room_row(room: ReadSignal<Room>) -> Element {
    let id = room.with_untracked(|room| room.id.clone());
    let name = move || room.with(|room| room.name.to_string());
    let detail = move || room.with(|room| [state_words(room.state), " · ", room.creator_name.as_str()].concat());
    el_class("li", "room-row")
        .set("data-room", id.as_str())
        .live("data-state", move || Some(room.with(|room| state_name(room.state)).to_owned()))
        .child(el_class("a", "room-link").set("href", &Route::Room(id).to_string()).live_text(name))
        .child(el_class("span", "row-detail").live_text(detail))
}
