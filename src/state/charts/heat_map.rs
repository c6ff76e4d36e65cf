//! The usual busy hours: for each weekday and hour, how much of the time the table was busy in the last 90 days.

use domain::usage::{HeatMap, Share, Usage};

use super::{Chart, Label, Mark, percent};
use crate::state::local_time::{LocalTime, WEEKDAYS};

/// What a level begins at, as a part of the time.
const LEVELS: [(f64, &str); 4] = [(0.5, "level-4"), (0.25, "level-3"), (0.1, "level-2"), (0.01, "level-1")];

/// Draws the map.
pub(crate) fn chart(usage: &Usage, local: impl Fn(domain::time::Timestamp) -> LocalTime) -> Chart {
    let map = usage.heat_map(|at| local(at).hour());
    let (column, row) = (100.0 / 24.0, 100.0 / 7.0);
    let mark = |(weekday, hour, share): (usize, usize, Share)| Mark {
        class: level(share),
        x: hour as f64 * column,
        y: weekday as f64 * row,
        width: column,
        height: row,
        title: format!("{} {}: {}", WEEKDAYS[weekday], hours(hour), busy(share)),
    };
    let table_row = |hour: usize| std::iter::once(hours(hour)).chain(map.iter().map(|day| busy(day[hour]))).collect();
    Chart {
        kind: "heat-map",
        title: "Usual busy hours",
        summary: summary(&map),
        rows: WEEKDAYS.map(str::to_owned).to_vec(),
        columns: [6, 12, 18].map(|hour| Label { at: f64::from(hour) * column, text: format!("{hour:02}:00") }).to_vec(),
        marks: cells(&map).map(mark).collect(),
        legend: vec![
            ("level-0", "Never busy"),
            ("level-1", "Seldom"),
            ("level-2", "At times"),
            ("level-3", "Often"),
            ("level-4", "Mostly"),
        ],
        head: std::iter::once("Hour").chain(WEEKDAYS).collect(),
        body: (0..24).map(table_row).collect(),
    }
}

fn cells(map: &HeatMap) -> impl Iterator<Item = (usize, usize, Share)> {
    let day = |(weekday, hours): (usize, &[Share; 24])| {
        let hours = *hours;
        (0..24).map(move |hour| (weekday, hour, hours[hour]))
    };
    map.iter().enumerate().flat_map(day)
}

fn level(share: Share) -> &'static str {
    let Some(part) = share.part() else { return "unknown" };
    LEVELS.iter().find(|(from, _)| part >= *from).map_or("level-0", |(_, class)| class)
}

fn hours(hour: usize) -> String {
    format!("{hour:02}–{:02}", hour + 1)
}

fn busy(share: Share) -> String {
    share.part().map_or_else(|| "–".to_owned(), percent)
}

fn summary(map: &HeatMap) -> String {
    let part = |share: Share| share.part().unwrap_or(0.0);
    let busiest = cells(map).max_by(|(.., one), (.., other)| part(*one).total_cmp(&part(*other)));
    match busiest {
        Some((weekday, hour, share)) if share.busy > 0 => {
            let day = WEEKDAYS[weekday];
            format!("Busiest on {day} from {hour:02}:00 to {:02}:00: {} of the time.", hour + 1, percent(part(share)))
        }
        _ => "No busy hours yet.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::table::TableStatus;
    use domain::usage::{StatusChange, usage};

    fn utc(at: domain::time::Timestamp) -> LocalTime {
        LocalTime::new(at, 0)
    }

    #[test]
    fn the_usual_in_cells_and_words() {
        let change = |at: &str, status| StatusChange { at: at.parse().unwrap(), status };
        let changes = [
            change("2026-11-01T00:00:00Z", TableStatus::Free),
            change("2026-11-17T12:00:00Z", TableStatus::Busy),
            change("2026-11-17T13:00:00Z", TableStatus::Free),
        ];
        let chart = chart(&usage(&changes, "2026-11-20T18:30:00Z".parse().unwrap()), utc);
        // Three Tuesdays are known: the 3rd, the 10th and the 17th.
        assert_eq!(chart.summary, "Busiest on Tue from 12:00 to 13:00: 33 % of the time.");
        assert_eq!(chart.marks.len(), 7 * 24);
        assert_eq!(chart.marks[24 + 12].class, "level-3");
        assert_eq!(chart.marks[24 + 12].title, "Tue 12–13: 33 %");
        assert_eq!(chart.marks[24 + 13].class, "level-0");
        assert_eq!(chart.body[12][..3], ["12–13", "0 %", "33 %"]);
    }

    #[test]
    fn what_was_never_known_has_no_level() {
        let chart = chart(&usage(&[], "2026-11-20T18:30:00Z".parse().unwrap()), utc);
        assert_eq!(chart.summary, "No busy hours yet.");
        assert!(chart.marks.iter().all(|mark| mark.class == "unknown" && mark.title.ends_with('–')));
    }
}
