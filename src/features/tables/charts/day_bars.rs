//! The last 90 days as bars, a day a column: how long the table was busy.

use domain::usage::{Share, Usage};

use super::{Calendar, ChartModel, DataTable, Label, Mark};
use crate::features::tables::texts;
use crate::format;
use crate::ui::Point;

/// The part of a column that its bar fills.
const BAR: f64 = 0.8;

/// The height of a day without signal, in percent.
const UNKNOWN_HEIGHT: f64 = 5.0;

/// The bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features::tables) struct DayBars {
    /// The number of each local day, and its use; the oldest first.
    days: Vec<(i64, Share)>,
}

impl DayBars {
    /// The days of a usage.
    pub(in crate::features::tables) fn new(usage: &Usage, calendar: &Calendar) -> Self {
        Self { days: usage.days(calendar.local_hours()) }
    }

    /// The width of a day, in percent.
    fn column(&self) -> f64 {
        100.0 / self.days.len().max(1) as f64
    }

    /// The minutes at the upper edge: full hours, and at least one.
    fn scale(&self) -> u32 {
        let most = self.days.iter().map(|(_, share)| share.busy).max().unwrap_or(0);
        most.div_ceil(60).max(1) * 60
    }
}

impl ChartModel for DayBars {
    fn kind(&self) -> &'static str {
        "day-bars"
    }

    fn title(&self) -> &'static str {
        texts::LAST_90_DAYS
    }

    fn summary(&self, calendar: &Calendar) -> String {
        let known = || self.days.iter().filter(|(_, share)| share.hours > 0);
        let Some((day, most)) = known().max_by_key(|(_, share)| share.busy).filter(|(_, share)| share.busy > 0) else {
            return texts::NOT_BUSY_IN_90_DAYS.to_owned();
        };
        let total: u32 = known().map(|(_, share)| share.busy).sum();
        let average = total / u32::try_from(known().count()).unwrap_or(1);
        texts::average_day(&format::minutes(average), &(calendar.date)(*day), &format::minutes(most.busy))
    }

    fn rows(&self, _: &Calendar) -> Vec<String> {
        vec![format::minutes(self.scale()), "0".to_owned()]
    }

    fn columns(&self, calendar: &Calendar) -> Vec<Label> {
        let label = |(index, (day, _)): (usize, &(i64, Share))| {
            Label::within((index as f64 + 0.5) * self.column(), (calendar.month_beginning)(*day)?)
        };
        self.days.iter().enumerate().filter_map(label).collect()
    }

    fn marks(&self) -> Vec<Mark> {
        let (column, scale) = (self.column(), self.scale());
        let mark = |(index, (_, share)): (usize, &(i64, Share))| {
            let (class, height) = match share.hours {
                0 => ("unknown", UNKNOWN_HEIGHT),
                _ => ("busy", f64::from(share.busy) * 100.0 / f64::from(scale)),
            };
            let x = (index as f64 + (1.0 - BAR) / 2.0) * column;
            Mark { class, x, y: 100.0 - height, width: column * BAR, height }
        };
        self.days.iter().enumerate().map(mark).collect()
    }

    fn legend(&self) -> &'static [(&'static str, &'static str)] {
        &texts::DAY_BARS_LEGEND
    }

    fn stops(&self) -> Vec<Point> {
        (0..self.days.len()).map(|day| ((day as f64 + 0.5) * self.column(), 50.0)).collect()
    }

    fn describe(&self, x: f64, _: f64, calendar: &Calendar) -> Option<String> {
        let (day, share) = self.days.get((x / self.column()) as usize)?;
        Some(texts::value_of(&(calendar.date)(*day), &busy(share)))
    }

    fn data(&self, calendar: &Calendar) -> DataTable {
        DataTable {
            head: texts::DAY_COLUMNS.map(str::to_owned).to_vec(),
            body: self.days.iter().rev().map(|(day, share)| vec![(calendar.date)(*day), busy(share)]).collect(),
        }
    }
}

