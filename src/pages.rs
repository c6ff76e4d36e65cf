//! One screen a file: each asks `state` for what it shows, and puts `components` together.

pub(crate) mod admin;
pub(crate) mod control;
#[cfg(feature = "office")]
pub(crate) mod factories;
mod followed_room;
#[cfg(feature = "office")]
pub(crate) mod item;
#[cfg(feature = "office")]
pub(crate) mod items;
pub(crate) mod not_found;
pub(crate) mod questions;
#[cfg(feature = "front")]
pub(crate) mod room;
pub(crate) mod rooms;
pub(crate) mod screen;
#[cfg(feature = "office")]
pub(crate) mod settings;
pub(crate) mod signed_in;
#[cfg(feature = "front")]
pub(crate) mod table;
#[cfg(feature = "front")]
pub(crate) mod tables;

use crate::browser::element::{Element, el, el_class};
use crate::components::action_button::{Look, action_button, failure};
use crate::components::skeleton::big_skeleton;
use crate::state::attempt::Attempt;
use crate::state::session::Session;

/// Asks a visitor to sign in; they come back to the page that they are on.
fn sign_in_first(session: Session) -> Element {
    let attempt = Attempt::new();
    let panel = el_class("section", "panel").set("aria-label", "Sign in");
    if !session.can_sign_in() {
        return panel.child(el("p").text("This page is for people who are signed in, and nobody can sign in here."));
    }
    panel.child(
        el("form")
            .on_submit(move || attempt.run(session.sign_in()))
            .child(el("p").text("Sign in first; you come back here."))
            .child(action_button(Look::Primary, "Sign in", "One moment…", attempt.progress()))
            .child(failure(attempt.progress())),
    )
}

/// A page of which nothing is known yet.
pub(crate) fn loading(title: &str) -> Element {
    el("div").child(heading(title)).child(big_skeleton())
}

/// What a page is called, on its top: takes the focus when one comes to it.
fn heading(text: &str) -> Element {
    el_class("div", "page-head").child(el("h1").set("tabindex", "-1").text(text))
}
