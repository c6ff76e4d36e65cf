//! How a number went, as a small line, and the choice of which number.

use crate::browser::element::{Element, el, el_class, svg};
use crate::state::items::sparkline::{HEIGHT, Sparkline, WIDTH};

/// The line, with its ends in words.
pub(crate) fn sparkline(line: &Sparkline) -> Element {
    let drawing = svg("svg")
        .set("viewBox", &format!("0 -10 {WIDTH} {}", HEIGHT + 20))
        .set("preserveAspectRatio", "none")
        .set("role", "img")
        .set("aria-label", &line.summary())
        .child(svg("polyline").set("points", &line.points));
    el_class("figure", "sparkline").child(drawing).child(el("figcaption").text(&line.summary()))
}

/// The choice between paths: `chosen` is the one that is shown, `choose` hears of another.
pub(crate) fn path_choice(
    paths: &[String],
    chosen: impl Fn() -> String + 'static,
    choose: impl Fn(String) + 'static,
) -> Element {
    let select =
        el("select").set("id", "path").children(paths.iter().map(|path| path_option(path))).selected(chosen, choose);
    el_class("div", "field").child(el("label").set("for", "path").text("Number")).child(select)
}

/// A path as one of several to choose from.
pub(crate) fn path_option(path: &str) -> Element {
    el("option").set("value", path).text(if path.is_empty() { "the value" } else { path })
}
