//! The time as the page shows it: it moves on each second.

use domain::time::Timestamp;

use super::local_time::LocalTime;
use crate::browser::clock;
use crate::reactive::*;

/// The clock that everything on the page goes by.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    now: RwSignal<Timestamp>,
}

impl Clock {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let now = RwSignal::new(clock::now());
        clock::each_second(move || now.set(clock::now()));
        Self { now }
    }

    /// The day where the page is looked at, for what need not move on each second.
    pub(crate) fn today(self) -> ReadSignal<i64> {
        let day = move || local(self.now.get()).day();
        let today = RwSignal::new(untrack(day));
        follow(move || {
            let next = day();
            if next != today.get_untracked() {
                today.set(next);
            }
        });
        today.read_only()
    }

    /// What it says.
    pub(crate) fn now(self) -> ReadSignal<Timestamp> {
        self.now.read_only()
    }
}

/// “14:05:31” where the page is looked at, with the day before it if it is another than `today`.
pub(crate) fn to_the_second(at: Timestamp, today: i64) -> String {
    format!("{}:{:02}", local(at).clock_on(today), at.seconds() % 60)
}

/// A moment where the page is looked at.
pub(crate) fn local(at: Timestamp) -> LocalTime {
    LocalTime::new(at, clock::minutes_ahead(at))
}
