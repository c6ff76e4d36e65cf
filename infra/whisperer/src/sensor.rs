//! The logic of a sensor, without I/O: what its levels mean, and what to report. Time and random numbers are arguments.
//!
//! - [`Detector`]: levels in, free or busy out, with hysteresis and hold times
//! - [`Reporter`]: what to send when: changes at once, a heartbeat each minute, after a lost connection only the last state
//! - [`propose`]: thresholds from the levels of an idle table and of a game

mod reporter;

use std::time::Duration;

pub(crate) use reporter::{Reply, Reporter};

use domain::time::Timestamp;

/// When a level means activity, and how long it must last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Thresholds {
    /// At or above this level, 0 to 1, there is activity.
    pub(crate) busy_above: f64,
    /// Below this level there is none. Between the two the previous state remains.
    pub(crate) free_below: f64,
    /// The activity must last this long before the table is busy.
    pub(crate) busy_hold: Duration,
    /// The quiet must last this long before the table is free.
    pub(crate) free_hold: Duration,
    /// Pauses up to this long belong to the activity: during a game a ball is hit about once per second.
    pub(crate) pause: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            busy_above: 0.5,
            free_below: 0.3,
            busy_hold: Duration::from_secs(5),
            free_hold: Duration::from_secs(60),
            pause: Duration::from_secs(4),
        }
    }
}

/// Why thresholds are invalid.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub(crate) enum ThresholdError {
    /// Not between 0 and 1.
    #[error("A level is between 0 and 1; {0} is not.")]
    OutOfRange(f64),
    /// In the wrong order.
    #[error("Free must be below busy: {free_below} is not below {busy_above}.")]
    Crossed {
        /// The lower one.
        free_below: f64,
        /// The upper one.
        busy_above: f64,
    },
}

impl Thresholds {
    /// Checks the thresholds.
    ///
    /// # Errors
    /// A threshold is out of range, or they are in the wrong order.
    pub(crate) fn check(&self) -> Result<(), ThresholdError> {
        for level in [self.busy_above, self.free_below] {
            if !(0.0..=1.0).contains(&level) {
                return Err(ThresholdError::OutOfRange(level));
            }
        }
        if self.free_below > self.busy_above {
            return Err(ThresholdError::Crossed { free_below: self.free_below, busy_above: self.busy_above });
        }
        Ok(())
    }
}

/// A run of activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    started_at: Timestamp,
    last: Timestamp,
}

/// Decides whether a table is free. Give it each level and call it at each timeout that it requests; it returns each change of the
/// state once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Detector {
    thresholds: Thresholds,
    /// Whether there is activity at this moment.
    is_active: bool,
    run: Option<Run>,
    /// Since when there is no activity.
    quiet_since: Timestamp,
    decided: Option<bool>,
}

impl Detector {
    /// The initial state is unknown: the table is free when it has been quiet for long enough.
    pub(crate) const fn new(thresholds: Thresholds, now: Timestamp) -> Self {
        Self { thresholds, is_active: false, run: None, quiet_since: now, decided: None }
    }

    /// Handles a level. `Some` if the table has become free (true) or busy.
    pub(crate) fn handle_level(&mut self, now: Timestamp, level: f64) -> Option<bool> {
        // An activity up to now has lasted all the time.
        let before = self.handle_timeout(now);
        if level >= self.thresholds.busy_above {
            if !self.is_active {
                self.record_activity(now);
            }
            self.is_active = true;
        } else if level < self.thresholds.free_below {
            self.is_active = false;
        }
        before.or_else(|| self.decide(now))
    }

    /// Handles a timeout. `Some` as for [`Detector::handle_level`].
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) -> Option<bool> {
        if self.is_active {
            self.record_activity(now);
        }
        self.decide(now)
    }

    /// The next timeout; `None` if time does not change the state.
    pub(crate) fn next_timeout(&self) -> Option<Timestamp> {
        match (self.decided, self.is_active, self.run) {
            (Some(false), true, _) => None,
            (_, true, Some(run)) => Some(run.started_at.plus(self.thresholds.busy_hold)),
            (Some(true), false, _) => None,
            _ => Some(self.quiet_since.plus(self.thresholds.free_hold)),
        }
    }

    /// There is activity now: it continues, or a new run of it begins.
    fn record_activity(&mut self, now: Timestamp) {
        let continued = self.run.filter(|run| self.is_active || now.since(run.last) <= self.thresholds.pause);
        let started_at = continued.map_or(now, |run| run.started_at);
        self.run = Some(Run { started_at, last: now });
        self.quiet_since = now;
    }

    fn decide(&mut self, now: Timestamp) -> Option<bool> {
        let busy =
            self.run.is_some_and(|run| run.last.since(run.started_at) >= self.thresholds.busy_hold && run.last == now);
        let free = !self.is_active && now.since(self.quiet_since) >= self.thresholds.free_hold;
        let next = if busy {
            false
        } else if free {
            self.run = None;
            true
        } else {
            return None;
        };
        (self.decided != Some(next)).then(|| {
            self.decided = Some(next);
            next
        })
    }
}

/// The result of a calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Proposal {
    /// See [`Thresholds::busy_above`].
    pub(crate) busy_above: f64,
    /// See [`Thresholds::free_below`].
    pub(crate) free_below: f64,
    /// Whether quiet and game are hardly distinguishable: the sensor should be placed elsewhere.
    pub(crate) overlaps: bool,
}

/// Thresholds between the levels of an idle table and of a game. Single outliers are ignored: of the quiet levels the highest hundredth
/// is left out, and of the game's levels the loudest tenth counts, since it is quiet between two hits. `None` if there is no level of
/// one of them.
pub(crate) fn propose(quiet: &[f64], play: &[f64]) -> Option<Proposal> {
    let (quiet, play) = (quantile(quiet, 0.99)?, quantile(play, 0.90)?);
    let between = |share: f64| (quiet + (play - quiet) * share).clamp(0.0, 1.0);
    let overlaps = play - quiet < 0.05;
    if overlaps {
        let middle = f64::midpoint(quiet, play).clamp(0.05, 0.95);
        return Some(Proposal { busy_above: middle + 0.02, free_below: middle - 0.02, overlaps });
    }
    Some(Proposal { busy_above: between(0.6), free_below: between(0.3), overlaps })
}

fn quantile(levels: &[f64], share: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = levels.iter().copied().filter(|level| level.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len().checked_sub(1)? as f64 * share).round() as usize;
    sorted.get(index).copied()
}

#[cfg(test)]
mod tests;
