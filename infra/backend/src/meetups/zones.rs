//! Wall-clock times in time zones, by the tz database.

use domain::meetup::{Start, WallTime, ZoneName};
use domain::time::Timestamp;
use domain::validation::Violation;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The start at this time on the clocks of the zone. A time that the clocks show twice is the first of the two.
///
/// # Errors
/// There is no such zone, or its clocks never show this time: they are set forward over it.
pub(crate) fn start(wall: WallTime, zone: ZoneName) -> Result<Start, Violation> {
    let place = TimeZone::get(zone.as_str()).map_err(|_| {
        let message = format!("There is no time zone “{zone}” in the tz database.");
        Violation::of_rule("zone", zone.as_str(), "zone", message)
    })?;
    let civil: DateTime = wall.as_str().parse().map_err(|_| {
        Violation::new("start", wall.as_str(), "wallTime", "A start is a date and a time like 2026-12-24T19:00.")
    })?;
    let ambiguous = place.to_ambiguous_timestamp(civil);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        let message = format!("The clocks of {zone} are set forward over this time. Choose another one.");
        return Err(Violation::of_rule("start", wall.as_str(), "gap", message));
    }
    let moment = ambiguous
        .compatible()
        .map_err(|_| Violation::new("start", wall.as_str(), "range", "A start is between the years 2000 and 2099."))?;
    Ok(Start { wall, zone, at: Timestamp::from_milliseconds(moment.as_millisecond()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: &str, zone: &str) -> Result<String, Violation> {
        start(wall.parse().unwrap(), zone.parse().unwrap()).map(|start| start.at.to_string())
    }

    #[test]
    fn a_start_is_a_moment_by_the_rules_of_its_zone() {
        for (wall, zone, moment) in [
            ("2026-12-24T19:00", "Europe/Berlin", "2026-12-24T18:00:00.000Z"),
            ("2026-07-24T19:00", "Europe/Berlin", "2026-07-24T17:00:00.000Z"),
            ("2026-12-24T19:00", "Asia/Kathmandu", "2026-12-24T13:15:00.000Z"),
            ("2026-12-24T19:00", "UTC", "2026-12-24T19:00:00.000Z"),
            // Shown twice: the first one, which is still summer time.
            ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"),
        ] {
            assert_eq!(at(wall, zone).unwrap(), moment, "{wall} {zone}");
        }
    }

    #[test]
    fn a_time_that_no_clock_shows_and_an_unknown_zone_are_refused() {
        let gap = at("2026-03-29T02:30", "Europe/Berlin").unwrap_err();
        assert!(gap.message().contains("set forward"), "{gap}");
        let zone = at("2026-03-29T12:30", "Europe/Nowhere").unwrap_err();
        assert!(zone.message().contains("no time zone"), "{zone}");
    }
}
