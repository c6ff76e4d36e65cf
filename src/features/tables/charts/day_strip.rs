//! The last 24 hours as a strip: what the status was, from when until when.

use domain::table::TableStatus;
use domain::time::Timestamp;
use domain::usage::{Segment, StatusChange, strip};

use super::{Calendar, ChartModel, DataTable, Label, Mark};
use crate::features::tables::table_surface::status_name;
use crate::features::tables::texts;
use crate::format::{self, LocalTime};
use crate::ui::Point;

/// A day in milliseconds.
const DAY: i64 = 24 * 3_600_000;

/// Hours between two labels below the strip.
const LABEL_EVERY: i64 = 6;

/// A part of the day that is about a pixel wide: two minutes. Shorter segments are merged, else they blend to a haze.
const PIXEL: f64 = 1.0 / 720.0;

/// A part of the day after which merged segments begin a new mark: 15 minutes, so that a long run of short plays keeps its profile.
const LONGEST_MERGE: f64 = 1.0 / 96.0;

/// Heights in percent: three, so that the strip reads without its colours.
const BUSY_HEIGHT: f64 = 100.0;
const FREE_HEIGHT: f64 = 40.0;
const UNKNOWN_HEIGHT: f64 = 16.0;

/// The strip.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features::tables) struct DayStrip {
    /// The last 24 hours without gaps.
    segments: Vec<Segment>,
    /// The strip's end.
    now: Timestamp,
}

impl DayStrip {
    /// The strip of status changes in the order of time, as it is at `now`.
    pub(in crate::features::tables) fn new(changes: &[StatusChange], now: Timestamp) -> Self {
        Self { segments: strip(changes, now), now }
    }

    /// The moment at a place, from 0 (24 hours ago) to 1 (now).
    fn moment(&self, position: f64) -> Timestamp {
        Timestamp::from_milliseconds(self.now.milliseconds() - ((1.0 - position) * DAY as f64).round() as i64)
    }

    /// The clock at the beginning of a segment, or at the end of the last one: with seconds beside a segment of less than a minute.
    fn clock(&self, index: usize, local: &impl Fn(Timestamp) -> LocalTime) -> String {
        let position = self.segments.get(index).map_or(1.0, |segment| segment.from);
        let beside =
            [index.checked_sub(1), Some(index)].into_iter().flatten().filter_map(|index| self.segments.get(index));
        let time = local(self.moment(position));
        if beside.map(length).any(|length| length < 60_000) { time.clock_with_seconds() } else { time.clock() }
    }
}

/// Milliseconds.
fn length(segment: &Segment) -> i64 {
    ((segment.to - segment.from) * DAY as f64).round() as i64
}

fn word(segment: &Segment) -> &'static str {
    segment.status.map_or(texts::UNKNOWN, texts::status)
}

impl ChartModel for DayStrip {
    fn kind(&self) -> &'static str {
        "day-strip"
    }

    fn title(&self) -> &'static str {
        texts::LAST_DAY
    }

    fn summary(&self, _: &Calendar) -> String {
        let busy = self.segments.iter().filter(|segment| segment.status == Some(TableStatus::Busy));
        let (times, total) = busy.fold((0, 0), |(times, total), segment| (times + 1, total + length(segment)));
        // Seconds while there is less than a minute in all.
        let total = match total {
            0..60_000 => texts::seconds(total / 1_000),
            _ => format::minutes(u32::try_from((total + 30_000) / 60_000).unwrap_or(u32::MAX)),
        };
        texts::busy_times(times, &total)
    }

    fn rows(&self, _: &Calendar) -> Vec<String> {
        Vec::new()
    }

    fn columns(&self, calendar: &Calendar) -> Vec<Label> {
        let now = calendar.local_times()(self.now);
        let hour_now = now.hour().hour as i64;
        let label = |hours_ago: i64| {
            let at = 100.0 - (hours_ago * 60 + now.minute()) as f64 / 14.4;
            Label::within(at, format!("{:02}:00", (hour_now - hours_ago).rem_euclid(24)))
        };
        let full = |hours_ago: &i64| (hour_now - hours_ago).rem_euclid(LABEL_EVERY) == 0;
        (0..24).rev().filter(full).filter_map(label).collect()
    }

    fn marks(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        let mut merge = Merge::default();
        for segment in &self.segments {
            if segment.to - segment.from < PIXEL && segment.status.is_some() {
                marks.extend(merge.add(segment));
            } else {
                marks.extend(merge.take());
                marks.push(mark(segment.from, segment.to, segment.status, 1.0));
            }
        }
        marks.extend(merge.take());
        // A mark of less than a pixel is widened: busy ones lie over their neighbours, so that a short play leaves a trace.
        marks.sort_by_key(|mark| mark.class == status_name(TableStatus::Busy));
        marks
    }

    fn legend(&self) -> &'static [(&'static str, &'static str)] {
        &texts::STRIP_LEGEND
    }

    fn stops(&self) -> Vec<Point> {
        self.segments.iter().map(|segment| ((segment.from + segment.to) * 50.0, 50.0)).collect()
    }

    fn describe(&self, x: f64, _: f64, calendar: &Calendar) -> Option<String> {
        let position = x / 100.0;
        let index = self.segments.iter().position(|segment| (segment.from..segment.to).contains(&position))?;
        let local = calendar.local_times();
        Some(texts::span(word(self.segments.get(index)?), &self.clock(index, &local), &self.clock(index + 1, &local)))
    }

    fn data(&self, calendar: &Calendar) -> DataTable {
        let local = calendar.local_times();
        let row = |(index, segment): (usize, &Segment)| {
            vec![self.clock(index, &local), self.clock(index + 1, &local), word(segment).to_owned()]
        };
        DataTable {
            head: texts::STRIP_COLUMNS.map(str::to_owned).to_vec(),
            body: self.segments.iter().enumerate().rev().map(row).collect(),
        }
    }
}

