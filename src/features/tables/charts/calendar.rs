//! The calendar of this device, as a value: tests bring one of their own.

use std::cell::Cell;

use domain::time::Timestamp;
use domain::usage::LocalHour;

use crate::format::{self, LocalTime};
use crate::platform::clock;

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// What charts need of a calendar.
#[derive(Debug, Clone, Copy)]
pub(in crate::features::tables) struct Calendar {
    /// How many minutes local time is ahead of UTC at a moment.
    minutes_ahead: fn(Timestamp) -> i32,
    /// “Fri 20 Nov”, for a local day.
    pub(super) date: fn(i64) -> String,
    /// The month's name, if the local day is its first.
    pub(super) month_beginning: fn(i64) -> Option<String>,
    /// “Mon”, for 0.
    pub(super) weekday: fn(usize) -> String,
}

impl Calendar {
    /// This device's.
    pub(in crate::features::tables) const fn of_device() -> Self {
        Self {
            minutes_ahead: clock::minutes_ahead,
            date: format::date,
            month_beginning: format::month_beginning,
            weekday: format::weekday_name,
        }
    }

    /// The local times of many moments. It gets the zone's offset from the browser twice for each day of UTC, not for each of its hours:
    /// between two equal offsets a day apart no zone changes its clock.
    pub(super) fn local_times(&self) -> impl Fn(Timestamp) -> LocalTime {
        let minutes_ahead = self.minutes_ahead;
        let known: Cell<Option<(i64, i32)>> = Cell::new(None);
        move |at| {
            let day = at.milliseconds().div_euclid(DAY);
            if let Some((_, offset)) = known.get().filter(|(known, _)| *known == day) {
                return LocalTime::with_offset(at, offset);
            }
            let offset = minutes_ahead(Timestamp::from_milliseconds(day * DAY));
            if offset == minutes_ahead(Timestamp::from_milliseconds((day + 1) * DAY)) {
                known.set(Some((day, offset)));
                LocalTime::with_offset(at, offset)
            } else {
                LocalTime::with_offset(at, minutes_ahead(at))
            }
        }
    }

    /// The local hours of many moments.
    pub(super) fn local_hours(&self) -> impl Fn(Timestamp) -> LocalHour {
        let local = self.local_times();
        move |at| local(at).hour()
    }

    /// A calendar in UTC without the browser's names.
    #[cfg(test)]
    pub(in crate::features::tables) fn utc() -> Self {
        Self {
            minutes_ahead: |_| 0,
            date: |day| format!("day {day}"),
            // 2026-11-01, a Sunday.
            month_beginning: |day| (day == 20_758).then(|| "Nov".to_owned()),
            weekday: |weekday| ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][weekday].to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Central Europe: summer time ends on 2026-10-25 at 01:00 UTC.
    fn berlin() -> Calendar {
        Calendar {
            minutes_ahead: |moment| if moment < at("2026-10-25T01:00:00Z") { 120 } else { 60 },
            ..Calendar::utc()
        }
    }

    #[test]
    fn the_clock_changes_in_the_middle_of_a_day() {
        let calendar = berlin();
        let local = calendar.local_times();
        let clock = |moment: &str| local(at(moment)).clock();
        assert_eq!(clock("2026-10-24T23:30:00Z"), "01:30");
        assert_eq!(clock("2026-10-25T00:30:00Z"), "02:30");
        assert_eq!(clock("2026-10-25T01:30:00Z"), "02:30");
        assert_eq!(clock("2026-10-25T23:30:00Z"), "00:30");
        assert_eq!(clock("2026-10-26T12:00:00Z"), "13:00");
    }

    #[test]
    fn cached_offsets_give_the_same_hours_as_asking_each_time() {
        let calendar = berlin();
        let local = calendar.local_hours();
        let first = at("2026-10-20T00:00:00Z").milliseconds();
        for hour in 0..240 {
            let moment = Timestamp::from_milliseconds(first + hour * 3_600_000);
            assert_eq!(local(moment), LocalTime::with_offset(moment, (calendar.minutes_ahead)(moment)).hour());
        }
    }

    /// India: half an hour beside the full hours, and no summer time.
    fn kolkata() -> Calendar {
        Calendar { minutes_ahead: |_| 330, ..Calendar::utc() }
    }

    /// New York: summer time ends on 2026-11-01 at 06:00 UTC.
    fn new_york() -> Calendar {
        Calendar {
            minutes_ahead: |moment| if moment < at("2026-11-01T06:00:00Z") { -240 } else { -300 },
            ..Calendar::utc()
        }
    }

    proptest! {
        /// In whichever order moments are converted, their clock is the one of their zone.
        #[test]
        fn moments_may_be_converted_in_any_order(minutes in prop::collection::vec(0..43_200_i64, 1..50)) {
            let first = at("2026-10-10T00:00:00Z").milliseconds();
            for calendar in [berlin(), kolkata(), new_york(), Calendar::utc()] {
                let local = calendar.local_times();
                for minute in &minutes {
                    let moment = Timestamp::from_milliseconds(first + minute * 60_000);
                    let expected = LocalTime::with_offset(moment, (calendar.minutes_ahead)(moment));
                    prop_assert_eq!(local(moment), expected);
                }
            }
        }
    }
}
