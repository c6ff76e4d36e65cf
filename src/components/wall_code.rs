//! A QR code to hang beside a table: leads whoever stands there to its page. Prints alone.

use crate::browser::element::{Element, el, el_class, svg};
use crate::state::wall_code::WallCode;

/// The poster of the table of that name, whose page is at `address`.
pub(crate) fn wall_code(
    name: &str,
    address: &str,
    on_print: impl Fn() + 'static,
    on_close: impl Fn() + 'static,
) -> Element {
    let print = el_class("button", "primary").set("type", "button").on_click(on_print).text("Print");
    let close = el("button").set("type", "button").on_click(on_close).text("Close");
    el_class("div", "wall-code")
        .child(el("h2").text(name))
        .child(el("p").text("Is it free? Scan to see."))
        .children(WallCode::of(address).map(|code| drawing(code, "QR code to this table's page")))
        .child(el_class("p", "wall-code-address").text(address))
        .child(el_class("div", "actions").child(print).child(close))
}

/// The code itself; `label` says where it leads.
pub(crate) fn drawing(code: WallCode, label: &str) -> Element {
    svg("svg")
        .set("class", "wall-code-drawing")
        .set("viewBox", &format!("0 0 {0} {0}", code.side))
        .set("role", "img")
        .set("aria-label", label)
        .child(svg("rect").set("width", "100%").set("height", "100%").set("fill", "#fff"))
        .child(svg("path").set("d", &code.path).set("fill", "#000"))
}
