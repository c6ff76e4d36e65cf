//! How a table was used, computed from its status changes, in hours of UTC. The site converts them to the user's time zone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::table::TableStatus;
use crate::time::Timestamp;

const HOUR: i64 = 3_600_000;

/// The usage covers this many hours back: 90 days.
pub const HOURS: usize = 90 * 24;

/// The strip covers the last 24 hours.
const STRIP: Duration = Duration::from_secs(24 * 3600);

/// One status change: what a table became, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusChange {
    /// When (RFC 3339, UTC).
    pub at: Timestamp,
    /// What it became.
    pub status: TableStatus,
}

/// How a table was used in the last 90 days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// When this was worked out (RFC 3339, UTC).
    pub at: Timestamp,
    /// The changes of the last 24 hours, oldest first; the first may be older, if its status still held then.
    pub day: Vec<StatusChange>,
    /// The first hour of `hours` (RFC 3339, UTC, on the hour).
    pub first_hour: Timestamp,
    /// For each hour, the minutes in which the table was busy (0 to 60); `null` if it was without signal throughout.
    pub hours: Vec<Option<u8>>,
}

/// Works out the usage at `now` of status changes in the order of time. What was before the first is unknown.
pub fn usage(changes: &[StatusChange], now: Timestamp) -> Usage {
    let this_hour = now.milliseconds() / HOUR;
    let first_hour = (this_hour + 1 - HOURS as i64).max(0);
    let mut busy = [0_i64; HOURS];
    let mut known = [0_i64; HOURS];
    let ends = changes.iter().skip(1).map(|next| next.at).chain([now]);
    for (change, end) in changes.iter().zip(ends) {
        if change.status == TableStatus::NoSignal {
            continue;
        }
        let (mut from, to) = (change.at.milliseconds().max(first_hour * HOUR), end.milliseconds());
        while from < to {
            let hour = from / HOUR;
            let until = to.min((hour + 1) * HOUR);
            if let Some(index) = usize::try_from(hour - first_hour).ok().filter(|index| *index < HOURS) {
                known[index] += until - from;
                if change.status == TableStatus::Busy {
                    busy[index] += until - from;
                }
            }
            from = until;
        }
    }
    let minutes = |(busy, known): (i64, i64)| {
        // Rounded up, so that a short game leaves a trace.
        (known > 0).then(|| u8::try_from((busy + 59_999) / 60_000).unwrap_or(60).min(60))
    };
    let strip_start = now.minus(STRIP);
    let first_shown = changes.iter().rposition(|change| change.at <= strip_start).unwrap_or(0);
    Usage {
        at: now,
        day: changes.get(first_shown..).unwrap_or_default().to_vec(),
        first_hour: Timestamp::from_milliseconds(first_hour * HOUR),
        hours: busy.into_iter().zip(known).map(minutes).collect(),
    }
}

/// A piece of the strip: from and until when, as parts of the last 24 hours (0 to 1), and what held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Where it begins: 0 is 24 hours ago, 1 is now.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// What held; `None` before anything was known.
    pub status: Option<TableStatus>,
}

/// The last 24 hours before `now` without gaps.
pub fn strip(changes: &[StatusChange], now: Timestamp) -> Vec<Segment> {
    let length = STRIP.as_millis() as f64;
    let start = now.minus(STRIP).milliseconds();
    let place = |moment: Timestamp| ((moment.milliseconds() - start) as f64 / length).clamp(0.0, 1.0);
    let mut segments: Vec<Segment> = Vec::new();
    let mut push = |from: f64, to: f64, status: Option<TableStatus>| {
        if to <= from {
            return;
        }
        match segments.last_mut() {
            Some(last) if last.status == status => last.to = to,
            _ => segments.push(Segment { from, to, status }),
        }
    };
    push(0.0, changes.first().map_or(1.0, |first| place(first.at)), None);
    for (index, change) in changes.iter().enumerate() {
        let end = changes.get(index + 1).map_or(1.0, |next| place(next.at));
        push(place(change.at), end, Some(change.status));
    }
    segments
}

/// What one column or cell of a chart sums up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Minutes in which the table was busy.
    pub busy: u32,
    /// Hours in which anything was known.
    pub hours: u32,
}

impl Share {
    /// The part of the known time in which the table was busy, 0 to 1; `None` if nothing was known.
    pub fn part(self) -> Option<f64> {
        (self.hours > 0).then(|| f64::from(self.busy) / (f64::from(self.hours) * 60.0))
    }

    fn add(&mut self, minutes: u8) {
        self.busy += u32::from(minutes);
        self.hours += 1;
    }
}

