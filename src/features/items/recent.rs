//! View model of the recent changes of an item: the last numbers, as a sparkline, and whether the item is overdue by its usual interval.

use std::collections::VecDeque;
use std::time::Duration;

use domain::time::Timestamp;

use super::summary::ItemSummary;

/// The most numbers of the line.
const NUMBERS: usize = 24;

/// The number of intervals that the rhythm is made of.
const INTERVALS: usize = 8;

/// An item is overdue after this many times its longest interval.
const OVERDUE_FACTOR: u32 = 3;

/// No item is overdue earlier: an item that changes ten times a second may rest for a moment.
const LEAST: Duration = Duration::from_secs(10);

/// The drawing's width; its height is [`HEIGHT`].
pub(super) const WIDTH: i32 = 100;
/// The drawing's height.
pub(super) const HEIGHT: i32 = 24;

/// What was seen of an item since the list was opened.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Recent {
    last: Option<(u64, Timestamp)>,
    numbers: VecDeque<f64>,
    intervals: VecDeque<Duration>,
}

impl Recent {
    /// The item is so now.
    pub(super) fn see(&mut self, item: &ItemSummary) {
        if let Some((rev, at)) = self.last {
            if item.rev <= rev {
                return;
            }
            // Changes that follow each other quickly are sent as one.
            let changes = u32::try_from(item.rev - rev).unwrap_or(u32::MAX);
            push(&mut self.intervals, item.updated_at.since(at) / changes, INTERVALS);
        }
        self.last = Some((item.rev, item.updated_at));
        if let Some(number) = item.number {
            push(&mut self.numbers, number, NUMBERS);
        }
    }

    /// Whether the item has not changed for longer than its rhythm lets expect. Two intervals make a rhythm.
    pub(super) fn is_overdue(&self, now: Timestamp) -> bool {
        let longest = self.intervals.iter().max().filter(|_| self.intervals.len() > 1);
        let due = |(longest, (_, at)): (&Duration, (u64, Timestamp))| {
            now.since(at) > longest.saturating_mul(OVERDUE_FACTOR).max(LEAST)
        };
        longest.zip(self.last).is_some_and(due)
    }

    /// The numbers as the points of an SVG line; empty if there are fewer than two.
    pub(super) fn points(&self) -> String {
        let count = self.numbers.len();
        if count < 2 {
            return String::new();
        }
        let lowest = self.numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let range = self.numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max) - lowest;
        let point = |(index, number): (usize, &f64)| {
            let x = index as i32 * WIDTH / (count as i32 - 1);
            // Numbers that are all the same are drawn in the middle.
            let share = if range > 0.0 { (number - lowest) / range } else { 0.5 };
            format!("{x},{} ", HEIGHT - (share * f64::from(HEIGHT)) as i32)
        };
        self.numbers.iter().enumerate().map(point).collect()
    }
}

/// Adds a value; the oldest goes if there are more than `limit`.
fn push<T>(values: &mut VecDeque<T>, value: T, limit: usize) {
    values.push_back(value);
    if values.len() > limit {
        values.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(1_800_000_000_000 + seconds * 1_000)
    }

    fn item(rev: u64, seconds: i64, number: Option<f64>) -> ItemSummary {
        ItemSummary { key: "van:1".to_owned(), rev, updated_at: at(seconds), fields: Vec::new(), number }
    }

    fn seen(items: &[(u64, i64)]) -> Recent {
        let mut recent = Recent::default();
        for (rev, seconds) in items {
            recent.see(&item(*rev, *seconds, Some(*rev as f64)));
        }
        recent
    }

    #[test]
    fn an_item_is_overdue_by_its_own_rhythm() {
        let each_minute = seen(&[(1, 0), (2, 60), (3, 118), (4, 180)]);
        assert!(!each_minute.is_overdue(at(180 + 186)));
        assert!(each_minute.is_overdue(at(180 + 187)), "three times its longest interval of 62 s");
        let each_second = seen(&[(1, 0), (2, 1), (3, 2)]);
        assert!(!each_second.is_overdue(at(12)) && each_second.is_overdue(at(13)));
        assert!(!seen(&[(1, 0), (2, 1)]).is_overdue(at(100_000)), "one interval is no rhythm");
        assert!(!Recent::default().is_overdue(at(0)));
    }

    #[test]
    fn changes_that_were_sent_as_one_count_as_many() {
        let recent = seen(&[(1, 0), (31, 60), (61, 120)]);
        assert!(recent.is_overdue(at(131)), "it changed every two seconds");
        let mut again = recent.clone();
        again.see(&item(61, 500, Some(7.0)));
        assert_eq!(again, recent, "the same revision is no change");
    }

    #[test]
    fn the_line_goes_from_the_first_number_to_the_last() {
        assert_eq!(seen(&[(1, 0)]).points(), "");
        assert_eq!(seen(&[(1, 0), (2, 1), (5, 2)]).points(), "0,24 50,18 100,0 ");
        let mut same = Recent::default();
        same.see(&item(1, 0, Some(3.0)));
        same.see(&item(2, 1, None));
        same.see(&item(3, 2, Some(3.0)));
        assert_eq!(same.points(), "0,12 100,12 ");
    }

    proptest! {
        #[test]
        fn the_line_stays_in_its_drawing(numbers in prop::collection::vec(-1e6..1e6_f64, 2..60)) {
            let mut recent = Recent::default();
            for (rev, number) in (1..).zip(&numbers) {
                recent.see(&item(rev, rev as i64, Some(*number)));
            }
            let points = recent.points();
            let points: Vec<(i32, i32)> = points
                .split_whitespace()
                .map(|point| point.split_once(',').unwrap())
                .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
                .collect();
            prop_assert_eq!(points.len(), numbers.len().min(NUMBERS));
            prop_assert!(points.iter().all(|(x, y)| (0..=WIDTH).contains(x) && (0..=HEIGHT).contains(y)));
            prop_assert!(points.is_sorted_by_key(|(x, _)| *x));
        }
    }
}
