//! The typical busy hours: for each weekday and hour, how much of the time the table was busy in the last 90 days.

use domain::usage::{self, Share, Usage};

use super::{Calendar, ChartModel, DataTable, Label, Mark, percent};
use crate::features::tables::texts;
use crate::ui::Point;

/// The width of an hour and the height of a weekday, in percent.
const COLUMN: f64 = 100.0 / 24.0;
const ROW: f64 = 100.0 / 7.0;

/// What a level begins at, as a part of the time.
const LEVELS: [(f64, &str); 4] = [(0.5, "level-4"), (0.25, "level-3"), (0.1, "level-2"), (0.01, "level-1")];

/// The map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features::tables) struct HeatMap {
    /// Boxed: 168 cells would make each chart as large.
    map: Box<usage::HeatMap>,
}

impl HeatMap {
    /// The map of a usage.
    pub(in crate::features::tables) fn new(usage: &Usage, calendar: &Calendar) -> Self {
        Self { map: Box::new(usage.heat_map(calendar.local_hours())) }
    }

    /// Weekday, hour and use of each cell.
    fn cells(&self) -> impl Iterator<Item = (usize, usize, Share)> {
        let day = |(weekday, hours): (usize, &[Share; 24])| {
            let hours = *hours;
            hours.into_iter().enumerate().map(move |(hour, share)| (weekday, hour, share))
        };
        self.map.iter().enumerate().flat_map(day)
    }
}

impl ChartModel for HeatMap {
    fn kind(&self) -> &'static str {
        "heat-map"
    }

    fn title(&self) -> &'static str {
        texts::TYPICAL_HOURS
    }

    fn summary(&self, calendar: &Calendar) -> String {
        let part = |share: Share| share.part().unwrap_or(0.0);
        let busiest = self.cells().max_by(|(.., one), (.., other)| part(*one).total_cmp(&part(*other)));
        match busiest {
            Some((weekday, hour, share)) if share.busy > 0 => {
                texts::busiest(&(calendar.weekday)(weekday), hour, &percent(part(share)))
            }
            _ => texts::NO_BUSY_HOURS.to_owned(),
        }
    }

    fn rows(&self, calendar: &Calendar) -> Vec<String> {
        (0..7).map(calendar.weekday).collect()
    }

    fn columns(&self, _: &Calendar) -> Vec<Label> {
        [6, 12, 18].map(|hour| Label { at: f64::from(hour) * COLUMN, text: format!("{hour:02}:00") }).to_vec()
    }

    fn marks(&self) -> Vec<Mark> {
        let mark = |(weekday, hour, share): (usize, usize, Share)| Mark {
            class: level(share),
            x: hour as f64 * COLUMN,
            y: weekday as f64 * ROW,
            width: COLUMN,
            height: ROW,
        };
        self.cells().map(mark).collect()
    }

    fn legend(&self) -> &'static [(&'static str, &'static str)] {
        &texts::HEAT_MAP_LEGEND
    }

    fn stops(&self) -> Vec<Point> {
        let middle = |(weekday, hour, _)| ((hour as f64 + 0.5) * COLUMN, (weekday as f64 + 0.5) * ROW);
        self.cells().map(middle).collect()
    }

    fn stride(&self) -> usize {
        24
    }

    fn describe(&self, x: f64, y: f64, calendar: &Calendar) -> Option<String> {
        let (weekday, hour) = ((y / ROW) as usize, (x / COLUMN) as usize);
        let share = self.map.get(weekday)?.get(hour)?;
        let cell = [(calendar.weekday)(weekday), hours(hour)].join(" ");
        Some(texts::value_of(&cell, &busy(*share)))
    }

    fn data(&self, calendar: &Calendar) -> DataTable {
        let row = |hour: usize| {
            let cells = self.map.iter().filter_map(|day| day.get(hour)).map(|share| busy(*share));
            std::iter::once(hours(hour)).chain(cells).collect()
        };
        DataTable {
            head: std::iter::once(texts::HOUR.to_owned()).chain((0..7).map(calendar.weekday)).collect(),
            body: (0..24).map(row).collect(),
        }
    }
}

fn level(share: Share) -> &'static str {
    let Some(part) = share.part() else { return "unknown" };
    LEVELS.iter().find(|(from, _)| part >= *from).map_or("level-0", |(_, class)| class)
}

/// “12–13”.
fn hours(hour: usize) -> String {
    format!("{hour:02}–{:02}", hour + 1)
}

