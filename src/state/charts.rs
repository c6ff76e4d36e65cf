//! Charts, worked out: where each mark goes, what it says, and the same in words and in a table for those who do not see
//! it. Never draws.

pub(crate) mod day_bars;
pub(crate) mod day_strip;
pub(crate) mod heat_map;

/// A chart. Places and sizes are in percent of the drawing's width and height.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Chart {
    /// The style sheet's name for it.
    pub(crate) kind: &'static str,
    /// Its heading.
    pub(crate) title: &'static str,
    /// What there is to see in it, in a sentence.
    pub(crate) summary: String,
    /// What is written beside it, from the top down.
    pub(crate) rows: Vec<String>,
    /// What is written below it.
    pub(crate) columns: Vec<Label>,
    /// What is drawn.
    pub(crate) marks: Vec<Mark>,
    /// What the marks mean: the style sheet's name for each, and words.
    pub(crate) legend: Vec<(&'static str, &'static str)>,
    /// The heads of the table's columns.
    pub(crate) head: Vec<&'static str>,
    /// The table's rows.
    pub(crate) body: Vec<Vec<String>>,
}

/// A rectangle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    /// The style sheet's name for what it means.
    pub(crate) class: &'static str,
    /// Its left edge.
    pub(crate) x: f64,
    /// Its upper edge.
    pub(crate) y: f64,
    /// Its width.
    pub(crate) width: f64,
    /// Its height.
    pub(crate) height: f64,
    /// What it says when it is pointed at.
    pub(crate) title: String,
}

/// A word below the chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Label {
    /// Where its middle is.
    pub(crate) at: f64,
    /// What it says.
    pub(crate) text: String,
}

/// A place or size as SVG has it, to the hundredth: that is a fifth of a pixel on a wall screen.
pub(crate) fn share(percent: f64) -> String {
    // In whole numbers: formatting fractions would add more to the site than all charts together.
    let hundredths = (percent * 100.0).round() as i32;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// A part of a whole, as people read it.
fn percent(part: f64) -> String {
    format!("{} %", (part * 100.0).round() as u32)
}
