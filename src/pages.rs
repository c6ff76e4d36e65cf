//! One screen a file: each asks `state` for what it shows, and puts `components` together.

pub(crate) mod admin;
pub(crate) mod not_found;
pub(crate) mod settings;
pub(crate) mod table;
pub(crate) mod tables;

use crate::browser::element::{Element, el, el_class};

/// What a page is called, on its top: takes the focus when one comes to it.
fn heading(text: &str) -> Element {
    el_class("div", "page-head").child(el("h1").set("tabindex", "-1").text(text))
}
