//! There is no page at this address.

use super::heading;
use crate::browser::element::{Element, el};
use crate::browser::page;
use crate::components::notice::{notice, way_on};

/// The page.
pub(crate) fn not_found_page() -> Element {
    page::set_title("Not found · Rally");
    let why = "The link may be old, or not have been copied whole.";
    el("div")
        .child(heading("Not found"))
        .child(notice("There is no page at this address", why).child(way_on("/", "See all tables")))
}
