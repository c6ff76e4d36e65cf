//! Charts of a table's history as view models: where each shape goes, what it says, and the same in a sentence and in a table for users of
//! screen readers. [`chart::ChartFigure`] draws them.
//!
//! All rectangles of one colour are one SVG path: thousands of elements would block the page for longer than a second on a slow phone.
//! Texts of single marks and the data table are made on demand, since each date costs a call of the browser's `Intl`.

mod calendar;
mod chart;
mod day_bars;
mod day_strip;
mod heat_map;

pub(super) use calendar::Calendar;
pub(super) use chart::ChartFigure;
pub(super) use day_bars::DayBars;
pub(super) use day_strip::DayStrip;
pub(super) use heat_map::HeatMap;

use crate::ui::Point;

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Chart {
    /// The last 24 hours.
    DayStrip(DayStrip),
    /// The last 90 days.
    DayBars(DayBars),
    /// The week's hours.
    HeatMap(HeatMap),
}

impl Chart {
    /// The chart's view model.
    fn model(&self) -> &dyn ChartModel {
        match self {
            Self::DayStrip(model) => model,
            Self::DayBars(model) => model,
            Self::HeatMap(model) => model,
        }
    }
}

/// The texts and shapes of a chart.
trait ChartModel {
    /// The style sheet's name for it.
    fn kind(&self) -> &'static str;

    /// Its heading.
    fn title(&self) -> &'static str;

    /// What there is to see in it, in a sentence.
    fn summary(&self, calendar: &Calendar) -> String;

    /// The labels beside it, from the top down.
    fn rows(&self, calendar: &Calendar) -> Vec<String>;

    /// The labels below it.
    fn columns(&self, calendar: &Calendar) -> Vec<Label>;

    /// The rectangles, those that lie over others last.
    fn marks(&self) -> Vec<Mark>;

    /// What the colours mean: the style sheet's name for each, and words.
    fn legend(&self) -> &'static [(&'static str, &'static str)];

    /// The middle of each thing that [`ChartModel::describe`] describes, in the order in which the arrow keys go through them.
    fn stops(&self) -> Vec<Point>;

    /// How many stops lie side by side, if they lie in rows.
    fn stride(&self) -> usize {
        1
    }

    /// What stands at a point, both coordinates in percent from the upper left corner.
    fn describe(&self, x: f64, y: f64, calendar: &Calendar) -> Option<String>;

    /// The data in words.
    fn data(&self, calendar: &Calendar) -> DataTable;
}

/// A rectangle. Places and sizes are in percent of the drawing's width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mark {
    /// The style sheet's name for what it means.
    class: &'static str,
    /// Its left edge.
    x: f64,
    /// Its upper edge.
    y: f64,
    /// Its width.
    width: f64,
    /// Its height.
    height: f64,
}

/// A word below a chart.
#[derive(Debug, Clone, PartialEq)]
struct Label {
    /// Where its middle is, in percent.
    at: f64,
    /// The text.
    text: String,
}

impl Label {
    /// A label, unless it is so near the edge that it would stick out of the page.
    fn within(at: f64, text: String) -> Option<Self> {
        (4.0..=96.0).contains(&at).then_some(Self { at, text })
    }
}

/// The data of a chart as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct DataTable {
    /// The heads of its columns.
    head: Vec<String>,
    /// Its rows; the first cell is the row's head.
    body: Vec<Vec<String>>,
}

/// All rectangles of one colour.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Layer {
    /// The style sheet's name for what they mean.
    class: &'static str,
    /// The data of one SVG path, in hundredths of a percent.
    path: String,
}

/// The layers of marks, in the order in which their colours first appear.
fn layers(marks: &[Mark]) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for mark in marks {
        let (left, right) = (hundredths(mark.x), hundredths(mark.x + mark.width));
        let (top, bottom) = (hundredths(mark.y), hundredths(mark.y + mark.height));
        let (width, height) = (right - left, bottom - top);
        if width <= 0 || height <= 0 {
            continue;
        }
        let rectangle = format!("M{left} {top}h{width}v{height}h-{width}z");
        match layers.iter_mut().find(|layer| layer.class == mark.class) {
            Some(layer) => layer.path.push_str(&rectangle),
            None => layers.push(Layer { class: mark.class, path: rectangle }),
        }
    }
    layers
}

