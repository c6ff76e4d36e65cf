//! Durations, counts and local times as people read them.

use std::time::Duration;

use domain::time::Timestamp;
use domain::usage::LocalHour;

use crate::platform::{clock, intl};

/// A moment on the calendar and clock of this device's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalTime {
    at: Timestamp,
    /// Minutes since the local 1970-01-01T00:00.
    minutes: i64,
}

impl LocalTime {
    /// The moment in this device's zone.
    pub(crate) fn of(at: Timestamp) -> Self {
        Self::with_offset(at, clock::minutes_ahead(at))
    }

    /// The moment where clocks are `minutes_ahead` minutes ahead of UTC then.
    pub(crate) fn with_offset(at: Timestamp, minutes_ahead: i32) -> Self {
        Self { at, minutes: at.milliseconds().div_euclid(60_000) + i64::from(minutes_ahead) }
    }

    /// A number that grows by one each local day.
    pub(crate) const fn day(self) -> i64 {
        self.minutes.div_euclid(1_440)
    }

    /// The day of the week: 0 is Monday.
    pub(crate) const fn weekday(self) -> usize {
        weekday(self.day())
    }

    /// Minutes since the last full hour.
    pub(crate) const fn minute(self) -> i64 {
        self.minutes.rem_euclid(60)
    }

    /// Where the moment falls in charts by the hour.
    pub(crate) const fn hour(self) -> LocalHour {
        LocalHour { day: self.day(), weekday: self.weekday(), hour: (self.minutes.rem_euclid(1_440) / 60) as usize }
    }

    /// “14:05”.
    pub(crate) fn clock(self) -> String {
        format!("{:02}:{:02}", self.minutes.rem_euclid(1_440) / 60, self.minute())
    }

    /// “14:05:31”.
    pub(crate) fn clock_with_seconds(self) -> String {
        format!("{}:{:02}", self.clock(), self.at.seconds() % 60)
    }

    /// “14:05”, with the date before it if it is on another day than `today`.
    pub(crate) fn clock_seen_on(self, today: i64) -> String {
        if self.day() == today { self.clock() } else { format!("{}, {}", date(self.day()), self.clock()) }
    }

    /// “14:05:31”, with the date before it if it is on another day than `today`.
    pub(crate) fn seconds_seen_on(self, today: i64) -> String {
        let clock = self.clock_with_seconds();
        if self.day() == today { clock } else { format!("{}, {clock}", date(self.day())) }
    }
}

/// The day of the week of a local day: 0 is Monday.
pub(crate) const fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7) as usize
}

/// “Fri 20 Nov”: a local day, by the browser's calendar.
pub(crate) fn date(day: i64) -> String {
    intl::format_day(day, &[("weekday", "short"), ("day", "numeric"), ("month", "short")]).replace(',', "")
}

/// “Mon”: the name of a day of the week, 0 is Monday.
pub(crate) fn weekday_name(weekday: usize) -> String {
    // 1970-01-05 was a Monday.
    intl::format_day(4 + weekday as i64, &[("weekday", "short")])
}

/// The month's name, if the local day is its first.
pub(crate) fn month_beginning(day: i64) -> Option<String> {
    intl::is_first_of_month(day).then(|| intl::format_day(day, &[("month", "short")]))
}

/// A length of time: “just now” below a minute, then “for 4 min”, “for 2 h 5 min”, “for 3 days”.
pub(crate) fn lasting(length: Duration) -> String {
    let minutes = length.as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("for {minutes} min"),
        60..1_440 => match minutes % 60 {
            0 => format!("for {} h", minutes / 60),
            rest => format!("for {} h {rest} min", minutes / 60),
        },
        1_440..2_880 => "for a day".to_owned(),
        _ => format!("for {} days", minutes / 1_440),
    }
}

/// How long ago something was: “12 s ago”, “4 min ago”, “2 h ago”, “3 days ago”.
pub(crate) fn ago(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => [&count_of_days(seconds / 86_400), " ago"].concat(),
    }
}

/// “1 day”, “3 days”.
fn count_of_days(days: u64) -> String {
    count(usize::try_from(days).unwrap_or(usize::MAX), "day", "days")
}

