//! The progress output: numbered steps, elapsed time, sizes. Writes to standard error, so that standard output contains only results.

use std::fmt;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

/// Numbered steps, which show the progress.
pub(crate) struct Steps {
    total: usize,
    begun: usize,
    started: Instant,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, begun: 0, started: Instant::now() }
    }

    /// Runs one step under its number. The step's own output is between its two lines.
    pub(crate) fn run<T>(&mut self, title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let begun = Instant::now();
        self.announce(title);
        let result = work()?;
        eprintln!("      {title}: {}", elapsed(begun.elapsed()));
        Ok(result)
    }

    /// Begins a step whose own output comes last.
    pub(crate) fn announce(&mut self, title: &str) {
        self.begun += 1;
        let so_far = match self.begun {
            1 => String::new(),
            _ => format!(" (after {})", elapsed(self.started.elapsed())),
        };
        eprintln!("[{}/{}] {title}{so_far}", self.begun, self.total);
    }
}

/// A line that shows that a step still runs, and for how long.
pub(crate) struct Ticker {
    title: String,
    started: Instant,
    minutes: u64,
    /// A terminal line, which redraws itself.
    bar: Option<ProgressBar>,
}

impl Ticker {
    pub(crate) fn start(title: String) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{msg} … {time}").unwrap_or_else(|_| ProgressStyle::default_spinner());
            let time = |state: &ProgressState, line: &mut dyn fmt::Write| {
                // An error of the output is no reason to stop.
                let _ = line.write_str(&elapsed(state.elapsed()));
            };
            let bar = ProgressBar::new_spinner().with_style(style.with_key("time", time)).with_message(title.clone());
            bar.enable_steady_tick(Duration::from_secs(1));
            bar
        });
        if bar.is_none() {
            eprintln!("{title} …");
        }
        Self { title, started: Instant::now(), minutes: 0, bar }
    }

    /// Logs the elapsed time each minute.
    pub(crate) fn tick(&mut self) {
        let passed = self.started.elapsed();
        if self.bar.is_none() && passed.as_secs() / 60 > self.minutes {
            self.minutes = passed.as_secs() / 60;
            eprintln!("      still running, {}", elapsed(passed));
        }
    }

    pub(crate) fn finish(self, outcome: &str) {
        let passed = elapsed(self.started.elapsed());
        match self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                eprintln!("{} … {outcome} {passed}", self.title);
            }
            None => eprintln!("      {outcome} {passed}"),
        }
    }
}

/// A readable duration: `0.4 s`, `12 s`, `6 min 58 s`.
pub(crate) fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A number with thousands separators: `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    HumanCount(number).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_one_says_them() {
        assert_eq!(elapsed(Duration::from_millis(380)), "0.4 s");
        assert_eq!(elapsed(Duration::from_millis(9_940)), "9.9 s");
        assert_eq!(elapsed(Duration::from_secs(12)), "12 s");
        assert_eq!(elapsed(Duration::from_secs(418)), "6 min 58 s");
    }
}
