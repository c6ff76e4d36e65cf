//! The typical busy hours: for each weekday and hour, how much of the time the table was busy in the last 90 days.

use domain::usage::{self, Share, Usage};

use super::{Calendar, ChartModel, DataTable, Label, Mark, percent};
use crate::features::tables::texts;

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
    use domain::table::TableStatus;
    use domain::usage::{StatusChange, usage};

    use super::super::layers;
    use super::*;

    fn map(changes: &[StatusChange]) -> HeatMap {
        HeatMap::new(&usage(changes, "2026-11-20T18:30:00Z".parse().unwrap()), &Calendar::utc())
    }

    #[test]
    fn typical_hours_in_cells_and_words() {
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
}
