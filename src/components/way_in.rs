//! The way into a room, for its creator: the join code, and the ways to the projector and to what participants see.

use domain::room::Room;

use crate::browser::element::{Element, el, el_class};
use crate::routes::Route;

/// The way in.
pub(crate) fn way_in(room: &Room) -> Element {
    let link = |route: Route, text: &str| {
        el_class("a", "button")
            .set("href", &route.to_string())
            .set("target", "_blank")
            .set("rel", "noopener")
            .text(text)
    };
    let code = room.code.as_ref().map(|code| {
        el_class("p", "join-code").child(el("span").text("Join code")).child(el("strong").text(code.as_str()))
    });
    el_class("section", "panel way-in").set("aria-label", "The way in").children(code).child(
        el_class("p", "actions")
            .child(link(Route::Screen(room.id.clone()), "Open the projector"))
            .child(link(Route::Room(room.id.clone()), "See it as a participant")),
    )
}
