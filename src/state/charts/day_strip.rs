//! The last 24 hours as a strip: what held, from when until when.

use domain::table::TableStatus;
use domain::time::Timestamp;
use domain::usage::{Segment, StatusChange, strip};

use super::{Chart, Label, Mark};
use crate::state::local_time::LocalTime;
use crate::state::words;

const DAY: i64 = 24 * 3_600_000;

/// Hours between two words below the strip.
const LABEL_EVERY: i64 = 6;

/// Draws the changes as they are at `now`.
pub(crate) fn chart(changes: &[StatusChange], now: Timestamp, local: impl Fn(Timestamp) -> LocalTime) -> Chart {
    let segments = strip(changes, now);
    let moment = |place: f64| Timestamp::from_milliseconds(now.milliseconds() - ((1.0 - place) * DAY as f64) as i64);
    let clock = |place: f64| local(moment(place)).clock();
    let span = |segment: &Segment| format!("{}, {} to {}", word(segment), clock(segment.from), clock(segment.to));
    let mark = |segment: &Segment| {
        // Three heights, so that it reads without its colours.
        let (class, height) = match segment.status {
            Some(status @ TableStatus::Busy) => (words::status_name(status), 100.0),
            Some(status @ TableStatus::Free) => (words::status_name(status), 40.0),
            Some(TableStatus::NoSignal) | None => ("unknown", 16.0),
        };
        let (x, width) = (segment.from * 100.0, (segment.to - segment.from) * 100.0);
        Mark { class, x, y: 100.0 - height, width, height, title: span(segment) }
    };
    let row = |segment: &Segment| vec![clock(segment.from), clock(segment.to), word(segment).to_owned()];
    Chart {
        kind: "day-strip",
        title: "Last 24 hours",
        summary: summary(&segments),
        columns: columns(local(now)),
        marks: segments.iter().map(mark).collect(),
        legend: vec![("busy", "Busy"), ("free", "Free"), ("unknown", "No signal")],
        head: vec!["From", "To", "Status"],
        body: segments.iter().rev().map(row).collect(),
        ..Chart::default()
    }
}

fn word(segment: &Segment) -> &'static str {
    segment.status.map_or("Not known", words::status)
}

fn summary(segments: &[Segment]) -> String {
    let busy = segments.iter().filter(|segment| segment.status == Some(TableStatus::Busy));
    let (times, part) = busy.fold((0, 0.0), |(times, part), segment| (times + 1, part + segment.to - segment.from));
    let time = words::amount((part * 1_440.0).round() as u32);
    match times {
        0 => "Not busy in the last 24 hours.".to_owned(),
        1 => format!("Busy once, for {time}."),
        _ => format!("Busy {times} times, for {time} in all."),
    }
}

fn columns(now: LocalTime) -> Vec<Label> {
    let minutes_now = now.hour().hour as i64 * 60 + now.minute();
    let place = |hours_ago: i64| 100.0 - (hours_ago * 60 + now.minute()) as f64 / 14.4;
    (0..24)
        .filter(|hours_ago| (minutes_now / 60 - hours_ago).rem_euclid(LABEL_EVERY) == 0)
        .map(|hours_ago| (place(hours_ago), (minutes_now / 60 - hours_ago).rem_euclid(24)))
        // A word at the very edge would stick out of the page.
        .filter(|(at, _)| (4.0..=96.0).contains(at))
        .map(|(at, hour)| Label { at, text: format!("{hour:02}:00") })
        .rev()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(at: Timestamp) -> LocalTime {
        LocalTime::new(at, 0)
    }

    fn change(at: &str, status: TableStatus) -> StatusChange {
        StatusChange { at: at.parse().unwrap(), status }
    }

    #[test]
    fn a_day_in_marks_and_words() {
        let changes = [
            change("2026-11-20T06:00:00Z", TableStatus::Free),
            change("2026-11-20T12:00:00Z", TableStatus::Busy),
            change("2026-11-20T12:45:00Z", TableStatus::Free),
        ];
        let chart = chart(&changes, "2026-11-20T18:00:00Z".parse().unwrap(), utc);
        assert_eq!(chart.summary, "Busy once, for 45 min.");
        assert_eq!(chart.marks[2].title, "Busy, 12:00 to 12:45");
        assert_eq!((chart.marks[2].x, chart.marks[2].height), (75.0, 100.0));
        let labels: Vec<&str> = chart.columns.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(labels, ["00:00", "06:00", "12:00"]);
        assert_eq!(chart.body[1], ["12:00", "12:45", "Busy"]);
        assert_eq!(chart.body[3], ["18:00", "06:00", "Not known"]);
    }

    #[test]
    fn without_any_change_nothing_is_known() {
        let chart = chart(&[], "2026-11-20T18:00:00Z".parse().unwrap(), utc);
        assert_eq!(chart.summary, "Not busy in the last 24 hours.");
        assert_eq!(chart.marks.len(), 1);
    }

    #[test]
    fn several_games_are_added_up() {
        let changes = [
            change("2026-11-20T12:00:00Z", TableStatus::Busy),
            change("2026-11-20T13:00:00Z", TableStatus::Free),
            change("2026-11-20T17:00:00Z", TableStatus::Busy),
        ];
        let chart = chart(&changes, "2026-11-20T18:00:00Z".parse().unwrap(), utc);
        assert_eq!(chart.summary, "Busy 2 times, for 2 h in all.");
    }
}
