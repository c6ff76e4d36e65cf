//! The last 90 days as bars, a day a column: how long the table was busy.

use domain::usage::{Share, Usage};

use super::{Chart, Label, Mark};
use crate::state::local_time::{LocalTime, date, month_beginning};
use crate::state::words::amount;

/// The part of a column that its bar fills.
const BAR: f64 = 0.8;

/// Draws the days.
pub(crate) fn chart(usage: &Usage, local: impl Fn(domain::time::Timestamp) -> LocalTime) -> Chart {
    let days = usage.days(|at| local(at).hour());
    let column = 100.0 / days.len().max(1) as f64;
    let most = days.iter().map(|(_, share)| share.busy).max().unwrap_or(0);
    // Full hours, and never a scale of nothing.
    let scale = most.div_ceil(60).max(1) * 60;
    let mark = |(index, (day, share)): (usize, &(i64, Share))| {
        let (class, height) = match share.hours {
            0 => ("unknown", 5.0),
            _ => ("busy", f64::from(share.busy) * 100.0 / f64::from(scale)),
        };
        let x = (index as f64 + (1.0 - BAR) / 2.0) * column;
        Mark {
            class,
            x,
            y: 100.0 - height,
            width: column * BAR,
            height,
            title: format!("{}: {}", date(*day), busy(share)),
        }
    };
    let label = |(index, (day, _)): (usize, &(i64, Share))| {
        let at = (index as f64 + 0.5) * column;
        // A word at the very edge would stick out of the page.
        month_beginning(*day).filter(|_| (4.0..=96.0).contains(&at)).map(|month| Label { at, text: month.to_owned() })
    };
    Chart {
        kind: "day-bars",
        title: "Last 90 days",
        summary: summary(&days),
        rows: vec![amount(scale), "0".to_owned()],
        columns: days.iter().enumerate().filter_map(label).collect(),
        marks: days.iter().enumerate().map(mark).collect(),
        legend: vec![("busy", "Busy"), ("unknown", "No signal")],
        head: vec!["Day", "Busy"],
        body: days.iter().rev().map(|(day, share)| vec![date(*day), busy(share)]).collect(),
    }
}

fn busy(share: &Share) -> String {
    if share.hours == 0 { "no signal".to_owned() } else { amount(share.busy) }
}

fn summary(days: &[(i64, Share)]) -> String {
    let known: Vec<&(i64, Share)> = days.iter().filter(|(_, share)| share.hours > 0).collect();
    let Some((day, most)) = known.iter().max_by_key(|(_, share)| share.busy).filter(|(_, share)| share.busy > 0) else {
        return "Not busy in the last 90 days, as far as is known.".to_owned();
    };
    let total: u32 = known.iter().map(|(_, share)| share.busy).sum();
    let average = total / u32::try_from(known.len()).unwrap_or(1);
    format!("Busy {} on an average day; most on {}: {}.", amount(average), date(*day), amount(most.busy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::table::TableStatus;
    use domain::usage::{StatusChange, usage};

    fn utc(at: domain::time::Timestamp) -> LocalTime {
        LocalTime::new(at, 0)
    }

    fn chart_of(changes: &[(&str, TableStatus)]) -> Chart {
        let change = |(at, status): &(&str, TableStatus)| StatusChange { at: at.parse().unwrap(), status: *status };
        let changes: Vec<StatusChange> = changes.iter().map(change).collect();
        chart(&usage(&changes, "2026-11-20T18:30:00Z".parse().unwrap()), utc)
    }

    #[test]
    fn ninety_days_in_bars_and_words() {
        let chart = chart_of(&[
            ("2026-11-18T00:00:00Z", TableStatus::Free),
            ("2026-11-19T12:00:00Z", TableStatus::Busy),
            ("2026-11-19T13:30:00Z", TableStatus::Free),
        ]);
        assert_eq!(chart.marks.len(), 90);
        assert_eq!(chart.summary, "Busy 30 min on an average day; most on Thu 19 Nov: 1 h 30 min.");
        assert_eq!(chart.rows, ["2 h", "0"]);
        assert_eq!(chart.marks[88].title, "Thu 19 Nov: 1 h 30 min");
        assert_eq!(chart.marks[88].height, 75.0);
        assert_eq!((chart.marks[0].class, chart.marks[89].class), ("unknown", "busy"));
        let labels: Vec<&str> = chart.columns.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(labels, ["Sep", "Oct", "Nov"]);
        assert_eq!(chart.body[1], ["Thu 19 Nov", "1 h 30 min"]);
    }

    #[test]
    fn nothing_known_is_said_so() {
        assert_eq!(chart_of(&[]).summary, "Not busy in the last 90 days, as far as is known.");
    }
}
