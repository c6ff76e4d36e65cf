//! View model of a table's recent history: the usage that was read from the server, and the live changes since.

use std::time::Duration;

use domain::time::Timestamp;
use domain::usage::StatusChange;

/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

/// The least that a strip shows of the last change.
const SECOND: Duration = Duration::from_secs(1);

/// Changes that have come live, in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LiveHistory {
    changes: Vec<StatusChange>,
}

impl LiveHistory {
    /// The table has had this status since this moment. Forgets what `stored`, the server's history, has by now.
    pub(super) fn push(&mut self, change: StatusChange, stored: &[StatusChange]) {
        let last_stored = stored.last().map(|last| last.at);
        self.changes.retain(|known| last_stored.is_none_or(|last| known.at > last));
        if self.changes.last().is_none_or(|last| last.at < change.at) {
            self.changes.push(change);
        }
    }

    /// The server's history with the live changes after it. A status that holds already is no change.
    pub(super) fn after(&self, stored: &[StatusChange]) -> Vec<StatusChange> {
        let mut all = stored.to_vec();
        for change in &self.changes {
            if all.last().is_none_or(|last| last.at < change.at && last.status != change.status) {
                all.push(*change);
            }
        }
        all
    }
}

/// Where a strip of these changes ends: it moves on a minute at a time, and a second at a time in the minute of the last change, so that the
/// strip has the status that the page shows from the first second on.
pub(super) fn end_of_strip(changes: &[StatusChange], now: Timestamp) -> Timestamp {
    let minute = Timestamp::from_milliseconds(now.milliseconds().div_euclid(MINUTE) * MINUTE);
    match changes.last() {
        Some(last) if last.at >= minute => now.max(last.at.plus(SECOND)),
        _ => minute,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::table::TableStatus::{self, Busy, Free};

    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-20T{text}Z").parse().unwrap()
    }

    fn change(time: &str, status: TableStatus) -> StatusChange {
        StatusChange { at: at(time), status }
    }

    #[test]
    fn live_changes_follow_the_stored_ones() {
        let stored = [change("12:00:00", Busy), change("12:30:00", Free)];
        let mut live = LiveHistory::default();
        // The table as it was when the page came: the server has it already.
        live.push(change("12:30:00", Free), &stored);
        assert_eq!(live.after(&stored), stored);
        live.push(change("13:00:00", Busy), &stored);
        live.push(change("13:00:20", Free), &stored);
        assert_eq!(live.after(&stored)[2..], [change("13:00:00", Busy), change("13:00:20", Free)]);
    }

    #[test]
    fn a_change_that_the_server_has_by_now_appears_once() {
        let mut live = LiveHistory::default();
        live.push(change("13:00:00", Busy), &[]);
        let stored = [change("13:00:00", Busy)];
        assert_eq!(live.after(&stored), stored);
        live.push(change("13:10:00", Free), &stored);
        assert_eq!(live.changes, [change("13:10:00", Free)], "and is forgotten");
    }

    #[test]
    fn a_status_that_holds_already_is_no_change() {
        let stored = [change("12:00:00", Free)];
        let mut live = LiveHistory::default();
        live.push(change("12:10:00", Free), &stored);
        assert_eq!(live.after(&stored), stored);
        live.push(change("12:10:00", Free), &stored);
        assert_eq!(live.changes.len(), 1, "nor is the same one again");
    }

    #[test]
    fn the_strip_ends_with_the_minute_and_shows_a_change_of_this_minute_at_once() {
        let changes = [change("12:00:30", Busy)];
        assert_eq!(end_of_strip(&changes, at("12:00:40")), at("12:00:40"));
        assert_eq!(end_of_strip(&changes, at("12:00:30")), at("12:00:31"));
        assert_eq!(end_of_strip(&changes, at("12:00:29")), at("12:00:31"), "the server's time is an estimate");
        assert_eq!(end_of_strip(&changes, at("12:05:40")), at("12:05:00"));
        assert_eq!(end_of_strip(&[], at("12:05:40")), at("12:05:00"));
    }

    /// Changes that follow each other: each after its number of seconds, to another status.
    fn any_changes() -> impl Strategy<Value = Vec<StatusChange>> {
        prop::collection::vec((1..600_i64, 1..3_usize), 1..20).prop_map(|steps| {
            let statuses = [Free, Busy, TableStatus::NoSignal];
            let (mut seconds, mut status) = (1_800_000_000, 0);
            let change = |(after, turn): (i64, usize)| {
                seconds += after;
                status = (status + turn) % statuses.len();
                StatusChange { at: Timestamp::from_milliseconds(seconds * 1_000), status: statuses[status] }
            };
            steps.into_iter().map(change).collect()
        })
    }

    proptest! {
        /// However much of it the server has, and however much of that has come live, too.
        #[test]
        fn stored_and_live_changes_are_the_whole_history(
            all in any_changes(),
            stored in 0..20_usize,
            live in 0..20_usize,
        ) {
            let stored = stored.min(all.len());
            let first_live = live.min(stored);
            let mut history = LiveHistory::default();
            for change in &all[first_live..] {
                history.push(*change, &all[..stored]);
            }
            prop_assert_eq!(history.after(&all[..stored]), all);
        }

        #[test]
        fn what_the_server_has_by_now_is_forgotten(all in any_changes()) {
            let mut history = LiveHistory::default();
            for change in &all {
                history.push(*change, &[]);
            }
            let last = all[all.len() - 1];
            history.push(last, &all);
            prop_assert_eq!(history.changes, [last]);
        }

        #[test]
        fn the_strip_ends_with_all_changes_in_it(all in any_changes(), later in 0..10_000_000_i64) {
            let last = all[all.len() - 1].at;
            let now = Timestamp::from_milliseconds(last.milliseconds() + later);
            let end = end_of_strip(&all, now);
            prop_assert!(last < end || last.milliseconds() % MINUTE == 0 || later >= MINUTE);
            prop_assert!(end <= now.max(last.plus(SECOND)));
            prop_assert!(now.since(end).as_millis() < 60_000);
        }
    }
}
