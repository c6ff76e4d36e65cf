//! What a visitor may set for this browser.

mod notifications;

use notifications::notification_settings;

use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::page;
use crate::components::action_button::{Look, action_button, failure};
use crate::components::theme_choice::theme_choice;
use crate::state::Shared;
use crate::state::attempt::Attempt;
use crate::state::session::Session;

/// The page.
pub(crate) fn settings_page(shared: Shared) -> Element {
    page::set_title("Settings · Rally");
    let theme = shared.theme;
    let panel = el_class("section", "panel")
        .child(theme_choice(theme.theme(), move |chosen| theme.choose(chosen)))
        .child(el_class("p", "hint").text("This browser remembers it."));
    el("div")
        .child(heading("Settings"))
        .child(person(shared.session))
        .child(notification_settings(shared.notifications, shared.clock.now()))
        .child(panel)
}

/// Who looks, and the way to be somebody else.
fn person(session: Session) -> Element {
    let signing_in = Attempt::new();
    el("div").part(
        move || session.member(),
        move |member| {
            let panel = el_class("section", "panel").set("aria-label", "You");
            match member {
                Some(member) => Some(
                    panel
                        .child(el("p").text("You are signed in as ").child(el("strong").text(member.name.as_str())))
                        .child(el_class("div", "actions").child(
                            el("button").set("type", "button").on_click(move || session.sign_out()).text("Sign out"),
                        )),
                ),
                None if session.can_sign_in() => Some(
                    panel
                        .child(
                            el("p").text("You are not signed in. Signed in, you can make rooms and write questions."),
                        )
                        .child(
                            el("form")
                                .on_submit(move || signing_in.run(session.sign_in()))
                                .child(action_button(Look::Primary, "Sign in", "One moment…", signing_in.progress()))
                                .child(failure(signing_in.progress())),
                        ),
                ),
                None => None,
            }
        },
    )
}
