//! The ways in: a join code, a nickname. What the server would refuse is said before it is sent, by the same rules.

use domain::person::PersonName;
use domain::room::JoinCode;

use super::action_button::{Look, action_button, failure};
use super::field::Field;
use crate::browser::element::{Element, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// The form for a join code.
pub(crate) fn code_form(progress: ReadSignal<Progress>, on_join: impl Fn(JoinCode) + 'static) -> Element {
    let (code, insist) = (RwSignal::new(String::new()), RwSignal::new(false));
    let error = move || code.with(|code| code.parse::<JoinCode>()).err().map(|violation| violation.message());
    let submit = move || {
        insist.set(true);
        if let Ok(code) = code.get_untracked().parse() {
            on_join(code);
        }
    };
    let field = Field {
        id: "join-code".to_owned(),
        label: "Join code",
        hint: "Six letters and digits, as the room shows them.",
        value: code,
        insist,
    };
    el_class("form", "join-form")
        .set("novalidate", "")
        .on_submit(submit)
        .child(field.draw(error))
        .child(action_button(Look::Primary, "Join", "Looking…", progress))
        .child(failure(progress))
}

/// The form for a nickname.
pub(crate) fn guest_form(progress: ReadSignal<Progress>, on_join: impl Fn(PersonName) + 'static) -> Element {
    let (name, insist) = (RwSignal::new(String::new()), RwSignal::new(false));
    let error = move || name.with(|name| name.parse::<PersonName>()).err().map(|violation| violation.message());
    let submit = move || {
        insist.set(true);
        if let Ok(name) = name.get_untracked().parse() {
            on_join(name);
        }
    };
    let field = Field {
        id: "guest-name".to_owned(),
        label: "Your nickname",
        hint: "Whoever runs the room sees it beside your answers.",
        value: name,
        insist,
    };
    el_class("form", "join-form")
        .set("novalidate", "")
        .on_submit(submit)
        .child(field.draw(error))
        .child(action_button(Look::Primary, "Join as a guest", "Joining…", progress))
        .child(failure(progress))
}
