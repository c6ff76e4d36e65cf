//! A chart: its drawing, its sentence, and its numbers as a table for whoever wants or needs them.

use crate::browser::element::{Element, el, el_class, svg};
use crate::reactive::*;
use crate::state::charts::{Chart, Label, Mark, share};

/// The chart.
pub(crate) fn chart(chart: &Chart) -> Element {
    let caption = el("figcaption").child(el("h2").text(chart.title)).child(el("p").text(&chart.summary));
    let beside = chart.rows.iter().map(|row| el("span").text(row));
    let drawing = svg("svg")
        .set("role", "img")
        .set("aria-label", &format!("{}. {}", chart.title, chart.summary))
        .children(chart.marks.iter().map(mark))
        .children(chart.columns.iter().map(label));
    let signs = chart
        .legend
        .iter()
        .map(|(class, text)| el("li").child(el_class("span", &format!("chart-sign {class}"))).text(text));
    el_class("figure", &format!("chart {}", chart.kind))
        .child(caption)
        .child(
            el_class("div", "chart-drawing")
                .child(el_class("div", "chart-rows").set("aria-hidden", "true").children(beside))
                .child(drawing),
        )
        .child(el_class("ul", "chart-legend").children(signs))
        .child(numbers(chart.title, chart.head.clone(), chart.body.clone()))
}

fn mark(mark: &Mark) -> Element {
    svg("rect")
        .set("class", mark.class)
        .set("x", &share(mark.x))
        .set("y", &share(mark.y))
        .set("width", &share(mark.width))
        .set("height", &share(mark.height))
        .child(svg("title").text(&mark.title))
}

fn label(label: &Label) -> Element {
    svg("text").set("x", &share(label.at)).set("y", "100%").set("dy", "1.3em").text(&label.text)
}

/// The numbers, made when they are asked for.
fn numbers(title: &'static str, head: Vec<&'static str>, body: Vec<Vec<String>>) -> Element {
    let asked = RwSignal::new(false);
    let table = move || {
        let heads = head.iter().map(|head| el("th").set("scope", "col").text(head));
        let table = el("table")
            .child(el("thead").child(el("tr").children(heads)))
            .child(el("tbody").children(body.iter().map(|cells| row(cells))));
        // It scrolls, so the keyboard must reach it, and a screen reader say what it is.
        el_class("div", "chart-numbers")
            .set("tabindex", "0")
            .set("role", "region")
            .set("aria-label", &format!("{title}: the numbers"))
            .child(table)
    };
    el("details")
        .on("toggle", move || asked.set(true))
        .child(el("summary").text("The numbers"))
        .when(move || asked.get(), table)
}

fn row(cells: &[String]) -> Element {
    let cell = |(index, text): (usize, &String)| match index {
        0 => el("th").set("scope", "row").text(text),
        _ => el("td").text(text),
    };
    el("tr").children(cells.iter().enumerate().map(cell))
}
