//! What a creator may do with the room itself: rename, let guests in, close, reopen, delete.

use std::rc::Rc;

use domain::room::{Room, RoomChange, RoomState};

use super::action_button::failure;
use super::dialog::{Question, confirmation};
use super::room_form::room_form;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// The settings: `progress` is that of changing, of closing or reopening, and of deleting.
pub(crate) fn room_settings(
    room: Rc<dyn Fn() -> Option<Room>>,
    progress: [ReadSignal<Progress>; 3],
    on_change: impl Fn(RoomChange) + 'static,
    on_close: impl Fn(bool) + 'static,
    on_delete: impl Fn() + 'static,
) -> Element {
    let [changing, closing, deleting] = progress;
    let (confirming_close, confirming_delete) = (RwSignal::new(false), RwSignal::new(false));
    let (on_change, on_close, on_delete) =
        (Rc::new(on_change), StoredValue::new(Rc::new(on_close)), StoredValue::new(Rc::new(on_delete)));
    let known = untrack(&*room);
    let is_closed = {
        let room = StoredValue::new(room);
        move || room.get_value()().is_some_and(|room| room.state == RoomState::RoomClosed)
    };
    let name = RwSignal::new(known.as_ref().map(|room| room.name.to_string()).unwrap_or_default());
    let guests = known.is_some_and(|room| room.guests_allowed);
    follow(move || {
        if closing.get() == Progress::Done {
            confirming_close.set(false);
        }
    });
    let ending = move |is_closed: &bool| {
        let button = |class: &str, text: &str| el_class("button", class).set("type", "button").text(text);
        Some(el_class("div", "actions").child(if *is_closed {
            button("primary reopen-room", "Reopen the room").on_click(move || on_close.get_value()(false))
        } else {
            button("close-room", "Close the room").on_click(move || confirming_close.set(true))
        }))
    };
    let content = move |is_closed: &bool| {
        let change = Rc::clone(&on_change);
        (!*is_closed).then(|| {
            room_form(name, guests, ["Save", "Saving…"], changing, move |room| {
                change(RoomChange { name: Some(room.name), guests_allowed: Some(room.guests_allowed) });
            })
        })
    };
    let close = Question {
        title: "Close the room?".to_owned(),
        meaning: "Nobody can answer any more. A question that is open ends without feedback. Everybody keeps their results, and you can reopen it.",
        yes: ["Close it", "Closing…"],
        progress: closing,
    };
    let delete = Question {
        title: "Delete the room?".to_owned(),
        meaning: "The room goes with all its answers, for everybody. This cannot be undone. Save the session first if you need it.",
        yes: ["Delete it", "Deleting…"],
        progress: deleting,
    };
    let settings = el("details").child(el("summary").text("Name, guests, deletion")).part(is_closed, content).child(
        el_class("div", "actions").child(
            el_class("button", "danger delete-room")
                .set("type", "button")
                .on_click(move || confirming_delete.set(true))
                .text("Delete the room"),
        ),
    );
    el_class("section", "panel room-settings")
        .set("aria-label", "The room itself")
        .part(is_closed, ending)
        .child(failure(closing))
        .child(settings)
        .child(confirmation(confirming_close, close, move || on_close.get_value()(true)))
        .child(confirmation(confirming_delete, delete, move || on_delete.get_value()()))
}