/// A mark from one place to another. `busy` is the part of it in which the table was busy, if it sums up several segments.
fn mark(from: f64, to: f64, status: Option<TableStatus>, busy: f64) -> Mark {
    let (class, height) = match status {
        Some(status @ TableStatus::Busy) => (status_name(status), FREE_HEIGHT + (BUSY_HEIGHT - FREE_HEIGHT) * busy),
        Some(status @ TableStatus::Free) => (status_name(status), FREE_HEIGHT),
        Some(TableStatus::NoSignal) | None => ("unknown", UNKNOWN_HEIGHT),
    };
    let width = (to - from).max(PIXEL);
    // A widened mark at the end stays within the strip.
    let from = from.min(1.0 - width);
    Mark { class, x: from * 100.0, y: 100.0 - height, width: width * 100.0, height }
}

/// Segments of less than a pixel that become one mark.
#[derive(Debug, Default)]
struct Merge {
    /// From, to, and how much of it was busy.
    open: Option<(f64, f64, f64)>,
    /// The status if there is no busy segment among them.
    otherwise: Option<TableStatus>,
}

impl Merge {
    /// Adds the next segment; gives the mark if it is complete.
    fn add(&mut self, segment: &Segment) -> Option<Mark> {
        let length = segment.to - segment.from;
        let busy = if segment.status == Some(TableStatus::Busy) { length } else { 0.0 };
        let (from, _, known) = self.open.unwrap_or((segment.from, segment.to, 0.0));
        self.open = Some((from, segment.to, known + busy));
        self.otherwise = self.otherwise.filter(|status| *status == TableStatus::Free).or(segment.status);
        if segment.to - from >= LONGEST_MERGE { self.take() } else { None }
    }