fn busy(share: &Share) -> String {
    if share.hours == 0 { texts::NO_SIGNAL_THAT_DAY.to_owned() } else { format::minutes(share.busy) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::table::TableStatus;
    use domain::usage::{StatusChange, usage};

    use super::*;

    fn bars(changes: &[(&str, TableStatus)]) -> DayBars {
        let change = |(at, status): &(&str, TableStatus)| StatusChange { at: at.parse().unwrap(), status: *status };
        let changes: Vec<StatusChange> = changes.iter().map(change).collect();
        DayBars::new(&usage(&changes, "2026-11-20T18:30:00Z".parse().unwrap()), &Calendar::utc())
    }

    #[test]
    fn ninety_days_have_bars_and_texts() {
        let bars = bars(&[
            ("2026-11-18T00:00:00Z", TableStatus::Free),
            ("2026-11-19T12:00:00Z", TableStatus::Busy),
            ("2026-11-19T13:30:00Z", TableStatus::Free),
        ]);
        let calendar = Calendar::utc();
        let marks = bars.marks();
        assert_eq!(marks.len(), 90);
        // 2026-11-19 is day 20,776.
        assert_eq!(bars.summary(&calendar), "Busy 30 min on an average day; most on day 20776: 1 h 30 min.");
        assert_eq!(bars.rows(&calendar), ["2 h", "0"]);
        assert_eq!(bars.describe(88.5 * 100.0 / 90.0, 0.0, &calendar).as_deref(), Some("day 20776: 1 h 30 min"));
        assert_eq!(marks[88].height, 75.0);
        assert_eq!((marks[0].class, marks[89].class), ("unknown", "busy"));
        assert_eq!(bars.data(&calendar).body[1], ["day 20776", "1 h 30 min"]);
    }

    #[test]
    fn months_are_named_where_they_begin() {
        let columns = bars(&[]).columns(&Calendar::utc());
        assert_eq!(columns.iter().map(|label| label.text.as_str()).collect::<Vec<_>>(), ["Nov"]);
        assert!((columns[0].at - 70.5 * 100.0 / 90.0).abs() < 1e-9, "{}", columns[0].at);
    }

    #[test]
    fn without_data_it_says_so() {
        let bars = bars(&[]);
        assert_eq!(bars.summary(&Calendar::utc()), "Not busy in the last 90 days, as far as is known.");
        assert_eq!(bars.describe(0.0, 0.0, &Calendar::utc()).unwrap(), "day 20688: no signal");
        assert_eq!(bars.describe(100.0, 0.0, &Calendar::utc()), None, "beyond the last day");
        assert_eq!(bars.rows(&Calendar::utc()), ["1 h", "0"], "never a scale of nothing");
    }

    fn of_days(busy: &[Option<u32>]) -> DayBars {
        let share = |busy: &Option<u32>| Share { busy: busy.unwrap_or(0), hours: busy.map_or(0, |_| 24) };
        DayBars { days: (20_000..).zip(busy.iter().map(share)).collect() }
    }

    #[test]
    fn the_scale_is_in_full_hours() {
        for (most, scale) in [(0, 60), (1, 60), (60, 60), (61, 120), (1_440, 1_440)] {
            assert_eq!(of_days(&[Some(most), Some(0), None]).scale(), scale, "{most} minutes");
        }
    }

    #[test]
    fn a_day_without_signal_is_not_averaged() {
        let calendar = Calendar::utc();
        let summary = of_days(&[Some(60), None, Some(0), None]).summary(&calendar);
        assert_eq!(summary, "Busy 30 min on an average day; most on day 20000: 1 h.");
    }

    #[test]
    fn a_day_that_was_free_has_no_bar_and_one_without_signal_has_a_low_one() {
        let marks = of_days(&[Some(0), None, Some(60)]).marks();
        assert_eq!(marks.iter().map(|mark| mark.height).collect::<Vec<_>>(), [0.0, UNKNOWN_HEIGHT, 100.0]);
        assert_eq!(marks.iter().map(|mark| mark.class).collect::<Vec<_>>(), ["busy", "unknown", "busy"]);
    }

    proptest! {
        #[test]
        fn bars_stand_in_their_columns_and_say_what_the_data_say(
            days in prop::collection::vec(prop::option::of(0..=1_440_u32), 1..92),
        ) {
            let (bars, calendar) = (of_days(&days), Calendar::utc());
            let (body, column) = (bars.data(&calendar).body, bars.column());
            for (index, mark) in bars.marks().into_iter().enumerate() {
                let (left, right) = (index as f64 * column, (index + 1) as f64 * column);
                prop_assert!(mark.x >= left && mark.x + mark.width <= right + 1e-9 && right <= 100.0 + 1e-9);
                prop_assert!((0.0..=100.0).contains(&mark.height));
                prop_assert!((mark.y + mark.height - 100.0).abs() < 1e-9, "it stands on the ground");
                // The latest day first.
                let row = &body[days.len() - 1 - index];
                let expected = format!("{}: {}", row[0], row[1]);
                prop_assert_eq!(bars.describe(left + column / 2.0, 0.0, &calendar), Some(expected));
            }
        }
    }
}
