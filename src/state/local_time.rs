//! Days and hours where the page is looked at. Never asks where that is: the difference from UTC is an argument.

use domain::time::Timestamp;
use domain::usage::LocalHour;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The days of the week, Monday first.
pub(crate) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A moment on a local clock and calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalTime {
    /// Minutes since the local 1970-01-01T00:00.
    minutes: i64,
}

impl LocalTime {
    /// The moment, where clocks are so many minutes ahead of UTC then.
    pub(crate) fn new(at: Timestamp, minutes_ahead: i32) -> Self {
        Self { minutes: at.milliseconds().div_euclid(60_000) + i64::from(minutes_ahead) }
    }

    /// Where the moment falls in the charts.
    pub(crate) fn hour(self) -> LocalHour {
        let day = self.day();
        LocalHour { day, weekday: weekday(day), hour: (self.minutes.rem_euclid(1_440) / 60) as usize }
    }

    /// A number that grows by one each day.
    pub(crate) fn day(self) -> i64 {
        self.minutes.div_euclid(1_440)
    }

    /// Minutes since the last full hour.
    pub(crate) fn minute(self) -> i64 {
        self.minutes.rem_euclid(60)
    }

    /// “14:05”.
    pub(crate) fn clock(self) -> String {
        format!("{:02}:{:02}", self.minutes.rem_euclid(1_440) / 60, self.minute())
    }

    /// “14:05”, and the day before it if it is another than `now`'s.
    pub(crate) fn clock_seen_from(self, now: Self) -> String {
        self.clock_on(now.day())
    }

    /// The same, where `today` is the day.
    pub(crate) fn clock_on(self, today: i64) -> String {
        if self.day() == today { self.clock() } else { format!("{}, {}", date(self.day()), self.clock()) }
    }
}

/// 0 is Monday.
pub(crate) fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7) as usize
}

/// “Fri 20 Nov”.
pub(crate) fn date(day: i64) -> String {
    let (month, day_of_month) = month_and_day(day);
    format!("{} {day_of_month} {}", WEEKDAYS[weekday(day)], MONTHS[month])
}

/// The month's name, if the day is its first.
pub(crate) fn month_beginning(day: i64) -> Option<&'static str> {
    let (month, day_of_month) = month_and_day(day);
    (day_of_month == 1).then(|| MONTHS[month])
}

/// The month, from 0, and the day within it, from 1, after Howard Hinnant's `civil_from_days`: years begin in March, so
/// that the leap day is the last.
fn month_and_day(day: i64) -> (usize, i64) {
    let day_of_era = (day + 719_468).rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    ((month_from_march as usize + 2) % 12, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str, minutes_ahead: i32) -> LocalTime {
        LocalTime::new(text.parse().unwrap(), minutes_ahead)
    }

    #[test]
    fn a_moment_is_where_the_local_clock_puts_it() {
        let evening = local("2026-11-20T23:30:00Z", 60);
        assert_eq!(evening.clock(), "00:30");
        assert_eq!(date(evening.day()), "Sat 21 Nov");
        assert_eq!(evening.hour().weekday, 5);
        assert_eq!(evening.hour().hour, 0);
        assert_eq!(local("2026-11-20T23:30:00Z", -300).clock(), "18:30");
        assert_eq!(local("2026-11-20T23:30:00Z", 330).clock(), "05:00");
    }

    #[test]
    fn the_calendar_knows_leap_years() {
        assert_eq!(date(local("2024-02-29T12:00:00Z", 0).day()), "Thu 29 Feb");
        assert_eq!(date(local("2026-03-01T12:00:00Z", 0).day()), "Sun 1 Mar");
        assert_eq!(date(0), "Thu 1 Jan");
        assert_eq!(month_beginning(local("2026-12-01T00:00:00Z", 0).day()), Some("Dec"));
        assert_eq!(month_beginning(1), None);
    }

    #[test]
    fn another_day_is_named() {
        let now = local("2026-11-20T12:00:00Z", 0);
        assert_eq!(local("2026-11-20T08:05:00Z", 0).clock_seen_from(now), "08:05");
        assert_eq!(local("2026-11-19T08:05:00Z", 0).clock_seen_from(now), "Thu 19 Nov, 08:05");
    }
}
