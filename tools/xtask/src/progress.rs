//! What is shown while something runs: numbered steps, elapsed time, sizes. Writes to standard error, so that standard
//! output holds results alone.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::Result;

/// Steps that are counted, so that one sees how far it is.
pub(crate) struct Steps {
    total: usize,
    begun: usize,
    started: Instant,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, begun: 0, started: Instant::now() }
    }

    /// Runs one step under its number. What the step itself prints comes between its two lines.
    pub(crate) fn run<T>(&mut self, title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let begun = Instant::now();
        self.announce(title);
        let result = work()?;
        eprintln!("      {title}: {}", elapsed(begun.elapsed()));
        Ok(result)
    }

    /// Opens a step whose own output is to be the last thing on the screen.
    pub(crate) fn announce(&mut self, title: &str) {
        self.begun += 1;
        let so_far = match self.begun {
            1 => String::new(),
            _ => format!(" (after {})", elapsed(self.started.elapsed())),
        };
        eprintln!("[{}/{}] {title}{so_far}", self.begun, self.total);
    }
}

/// One line that tells that something still runs, and for how long.
pub(crate) struct Ticker {
    title: String,
    started: Instant,
    shown: u64,
    terminal: bool,
}

impl Ticker {
    pub(crate) fn start(title: String) -> Self {
        let terminal = io::stderr().is_terminal();
        if !terminal {
            eprintln!("{title} …");
        }
        Self { title, started: Instant::now(), shown: 0, terminal }
    }

    /// Shows the time that has passed: each second on a terminal, each minute in a log.
    pub(crate) fn tick(&mut self) {
        let passed = self.started.elapsed();
        let period = if self.terminal { 1 } else { 60 };
        if passed.as_secs() / period > self.shown {
            self.shown = passed.as_secs() / period;
            if self.terminal {
                eprint!("\r{} … {}\x1b[K", self.title, elapsed(passed));
                // A line that is not shown is no reason to stop.
                let _ = io::stderr().flush();
            } else {
                eprintln!("      still running, {}", elapsed(passed));
            }
        }
    }

    pub(crate) fn finish(self, outcome: &str) {
        let passed = elapsed(self.started.elapsed());
        if self.terminal {
            eprintln!("\r{} … {outcome} {passed}\x1b[K", self.title);
        } else {
            eprintln!("      {outcome} {passed}");
        }
    }
}

/// A duration as one says it: `0.4 s`, `12 s`, `6 min 58 s`.
pub(crate) fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A number with its thousands apart: `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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

    #[test]
    fn thousands_are_apart() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