/// Hundredths of a percent: a fifth of a pixel on a wall screen. Whole numbers, since formatting fractions would add more code to the site
/// than all charts together.
fn hundredths(percent: f64) -> i32 {
    (percent * 100.0).round() as i32
}

/// A place as an SVG attribute.
fn percent_attribute(percent: f64) -> String {
    let hundredths = hundredths(percent);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// A part of a whole, as people read it.
fn percent(part: f64) -> String {
    format!("{} %", (part * 100.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(class: &'static str, x: f64, width: f64) -> Mark {
        Mark { class, x, y: 0.0, width, height: 100.0 }
    }

    #[test]
    fn rectangles_of_one_colour_are_one_path() {
        let layers = layers(&[mark("free", 0.0, 25.0), mark("busy", 25.0, 0.5), mark("free", 25.5, 74.5)]);
        assert_eq!(
            layers,
            [
                Layer { class: "free", path: "M0 0h2500v10000h-2500zM2550 0h7450v10000h-7450z".to_owned() },
                Layer { class: "busy", path: "M2500 0h50v10000h-50z".to_owned() },
            ]
        );
    }

    #[test]
    fn neighbours_meet_without_a_seam() {
        let third = 100.0 / 3.0;
        let layers = layers(&[mark("a", 0.0, third), mark("a", third, third), mark("a", 2.0 * third, third)]);
        assert_eq!(layers[0].path, "M0 0h3333v10000h-3333zM3333 0h3334v10000h-3334zM6667 0h3333v10000h-3333z");
    }

    #[test]
    fn what_is_too_small_to_see_is_not_drawn() {
        assert_eq!(layers(&[mark("busy", 10.0, 0.001)]), []);
        assert_eq!(layers(&[]), []);
    }

    #[test]
    fn labels_at_the_edge_are_left_out() {
        assert_eq!(Label::within(3.9, "00:00".to_owned()), None);
        assert_eq!(Label::within(50.0, "12:00".to_owned()).unwrap().at, 50.0);
    }

    #[test]
    fn places_and_parts_in_percent() {
        assert_eq!((percent_attribute(4.166_7).as_str(), percent_attribute(100.0).as_str()), ("4.17%", "100.00%"));
        assert_eq!(percent(0.776_7), "78 %");
    }

    #[test]
    fn layers_are_in_the_order_in_which_their_colours_appear() {
        let layers = layers(&[mark("unknown", 0.0, 1.0), mark("busy", 1.0, 1.0), mark("unknown", 2.0, 1.0)]);
        assert_eq!(layers.iter().map(|layer| layer.class).collect::<Vec<_>>(), ["unknown", "busy"]);
    }

    proptest! {
        /// Columns of one colour fill the drawing. Neighbours meet within a hundredth of a percent: a place may be rounded up as the end of
        /// one and down as the beginning of the next.
        #[test]
        fn columns_fill_the_drawing(columns in 1..500_usize) {
            let width = 100.0 / columns as f64;
            let marks: Vec<Mark> = (0..columns).map(|column| mark("busy", column as f64 * width, width)).collect();
            let layers = layers(&marks);
            let mut end = 0;
            for rectangle in layers[0].path.split_terminator('z') {
                let (left, rest) = rectangle.trim_start_matches('M').split_once(' ').unwrap();
                let width = rest.split_once('h').unwrap().1.split_once('v').unwrap().0;
                let left: i32 = left.parse().unwrap();
                prop_assert!((left - end).abs() <= 1, "{} after {}", left, end);
                end = left + width.parse::<i32>().unwrap();
            }
            prop_assert_eq!(end, 10_000);
        }

        #[test]
        fn a_place_is_written_to_a_hundredth(place in 0.0..=100.0_f64) {
            let written: f64 = percent_attribute(place).trim_end_matches('%').parse().unwrap();
            prop_assert!((written - place).abs() <= 0.005 + 1e-9, "{}", written);
        }

        #[test]
        fn labels_stay_within_the_page(at in -50.0..150.0_f64) {
            let label = Label::within(at, String::new());
            prop_assert_eq!(label.map(|label| label.at), Some(at).filter(|at| *at >= 4.0 && *at <= 96.0));
        }
    }
}
