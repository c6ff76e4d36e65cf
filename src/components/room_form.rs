//! Makes a room, or renames one. What the server would refuse is said before it is sent, by the same rules.

use domain::room::RoomName;
use domain::wire::rooms::NewRoom;

use super::action_button::{Look, action_button, failure};
use super::field::{Field, option};
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// The form: `name` is what is typed, `verbs` what the button does and what it says meanwhile.
pub(crate) fn room_form(
    name: RwSignal<String>,
    guests_allowed: bool,
    verbs: [&'static str; 2],
    progress: ReadSignal<Progress>,
    on_done: impl Fn(NewRoom) + 'static,
) -> Element {
    let (guests, insist) = (RwSignal::new(guests_allowed), RwSignal::new(false));
    let error = move || name.with(|name| name.parse::<RoomName>()).err().map(|violation| violation.message());
    let submit = move || {
        insist.set(true);
        if let Ok(name) = name.get_untracked().parse() {
            on_done(NewRoom { name, guests_allowed: guests.get_untracked() });
        }
    };
    let field = Field {
        id: "new-room-name".to_owned(),
        label: "Name",
        hint: "What people read, like “Biology 7b”.",
        value: name,
        insist,
    };
    let tick = el("input").set("type", "checkbox").ticked(move || guests.get(), move |on| guests.set(on));
    el_class("form", "room-form")
        .set("novalidate", "")
        .on_submit(submit)
        .child(field.draw(error))
        .child(option(tick, "Guests may come in with a nickname"))
        .child(action_button(Look::Primary, verbs[0], verbs[1], progress))
        .child(failure(progress))
}
