//! The time from navigation to the first live status on the screen: a cold Chromium with a slowed processor, behind a slow network that
//! this program emulates, so that WebSockets are slowed like all other traffic.

pub(crate) mod browser;
mod slow_network;

use std::env;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use self::browser::Browser;
use self::slow_network::{SlowNetwork, Speed};
use crate::server::Server;
use crate::statistics::{Sample, milliseconds};

/// What `bench first-load` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs, of which the median counts
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// The network's speed in kbit/s
    #[arg(long, default_value_t = 1_600)]
    speed: u32,
    /// A round trip in milliseconds
    #[arg(long, default_value_t = 150)]
    round_trip: u32,
    /// How many times slower the processor is
    #[arg(long, default_value_t = 4)]
    slower: u32,
}

/// The mark that the page sets when the first live status is on the screen.
const MARK: &str = "first-live-status";

/// Timeout for a page to become live.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Tables that the page shows.
const TABLES: [&str; 4] = ["lobby", "library", "second-floor", "terrace"];

/// Measures each run in a browser of its own, and prints the medians.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let site = env::var_os("RALLY_SITE").map(PathBuf::from);
    let site = site.context("RALLY_SITE names no site: start this with `cargo xtask bench first-load`")?;
    let server = Server::start(Some(&site))?;
    for table in TABLES {
        server.register(table)?;
    }
    let speed = Speed {
        bytes_per_second: f64::from(arguments.speed) * 1_000.0 / 8.0,
        one_way: Duration::from_millis(u64::from(arguments.round_trip)) / 2,
    };
    let visits: Vec<Visit> =
        (0..arguments.runs).map(|_| visit(&server, speed, arguments.slower)).collect::<Result<_>>()?;
    let median = |of: fn(&Visit) -> Duration| milliseconds(Sample::of(visits.iter().map(of)).median());
    println!(
        "{} kbit/s, {} ms round trips, processor {} times slower, cold, median of {}:",
        arguments.speed, arguments.round_trip, arguments.slower, arguments.runs
    );
    println!("first paint:       {}", median(|visit| visit.painted));
    println!("first live status: {}", median(|visit| visit.live));
    let bytes = visits.iter().map(|visit| visit.bytes).max().unwrap_or_default();
    println!("over the wire:     {bytes} bytes until then, headers included");
    Ok(())
}

/// One cold visit.
struct Visit {
    painted: Duration,
    live: Duration,
    bytes: u64,
}

fn visit(server: &Server, speed: Speed, slower: u32) -> Result<Visit> {
    let network = SlowNetwork::open(server.address(), speed)?;
    let mut browser = Browser::start()?;
    browser.slow_down(slower)?;
    browser.navigate(&format!("http://{}/", network.address()))?;
    let started = Instant::now();
    let times = format!(
        "[performance.getEntriesByName('first-contentful-paint'), performance.getEntriesByName('{MARK}')]\
         .map(entries => entries.length ? entries[0].startTime : -1).join(' ')"
    );
    while started.elapsed() < TIMEOUT {
        let answer = browser.evaluate(&times)?;
        if let Some((painted, live)) = both(&answer) {
            return Ok(Visit { painted, live, bytes: network.bytes_down() });
        }
        // Polling costs the slowed page a little: not too often.
        thread::sleep(Duration::from_millis(100));
    }
    bail!("The page never noted `{MARK}`; its text is: {}", browser.evaluate("document.body.innerText")?)
}

/// Two times in milliseconds, once both are there.
fn both(answer: &str) -> Option<(Duration, Duration)> {
    let mut times = answer.split(' ').map(|text| text.parse::<f64>().ok().filter(|time| *time >= 0.0));
    let mut next = || Some(Duration::from_secs_f64(times.next()?? / 1_000.0));
    Some((next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_once_both_are_there() {
        assert_eq!(both("812.5 2000"), Some((Duration::from_micros(812_500), Duration::from_secs(2))));
        assert_eq!(both("812.5 -1"), None);
        assert_eq!(both(""), None);
    }
}
