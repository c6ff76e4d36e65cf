//! What a visitor may set for this browser.

use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::page;
use crate::components::theme_choice::theme_choice;
use crate::state::Shared;

/// The page.
pub(crate) fn settings_page(shared: Shared) -> Element {
    page::set_title("Settings · Rally");
    let theme = shared.theme;
    let panel = el_class("section", "panel")
        .child(theme_choice(theme.theme(), move |chosen| theme.choose(chosen)))
        .child(el_class("p", "hint").text("This browser remembers it."));
    el("div").child(heading("Settings")).child(panel)
}
