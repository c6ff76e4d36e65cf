//! Where tables will be, while they are asked for. index.html shows the same before the site has started.

use crate::browser::element::{Element, el, el_class};

/// The places of some tables.
pub(crate) fn skeleton() -> Element {
    let places = (0..4).map(|_| el_class("div", "skeleton"));
    el("div")
        .child(el_class("div", "tables").set("aria-hidden", "true").children(places))
        .child(el_class("p", "unseen").text("Loading"))
}

/// The place of one table.
pub(crate) fn big_skeleton() -> Element {
    el_class("div", "skeleton big").child(el_class("p", "unseen").text("Loading"))
}
