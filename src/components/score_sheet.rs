//! Who was how right, over the session. For the creator alone.

use domain::results::ScoreRow;

use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;

/// The sheet.
pub(crate) fn score_sheet(rows: ReadSignal<Vec<ScoreRow>>) -> Element {
    let around =
        el_class("div", "score-sheet").set("role", "region").set("aria-label", "Score sheet").set("tabindex", "0");
    around.part(
        move || rows.get(),
        |rows| {
            if rows.is_empty() {
                return Some(el_class("p", "hint").text("Scores show here as soon as a feedback is shown."));
            }
            let percent = |percent: Option<u32>| {
                percent.map_or_else(|| "–".to_owned(), |percent| [&percent.to_string(), " %"].concat())
            };
            let head = ["Name", "Score", "Answered"].map(|text| el("th").set("scope", "col").text(text));
            let line = |row: &ScoreRow| {
                el("tr")
                    .set("data-person", row.person.as_str())
                    .child(el("th").set("scope", "row").text(row.name.as_str()))
                    .child(el_class("td", "score-total").text(&percent(row.total)))
                    .child(el("td").text(&row.answered.to_string()))
            };
            let body = el("tbody").children(rows.iter().map(line));
            Some(el("table").child(el("thead").child(el("tr").children(head))).child(body))
        },
    )
}
