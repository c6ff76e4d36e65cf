//! The sample tables: their history and their rhythm. Pure; random numbers and time are arguments.

use std::time::Duration;

use domain::table::TableStatus;
use domain::time::Timestamp;
use domain::usage::StatusChange;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Days of history that a table has from the start.
const DAYS: u64 = 20;

/// The heartbeat of a table that does not change; after five minutes without one it has no signal.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// A table of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// Its id.
    pub(super) id: &'static str,
    /// Its display name.
    pub(super) description: &'static str,
    /// Whether its status changes by itself.
    pub(super) changes_by_itself: bool,
    /// Whether it is free at first.
    pub(super) is_free: bool,
    /// How much it is used: games per hundred occasions.
    popularity: u64,
}

/// The tables of the demo.
pub(super) const SAMPLES: [Sample; 4] = [
    sample("second-floor", "Second floor, kitchen", true, true, 80),
    sample("third-floor", "Third floor, by the window", true, true, 55),
    sample("lobby", "Lobby", false, false, 35),
    sample("basement", "Basement", false, true, 15),
];

const fn sample(
    id: &'static str,
    description: &'static str,
    changes_by_itself: bool,
    is_free: bool,
    popularity: u64,
) -> Sample {
    Sample { id, description, changes_by_itself, is_free, popularity }
}

/// A random generator with a seed: the same seed gives the same demo.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        // The state of a xorshift generator must not be zero.
        Self(seed | 1)
    }

    /// A number from `low` to `high`, both included.
    pub(super) const fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + self.0 % (high - low + 1)
    }
}

/// How long a table keeps its status before the next report.
pub(super) const fn pause(sample: &Sample, chance: &mut Chance) -> Duration {
    if sample.changes_by_itself { Duration::from_millis(chance.between(8_000, 25_000)) } else { HEARTBEAT }
}

/// The status to report after a pause.
pub(super) const fn next_is_free(sample: &Sample, is_free: bool) -> bool {
    if sample.changes_by_itself { !is_free } else { is_free }
}

/// The history of a table: games on working days, most of them around noon and after work, the last one over an hour ago.
pub(super) fn history(sample: &Sample, now: Timestamp, chance: &mut Chance) -> Vec<StatusChange> {
    let now = u64::try_from(now.seconds()).unwrap_or_default();
    let first_day = (now / DAY).saturating_sub(DAYS);
    let mut changes = Vec::new();
    for day in first_day..=now / DAY {
        // The epoch was a Thursday.
        if matches!((day + 4) % 7, 0 | 6) {
            continue;
        }
        let mut time = day * DAY + 8 * HOUR + chance.between(0, 90) * MINUTE;
        while time < day * DAY + 20 * HOUR {
            let game = chance.between(8, 28) * MINUTE;
            if time + game + HOUR > now {
                break;
            }
            if chance.between(0, 99) < sample.popularity * probability_in_hour(time % DAY / HOUR) / 100 {
                changes.push(change(time, TableStatus::Busy));
                changes.push(change(time + game, TableStatus::Free));
            }
            time += game + chance.between(4, 50) * MINUTE;
        }
    }
    changes
}

/// How likely a game is in this hour, in percent.
const fn probability_in_hour(hour: u64) -> u64 {
    match hour {
        11..=13 => 100,
        16..=18 => 80,
        9 | 10 | 14 | 15 => 40,
        _ => 20,
    }
}

fn change(seconds: u64, status: TableStatus) -> StatusChange {
    let milliseconds = i64::try_from(seconds * 1000).unwrap_or(i64::MAX);
    StatusChange { at: Timestamp::from_milliseconds(milliseconds), status }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20, a Friday, 15:00 UTC.
    const NOW: i64 = 1_795_186_800_000;

    #[test]
    fn the_history_alternates_in_order_ends_free_and_skips_weekends() {
        for sample in &SAMPLES {
            let changes = history(sample, Timestamp::from_milliseconds(NOW), &mut Chance::new(7));
            assert!(changes.len() > 20, "{}: {}", sample.id, changes.len());
            assert!(changes.is_sorted_by_key(|change| change.at));
            assert!(changes.chunks(2).all(|game| game[0].status == TableStatus::Busy));
            assert_eq!(changes.last().map(|change| change.status), Some(TableStatus::Free));
            assert!(changes.last().is_some_and(|change| change.at.milliseconds() < NOW));
            let weekend = changes.iter().filter(|change| matches!((change.at.seconds() / 86_400 + 4) % 7, 0 | 6));
            assert_eq!(weekend.count(), 0);
        }
    }

    #[test]
    fn changing_tables_change_every_8_to_25_seconds_and_the_others_send_heartbeats() {
        let mut chance = Chance::new(3);
        for sample in SAMPLES.iter().cycle().take(400) {
            let pause = pause(sample, &mut chance).as_secs_f64();
            assert!(if sample.changes_by_itself { (8.0..=25.0).contains(&pause) } else { pause == 60.0 });
        }
        assert!(!next_is_free(&SAMPLES[0], true));
        assert!(next_is_free(&SAMPLES[3], true));
    }
}