    /// The mark of what has been added; nothing is open afterwards.
    fn take(&mut self) -> Option<Mark> {
        let Self { open, otherwise } = std::mem::take(self);
        let (from, to, busy) = open?;
        let status = if busy > 0.0 { Some(TableStatus::Busy) } else { otherwise };
        Some(mark(from, to, status, busy / (to - from)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn change(at: &str, status: TableStatus) -> StatusChange {
        StatusChange { at: at.parse().unwrap(), status }
    }

    fn at_six(changes: &[StatusChange]) -> DayStrip {
        DayStrip::new(changes, "2026-11-20T18:00:00Z".parse().unwrap())
    }

    fn summary(changes: &[StatusChange]) -> String {
        at_six(changes).summary(&Calendar::utc())
    }

    /// A table that changes at an interval in seconds from noon on, for a number of minutes.
    fn restless(every: i64, minutes: i64) -> Vec<StatusChange> {
        let noon = "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap().milliseconds();
        let status = |number: i64| if number % 2 == 0 { TableStatus::Busy } else { TableStatus::Free };
        let change = |number: i64| StatusChange {
            at: Timestamp::from_milliseconds(noon + number * every * 1_000),
            status: status(number),
        };
        (0..=minutes * 60 / every).map(change).collect()
    }

    #[test]
    fn a_day_has_marks_and_texts() {
        let strip = at_six(&[
            change("2026-11-20T06:00:00Z", TableStatus::Free),
            change("2026-11-20T12:00:00Z", TableStatus::Busy),
            change("2026-11-20T12:45:00Z", TableStatus::Free),
        ]);
        let calendar = Calendar::utc();
        assert_eq!(strip.summary(&calendar), "Busy once, for 45 min.");
        let busy = *strip.marks().last().unwrap();
        assert_eq!((busy.class, busy.x, busy.height), ("busy", 75.0, 100.0), "busy marks lie over the others");
        assert_eq!(strip.describe(76.0, 0.0, &calendar).as_deref(), Some("Busy, 12:00 to 12:45"));
        let labels: Vec<String> = strip.columns(&calendar).into_iter().map(|label| label.text).collect();
        assert_eq!(labels, ["00:00", "06:00", "12:00"]);
        let DataTable { head, body } = strip.data(&calendar);
        assert_eq!(head, ["From", "To", "Status"]);
        assert_eq!(body[0], ["12:45", "18:00", "Free"], "the latest first");
        assert_eq!(body[1], ["12:00", "12:45", "Busy"]);
        assert_eq!(body[3], ["18:00", "06:00", "Unknown"]);
    }

    #[test]
    fn without_any_change_nothing_is_known() {
        assert_eq!(summary(&[]), "Not busy in the last 24 hours.");
        assert_eq!(at_six(&[]).marks().len(), 1);
        assert_eq!(at_six(&[]).describe(50.0, 0.0, &Calendar::utc()).as_deref(), Some("Unknown, 18:00 to 18:00"));
    }

    #[test]
    fn several_plays_are_added_up() {
        let changes = [
            change("2026-11-20T12:00:00Z", TableStatus::Busy),
            change("2026-11-20T13:00:00Z", TableStatus::Free),
            change("2026-11-20T17:00:00Z", TableStatus::Busy),
        ];
        assert_eq!(summary(&changes), "Busy 2 times, for 2 h in total.");
    }

    #[test]
    fn plays_of_less_than_a_minute_have_seconds() {
        let strip = at_six(&[
            change("2026-11-20T11:00:00Z", TableStatus::Free),
            change("2026-11-20T12:00:07Z", TableStatus::Busy),
            change("2026-11-20T12:00:31Z", TableStatus::Free),
        ]);
        let calendar = Calendar::utc();
        let body = strip.data(&calendar).body;
        assert_eq!(body[0], ["12:00:31", "18:00", "Free"]);
        assert_eq!(body[1], ["12:00:07", "12:00:31", "Busy"]);
        assert_eq!(body[2], ["11:00", "12:00:07", "Free"]);
        assert_eq!(strip.summary(&calendar), "Busy once, for 24 s.");
    }

    #[test]
    fn a_table_that_has_just_got_busy_is_busy_in_the_strip_too() {
        use crate::features::tables::live_history::end_of_strip;
        let changes = [
            StatusChange { at: "2026-11-20T11:00:00Z".parse().unwrap(), status: TableStatus::Free },
            StatusChange { at: "2026-11-20T23:09:12Z".parse().unwrap(), status: TableStatus::Busy },
        ];
        for (now, expected) in [
            ("2026-11-20T23:09:12Z", "Busy once, for 1 s."),
            ("2026-11-20T23:09:50Z", "Busy once, for 38 s."),
            ("2026-11-20T23:10:20Z", "Busy once, for 48 s."),
        ] {
            let strip = DayStrip::new(&changes, end_of_strip(&changes, now.parse().unwrap()));
            assert_eq!(strip.summary(&Calendar::utc()), expected, "at {now}");
        }
    }

    #[test]
    fn each_segment_is_a_stop_of_the_arrow_keys() {
        let strip = at_six(&restless(15, 60));
        let stops = strip.stops();
        assert_eq!(stops.len(), strip.segments.len());
        let calendar = Calendar::utc();
        assert!(stops.iter().all(|(x, y)| strip.describe(*x, *y, &calendar).is_some()));
    }

    #[test]
    fn a_short_play_leaves_a_trace() {
        let strip = at_six(&[
            change("2026-11-20T11:00:00Z", TableStatus::Free),
            change("2026-11-20T12:00:00Z", TableStatus::Busy),
            change("2026-11-20T12:00:10Z", TableStatus::Free),
        ]);
        let busy = *strip.marks().last().unwrap();
        assert_eq!((busy.class, busy.height), ("busy", 100.0));
        assert!((busy.width - 100.0 * PIXEL).abs() < 1e-9, "{}", busy.width);
        let end = at_six(&[change("2026-11-20T17:59:59Z", TableStatus::Busy)]);
        let busy = *end.marks().last().unwrap();
        assert!(busy.x + busy.width <= 100.0 + 1e-9, "it stays within the strip");
    }

    #[test]
    fn many_short_plays_are_merged_into_few_marks() {
        let strip = at_six(&restless(15, 60));
        let marks = strip.marks();
        assert!(strip.segments.len() > 240 && marks.len() < 10, "{} marks", marks.len());
        let merged = marks.iter().find(|mark| mark.class == "busy").unwrap();
        // Busy for half of the time: halfway between free and busy.
        assert!((68.0..74.0).contains(&merged.height), "{}", merged.height);
        assert!(merged.width >= 100.0 * LONGEST_MERGE);
    }

    #[test]
    fn a_segment_is_described_up_to_the_end() {
        let strip = at_six(&restless(15, 60));
        let calendar = Calendar::utc();
        assert_eq!(strip.describe(99.0, 0.0, &calendar).as_deref(), Some("Busy, 13:00:00 to 18:00"));
        assert_eq!(strip.describe(100.0, 0.0, &calendar), None, "beyond the end");
    }

    #[test]
    fn labels_are_at_every_sixth_hour_of_the_local_clock() {
        for (now, expected) in [
            ("2026-11-20T18:00:00Z", vec!["00:00", "06:00", "12:00"]),
            ("2026-11-20T20:30:00Z", vec!["00:00", "06:00", "12:00", "18:00"]),
        ] {
            let labels = DayStrip::new(&[], now.parse().unwrap()).columns(&Calendar::utc());
            assert_eq!(labels.iter().map(|label| label.text.as_str()).collect::<Vec<_>>(), expected, "{now}");
            assert!(labels.is_sorted_by(|one, next| one.at < next.at));
        }
    }

    #[test]
    fn less_than_a_minute_in_all_is_said_in_seconds() {
        for (end, expected) in [
            ("2026-11-20T12:00:59Z", "Busy once, for 59 s."),
            ("2026-11-20T12:01:00Z", "Busy once, for 1 min."),
            ("2026-11-20T12:01:31Z", "Busy once, for 2 min."),
        ] {
            let changes = [change("2026-11-20T12:00:00Z", TableStatus::Busy), change(end, TableStatus::Free)];
            assert_eq!(summary(&changes), expected, "until {end}");
        }
    }

    #[test]
    fn a_table_without_signal_looks_like_one_of_which_nothing_is_known() {
        let marks = at_six(&[change("2026-11-20T12:00:00Z", TableStatus::NoSignal)]).marks();
        assert!(marks.iter().all(|mark| (mark.class, mark.height) == ("unknown", UNKNOWN_HEIGHT)));
    }

    /// A day in which the table changes after each of these many seconds.
    fn any_day() -> impl Strategy<Value = DayStrip> {
        let gaps = prop_oneof![1..100_i64, 1..20_000_i64];
        prop::collection::vec((gaps, 0..3_usize), 0..200).prop_map(|steps| {
            let end = "2026-11-20T18:00:00Z".parse::<Timestamp>().unwrap().milliseconds();
            let mut at = end - DAY - 3_600_000;
            let statuses = [TableStatus::Busy, TableStatus::Free, TableStatus::NoSignal];
            let change = |(gap, status): (i64, usize)| {
                at += gap * 1_000;
                (at <= end).then(|| StatusChange { at: Timestamp::from_milliseconds(at), status: statuses[status] })
            };
            let changes: Vec<StatusChange> = steps.into_iter().map_while(change).collect();
            at_six(&changes)
        })
    }

    proptest! {
        #[test]
        fn marks_lie_within_the_strip_and_stand_on_the_ground(strip in any_day()) {
            for mark in strip.marks() {
                prop_assert!(mark.x >= -1e-9 && mark.x + mark.width <= 100.0 + 1e-9, "{:?}", mark);
                prop_assert!(mark.width >= 100.0 * PIXEL - 1e-9, "at least a pixel wide: {:?}", mark);
                prop_assert!(mark.height >= UNKNOWN_HEIGHT && mark.height <= BUSY_HEIGHT, "{:?}", mark);
                prop_assert!((mark.y + mark.height - 100.0).abs() < 1e-9, "{:?}", mark);
            }
        }

        #[test]
        fn busy_marks_lie_over_all_others(strip in any_day()) {
            prop_assert!(strip.marks().is_sorted_by_key(|mark| mark.class == "busy"));
        }

        #[test]
        fn a_play_is_never_lost_in_the_drawing(strip in any_day()) {
            let has_play = strip.segments.iter().any(|segment| segment.status == Some(TableStatus::Busy));
            prop_assert_eq!(strip.marks().iter().any(|mark| mark.class == "busy"), has_play);
        }

        /// Each segment begins when the one before has ended, and is described as the data say.
        #[test]
        fn the_data_have_no_gaps(strip in any_day()) {
            let calendar = Calendar::utc();
            let mut rows = strip.data(&calendar).body;
            rows.reverse();
            for (segment, row) in strip.segments.iter().zip(&rows) {
                let middle = (segment.from + segment.to) * 50.0;
                let expected = format!("{}, {} to {}", row[2], row[0], row[1]);
                prop_assert_eq!(strip.describe(middle, 0.0, &calendar), Some(expected));
            }
            prop_assert!(rows.windows(2).all(|pair| pair[0][1] == pair[1][0] && pair[0][2] != pair[1][2]));
        }
    }
}