fn busy(share: Share) -> String {
    share.part().map_or_else(|| "–".to_owned(), percent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::table::TableStatus;
    use domain::usage::{StatusChange, usage};

    use super::super::layers;
    use super::*;

    fn map(changes: &[StatusChange]) -> HeatMap {
        HeatMap::new(&usage(changes, "2026-11-20T18:30:00Z".parse().unwrap()), &Calendar::utc())
    }

    #[test]
    fn typical_hours_have_cells_and_texts() {
        let change = |at: &str, status| StatusChange { at: at.parse().unwrap(), status };
        let map = map(&[
            change("2026-11-01T00:00:00Z", TableStatus::Free),
            change("2026-11-17T12:00:00Z", TableStatus::Busy),
            change("2026-11-17T13:00:00Z", TableStatus::Free),
        ]);
        let calendar = Calendar::utc();
        // Three Tuesdays are known: the 3rd, the 10th and the 17th.
        assert_eq!(map.summary(&calendar), "Busiest on Tue from 12:00 to 13:00: 33 % of the time.");
        let marks = map.marks();
        assert_eq!(marks.len(), 7 * 24);
        assert_eq!((marks[24 + 12].class, marks[24 + 13].class), ("level-3", "level-0"));
        let noon = (12.5 * COLUMN, 1.5 * ROW);
        assert_eq!(map.describe(noon.0, noon.1, &calendar).as_deref(), Some("Tue 12–13: 33 %"));
        assert_eq!(map.data(&calendar).body[12][..3], ["12–13", "0 %", "33 %"]);
        assert_eq!(map.data(&calendar).head[..2], ["Hour", "Mon"]);
    }

    #[test]
    fn cells_that_were_never_known_have_no_level() {
        let map = map(&[]);
        assert_eq!(map.summary(&Calendar::utc()), "No busy hours yet.");
        assert!(map.marks().iter().all(|mark| mark.class == "unknown"));
        assert_eq!(layers(&map.marks()).len(), 1, "168 cells are one element");
        assert_eq!(map.describe(0.0, 0.0, &Calendar::utc()).as_deref(), Some("Mon 00–01: –"));
        assert_eq!(map.describe(100.0, 50.0, &Calendar::utc()), None, "beyond the last hour");
    }

    #[test]
    fn a_level_begins_at_its_part_of_the_time() {
        // Of 6,000 minutes in all: a minute is 1/6000.
        let of = |busy| level(Share { busy, hours: 100 });
        for (busy, expected) in [
            (0, "level-0"),
            (59, "level-0"),
            (60, "level-1"),
            (599, "level-1"),
            (600, "level-2"),
            (1_500, "level-3"),
            (2_999, "level-3"),
            (3_000, "level-4"),
            (6_000, "level-4"),
        ] {
            assert_eq!(of(busy), expected, "{busy} minutes");
        }
        assert_eq!(level(Share { busy: 0, hours: 0 }), "unknown");
    }

    #[test]
    fn the_legend_explains_every_level() {
        let explained: Vec<&str> = texts::HEAT_MAP_LEGEND.iter().map(|(class, _)| *class).collect();
        for busy in 0..=60 {
            assert!(explained.contains(&level(Share { busy, hours: 1 })), "{busy} minutes");
        }
    }

    #[test]
    fn hours_are_named_to_the_end_of_the_day() {
        assert_eq!((hours(0).as_str(), hours(23).as_str()), ("00–01", "23–24"));
    }

    proptest! {
        /// Whatever the table did: each cell lies in the drawing, and what it says is what the data say of its hour and weekday.
        #[test]
        fn drawing_and_data_say_the_same(gaps in prop::collection::vec(1..200_000_i64, 0..20)) {
            let (mut seconds, mut changes) = (1_790_000_000, Vec::new());
            for (index, gap) in gaps.into_iter().enumerate() {
                seconds += gap;
                let status = [TableStatus::Busy, TableStatus::Free, TableStatus::NoSignal][index % 3];
                changes.push(StatusChange { at: domain::time::Timestamp::from_milliseconds(seconds * 1_000), status });
            }
            let (map, calendar) = (map(&changes), Calendar::utc());
            let data = map.data(&calendar);
            for (index, mark) in map.marks().into_iter().enumerate() {
                let (weekday, hour) = (index / 24, index % 24);
                let (right, bottom) = (mark.x + mark.width, mark.y + mark.height);
                prop_assert!(mark.x >= 0.0 && mark.y >= 0.0 && right <= 100.0 + 1e-9 && bottom <= 100.0 + 1e-9);
                let middle = (mark.x + mark.width / 2.0, mark.y + mark.height / 2.0);
                let value = &data.body[hour][weekday + 1];
                let expected = format!("{} {}: {value}", data.head[weekday + 1], data.body[hour][0]);
                prop_assert_eq!(map.describe(middle.0, middle.1, &calendar), Some(expected));
                prop_assert_eq!(mark.class == "unknown", value.as_str() == "–");
            }
        }
    }
}
