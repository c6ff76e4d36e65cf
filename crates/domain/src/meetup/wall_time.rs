//! A time as the clocks of a place show it, and the name of that place's time zone.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validation::{Violation, checked_text};

/// The longest name of a time zone, in characters: those of the tz database are shorter.
const LONGEST_ZONE: usize = 40;

/// A date and a time without a zone, to the minute: `2026-12-24T19:00`, from the year 2000 to 2099.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WallTime(String);

checked_text!(
    WallTime,
    crate::schema::text(concat!(
        "^20([0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)",
        "|([02468][048]|[13579][26])-02-29)T([01][0-9]|2[0-3]):[0-5][0-9]$",
    ))
);

impl FromStr for WallTime {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        if has_form(text) && parts(text).is_some_and(is_on_calendar) {
            return Ok(Self(text.to_owned()));
        }
        let message = "A start is a date and a time like 2026-12-24T19:00, on a day that exists.";
        Err(Violation::new("start", text, "wallTime", message))
    }
}

fn has_form(text: &str) -> bool {
    let form = b"2000-00-00T00:00";
    text.len() == form.len()
        && text
            .bytes()
            .zip(form)
            .all(|(byte, form)| if form.is_ascii_digit() { byte.is_ascii_digit() } else { byte == *form })
}

/// The year, the month, the day, the hour and the minute.
fn parts(text: &str) -> Option<[u32; 5]> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse().ok();
    Some([part(0, 4)?, part(5, 7)?, part(8, 10)?, part(11, 13)?, part(14, 16)?])
}

/// Whether a day exists in the Gregorian calendar. From 2000 to 2099, each fourth year is a leap year.
fn is_on_calendar([year, month, day, hour, minute]: [u32; 5]) -> bool {
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 => 29,
        2 => 28,
        _ => 31,
    };
    (2000..2100).contains(&year) && (1..=12).contains(&month) && (1..=days).contains(&day) && hour < 24 && minute < 60
}

/// The name of a time zone in the tz database, like `Europe/Berlin`. Whether such a zone exists is known to the server only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(String);

checked_text!(ZoneName, crate::schema::text("^(?=.{1,40}$)[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$"));

impl FromStr for ZoneName {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-');
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(fit);
        if text.len() <= LONGEST_ZONE
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.split('/').count() <= 3
            && text.split('/').all(is_part)
        {
            return Ok(Self(text.to_owned()));
        }
        Err(Violation::new("zone", text, "zone", "A time zone has a name like Europe/Berlin."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_time_is_on_a_day_that_exists() {
        for good in ["2026-12-24T19:00", "2028-02-29T00:00", "2000-02-29T23:59", "2099-12-31T12:30"] {
            assert_eq!(good.parse::<WallTime>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "2026-12-24",
            "2026-12-24 19:00",
            "2026-12-24T19:00:00",
            "2026-12-24T19:00Z",
            "2026-02-29T19:00",
            "2026-04-31T19:00",
            "2026-00-10T19:00",
            "2026-13-10T19:00",
            "2026-12-00T19:00",
            "2026-12-24T24:00",
            "2026-12-24T19:60",
            "1999-12-31T23:59",
            "2100-01-01T00:00",
            "+026-12-24T19:00",
            "２026-12-24T19:00",
        ] {
            assert!(bad.parse::<WallTime>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_zone_has_a_name_of_the_database() {
        for good in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "America/Port-au-Prince"] {
            assert!(good.parse::<ZoneName>().is_ok(), "{good}");
        }
        for bad in ["", "/Berlin", "Europe/", "Europe//Berlin", "a/b/c/d", "+01:00", "../etc/passwd", &"x".repeat(41)] {
            assert!(bad.parse::<ZoneName>().is_err(), "{bad}");
        }
    }
}
