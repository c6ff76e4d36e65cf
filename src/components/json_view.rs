//! A value as indented JSON: what has changed stands out, and what it was before stands beside it.

use crate::browser::element::{Element, el, el_class};
use crate::state::items::json_lines::{Change, Kind, Line};

/// The view of the lines that `lines` says.
pub(crate) fn json_view(lines: impl Fn() -> Vec<Line> + 'static) -> Element {
    let named = move || lines().into_iter().map(|line| (line.id.clone(), line)).collect();
    el_class("div", "json-view")
        .set("tabindex", "0")
        .set("role", "region")
        .set("aria-label", "The value as JSON")
        .list(named, |line| el("div").part(move || line.get(), |line| Some(draw(line))))
}

fn draw(line: &Line) -> Element {
    let kind = match line.kind {
        Kind::Bracket => "bracket",
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Word => "word",
    };
    let value = el_class("span", "json-value").set("data-kind", kind).text(&line.text);
    let name = line.name.as_ref().map(|name| el_class("span", "json-name").text(name).child(el("span").text(": ")));
    let comma = if line.comma { "," } else { "" };
    let row = |change: &str| el_class("div", "json-line").set("data-change", change).text(&line.indent);
    match &line.change {
        Change::None => row("none").children(name).child(value).text(comma),
        Change::New => row("new").child(el("ins").children(name).child(value)).text(comma),
        Change::Gone => row("gone").child(el("del").children(name).child(value)),
        Change::Was(before) => row("was")
            .children(name)
            .child(el("mark").child(value))
            .text(comma)
            .child(el("del").child(el_class("span", "unseen").text(" was ")).text(before)),
    }
}
