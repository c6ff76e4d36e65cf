//! Who looks, in the header: a way to sign in, or the name with a way to the settings.

use crate::browser::element::{Element, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;

/// The corner of it: `name` is who is signed in; `on_sign_in` leads to the issuer.
pub(crate) fn account(
    can_sign_in: bool,
    name: impl Fn() -> Option<String> + 'static,
    progress: ReadSignal<Progress>,
    on_sign_in: impl Fn() + Copy + 'static,
) -> Element {
    el_class("div", "account").part(name, move |name| match name {
        Some(name) => Some(el_class("a", "account-name").set("href", "/settings").set("title", "Settings").text(name)),
        None if can_sign_in => {
            let words = move || if progress.with(Progress::is_running) { "One moment…" } else { "Sign in" };
            Some(
                el_class("button", "sign-in")
                    .set("type", "button")
                    .on_click(on_sign_in)
                    .live_text(move || words().to_owned()),
            )
        }
        None => None,
    })
}