/// Where an hour falls in the time zone of the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalHour {
    /// A number that grows by one each local day.
    pub day: i64,
    /// 0 is Monday.
    pub weekday: usize,
    /// 0 to 23.
    pub hour: usize,
}

/// The busy-hour map: for each weekday (0 is Monday) and hour of the day, what was usual.
pub type HeatMap = [[Share; 24]; 7];

impl Usage {
    /// For each local day that has begun within the 90, oldest first: its number, and its use.
    pub fn days(&self, local: impl Fn(Timestamp) -> LocalHour) -> Vec<(i64, Share)> {
        let mut days: Vec<(i64, Share)> = Vec::new();
        for (at, minutes) in self.each_hour() {
            let day = local(at).day;
            if days.last().is_none_or(|(last, _)| *last != day) {
                days.push((day, Share::default()));
            }
            if let (Some((_, share)), Some(minutes)) = (days.last_mut(), minutes) {
                share.add(minutes);
            }
        }
        // Ninety times twenty-four hours seldom begin at midnight: the day that is cut is left out.
        let surplus = days.len().saturating_sub(HOURS / 24);
        days.split_off(surplus)
    }

    /// The busy-hour map of the 90 days.
    pub fn heat_map(&self, local: impl Fn(Timestamp) -> LocalHour) -> HeatMap {
        let mut map = HeatMap::default();
        for (at, minutes) in self.each_hour() {
            let LocalHour { weekday, hour, .. } = local(at);
            if let (Some(minutes), Some(cell)) = (minutes, map.get_mut(weekday).and_then(|hours| hours.get_mut(hour))) {
                cell.add(minutes);
            }
        }
        map
    }

    fn each_hour(&self) -> impl Iterator<Item = (Timestamp, Option<u8>)> {
        let first = self.first_hour.milliseconds();
        let moment = move |index: usize| Timestamp::from_milliseconds(first + index as i64 * HOUR);
        self.hours.iter().enumerate().map(move |(index, minutes)| (moment(index), *minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(count: f64) -> Timestamp {
        Timestamp::from_milliseconds(500_000 * HOUR + (count * HOUR as f64) as i64)
    }

    fn change(count: f64, status: TableStatus) -> StatusChange {
        StatusChange { at: hours(count), status }
    }

    fn utc(at: Timestamp) -> LocalHour {
        let hour = at.milliseconds() / HOUR;
        // 1970-01-01 was a Thursday.
        LocalHour { day: hour / 24, weekday: ((hour / 24 + 3) % 7) as usize, hour: (hour % 24) as usize }
    }

    #[test]
    fn hours_count_busy_minutes_and_know_what_they_do_not_know() {
        let changes = [
            change(0.0, TableStatus::Free),
            change(0.5, TableStatus::Busy),
            change(1.75, TableStatus::NoSignal),
            change(3.0, TableStatus::Free),
        ];
        let usage = usage(&changes, hours(3.5));
        assert_eq!(usage.hours.len(), HOURS);
        assert_eq!(usage.hours[HOURS - 5..], [None, Some(30), Some(45), None, Some(0)]);
    }

    #[test]
    fn the_strip_has_no_gaps() {
        let changes = [change(-30.0, TableStatus::Free), change(-12.0, TableStatus::Busy)];
        let segments = strip(&changes, hours(0.0));
        assert_eq!(
            segments,
            [
                Segment { from: 0.0, to: 0.5, status: Some(TableStatus::Free) },
                Segment { from: 0.5, to: 1.0, status: Some(TableStatus::Busy) },
            ]
        );
        assert_eq!(strip(&[], hours(0.0)), [Segment { from: 0.0, to: 1.0, status: None }]);
    }

    #[test]
    fn the_day_begins_with_what_held_24_hours_ago() {
        let changes =
            [change(-50.0, TableStatus::Busy), change(-30.0, TableStatus::Free), change(-1.0, TableStatus::Busy)];
        assert_eq!(usage(&changes, hours(0.0)).day, changes[1..]);
        assert_eq!(usage(&[], hours(0.0)).day, []);
    }

    #[test]
    fn days_and_heat_map_sum_up_hours() {
        let changes = [change(-24.0 * 95.0, TableStatus::Busy)];
        let usage = usage(&changes, hours(0.5));
        let days = usage.days(utc);
        assert_eq!(days.len(), 90);
        assert_eq!(days[0].1.part(), Some(1.0));
        let map = usage.heat_map(utc);
        assert!(map.iter().flatten().all(|share| share.hours >= 12));
    }
}
