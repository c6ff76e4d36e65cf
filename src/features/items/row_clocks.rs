//! The clocks of a list's rows. They tick one after the other, each once a second, so that no task has a thousand rows to draw.

use domain::time::Timestamp;
use gloo_timers::callback::Interval;
use leptos::prelude::*;

use crate::live::Live;

/// The number of clocks. Together they tick this many times per second.
const CLOCKS: usize = 16;

/// The clocks, which run until the current owner is disposed. All have the server's time.
#[derive(Clone, Copy)]
pub(super) struct RowClocks([RwSignal<Timestamp>; CLOCKS]);

impl RowClocks {
    /// Starts them.
    pub(super) fn start(live: Live) -> Self {
        let clocks = std::array::from_fn(|_| RwSignal::new(live.server_now()));
        let mut turn = 0;
        let tick = move || {
            turn = (turn + 1) % CLOCKS;
            if let Some(clock) = clocks.get(turn) {
                clock.try_set(live.server_now());
            }
        };
        // Dropped with the owner, which ends it.
        _ = StoredValue::new_local(Interval::new(1_000 / CLOCKS as u32, tick));
        Self(clocks)
    }

    /// The clock of a row.
    pub(super) fn of(self, key: &str) -> Signal<Timestamp> {
        let Self(clocks) = self;
        let [first, ..] = clocks;
        clocks.get(place(key)).copied().unwrap_or(first).into()
    }
}

/// Which clock a row follows: neighbours follow different ones.
fn place(key: &str) -> usize {
    key.bytes().map(usize::from).sum::<usize>() % CLOCKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_spread_over_all_clocks() {
        let mut rows = [0; CLOCKS];
        for number in 0..1_000 {
            rows[place(&format!("vehicle:{number}"))] += 1;
        }
        assert!(rows.iter().all(|rows| (20..150).contains(rows)), "{rows:?}");
    }
}