/// “45 min”, “2 h 5 min”: how long something took in all.
pub(crate) fn minutes(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// “1:58”: what is left of a time limit.
pub(crate) fn countdown(left: Duration) -> String {
    // Rounded up: “0:00” is shown when nothing is left.
    let seconds = left.as_millis().div_ceil(1_000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// “1 question”, “2 questions”.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn local(text: &str, minutes_ahead: i32) -> LocalTime {
        LocalTime::with_offset(text.parse().unwrap(), minutes_ahead)
    }

    #[test]
    fn a_moment_is_where_the_local_clock_puts_it() {
        let evening = local("2026-11-20T23:30:15Z", 60);
        assert_eq!((evening.clock(), evening.clock_with_seconds()), ("00:30".to_owned(), "00:30:15".to_owned()));
        assert_eq!((evening.hour().weekday, evening.hour().hour), (5, 0));
        assert_eq!(local("2026-11-20T23:30:00Z", -300).clock(), "18:30");
        assert_eq!(local("2026-11-20T23:30:00Z", 330).clock(), "05:00");
        let today = local("2026-11-20T12:00:00Z", 0).day();
        assert_eq!(local("2026-11-20T08:05:00Z", 0).clock_seen_on(today), "08:05");
    }

    #[test]
    fn lengths_of_time() {
        let minutes = |minutes: u64| lasting(Duration::from_secs(minutes * 60 + 59));
        assert_eq!(minutes(0), "just now");
        assert_eq!(minutes(4), "for 4 min");
        assert_eq!(minutes(60), "for 1 h");
        assert_eq!(minutes(125), "for 2 h 5 min");
        assert_eq!(minutes(1_439), "for 23 h 59 min");
        assert_eq!(minutes(1_440), "for a day");
        assert_eq!(minutes(5_000), "for 3 days");
    }

    #[test]
    fn how_long_ago() {
        let ago = |seconds| ago(Duration::from_secs(seconds));
        assert_eq!([0, 59, 60, 3_599].map(ago), ["0 s ago", "59 s ago", "1 min ago", "59 min ago"]);
        assert_eq!([3_600, 86_399, 86_400, 180_000].map(ago), ["1 h ago", "23 h ago", "1 day ago", "2 days ago"]);
    }

    #[test]
    fn amounts_of_time() {
        assert_eq!(minutes(0), "0 min");
        assert_eq!(minutes(45), "45 min");
        assert_eq!(minutes(120), "2 h");
        assert_eq!(minutes(125), "2 h 5 min");
        assert_eq!(countdown(Duration::from_millis(117_001)), "1:58");
        assert_eq!(countdown(Duration::ZERO), "0:00");
    }

    #[test]
    fn counts() {
        assert_eq!(count(1, "question", "questions"), "1 question");
        assert_eq!(count(0, "question", "questions"), "0 questions");
    }

    #[test]
    fn west_of_greenwich_the_local_day_may_be_the_one_before() {
        let evening = local("1970-01-01T00:30:00Z", -60);
        assert_eq!((evening.day(), evening.weekday(), evening.clock()), (-1, 2, "23:30".to_owned()));
        assert_eq!(local("1970-01-01T00:30:00Z", 0).weekday(), 3, "a Thursday");
    }

    #[test]
    fn seconds_are_those_of_the_moment_wherever_the_clock_is() {
        for (minutes_ahead, expected) in [(0, "08:05:09"), (345, "13:50:09"), (-210, "04:35:09")] {
            assert_eq!(local("2026-11-20T08:05:09.999Z", minutes_ahead).clock_with_seconds(), expected);
        }
        let moment = local("2026-11-20T08:05:09Z", 0);
        assert_eq!(moment.seconds_seen_on(moment.day()), "08:05:09", "no date on the same day");
    }

    #[test]
    fn a_length_changes_its_unit_when_it_is_full() {
        for (seconds, expected) in [
            (59, "just now"),
            (60, "for 1 min"),
            (3_599, "for 59 min"),
            (3_660, "for 1 h 1 min"),
            (172_799, "for a day"),
            (172_800, "for 2 days"),
        ] {
            assert_eq!(lasting(Duration::from_secs(seconds)), expected, "{seconds} s");
        }
    }

    #[test]
    fn a_countdown_reaches_zero_only_at_the_end() {
        for (milliseconds, expected) in
            [(1, "0:01"), (1_000, "0:01"), (59_001, "1:00"), (60_000, "1:00"), (3_600_000, "60:00")]
        {
            assert_eq!(countdown(Duration::from_millis(milliseconds)), expected, "{milliseconds} ms");
        }
    }

    /// The minutes that a text like “2 h 5 min” says.
    fn read_minutes(text: &str) -> u32 {
        let words: Vec<&str> = text.split(' ').collect();
        let amounts = words.chunks(2).map(|pair| pair[0].parse::<u32>().unwrap() * if pair[1] == "h" { 60 } else { 1 });
        amounts.sum()
    }

    proptest! {
        #[test]
        fn day_hour_and_minute_are_the_local_moment(milliseconds in 0_i64..4_000_000_000_000, ahead in -720..=840_i32) {
            let local = LocalTime::with_offset(Timestamp::from_milliseconds(milliseconds), ahead);
            let LocalHour { day, weekday, hour } = local.hour();
            prop_assert!(weekday < 7 && hour < 24 && (0..60).contains(&local.minute()));
            let minutes = day * 1_440 + hour as i64 * 60 + local.minute();
            prop_assert_eq!(minutes, milliseconds / 60_000 + i64::from(ahead));
        }

        #[test]
        fn each_day_follows_the_weekday_before(day in -100_000_i64..100_000) {
            prop_assert_eq!(weekday(day + 1), (weekday(day) + 1) % 7);
        }

        #[test]
        fn an_amount_of_time_says_each_of_its_minutes(amount in 0..1_000_000_u32) {
            prop_assert_eq!(read_minutes(&minutes(amount)), amount);
        }

        /// A countdown shows at most a second more than is left, and never less.
        #[test]
        fn a_countdown_is_rounded_up_to_a_second(milliseconds in 0..100_000_000_u64) {
            let text = countdown(Duration::from_millis(milliseconds));
            let (minutes, seconds) = text.split_once(':').unwrap();
            prop_assert_eq!(seconds.len(), 2);
            let shown = (minutes.parse::<u64>().unwrap() * 60 + seconds.parse::<u64>().unwrap()) * 1_000;
            prop_assert!((milliseconds..milliseconds + 1_000).contains(&shown));
        }
    }
}
