//! `cargo xtask bench meetups`: hundreds of guests answer to an event within seconds.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use system_bench::meetups::{self, Load};

/// Let guests answer.
#[derive(Parser)]
struct Arguments {
    /// Number of guests
    #[arg(long, default_value_t = 300)]
    guests: usize,
    /// The time within which they answer, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Number of seats in the second run; the first one has no limit
    #[arg(long, default_value_t = 5)]
    seats: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { guests, seconds, seats } = Arguments::parse();
    let target = meetups::TARGET.as_secs_f64() * 1_000.0;
    println!("{guests} guests answer within {seconds} s:");
    println!(
        "seats      going  waiting   to the board: median      p99 (target)     longest   to the response: median      p99"
    );
    let mut is_missed = false;
    for seats in [None, Some(seats)] {
        let load = Load { guests, within: Duration::from_secs(seconds), seats };
        let report = meetups::measure(load).await?;
        let [median, high, longest] = report.to_board.map(|time| time.as_secs_f64() * 1_000.0);
        let [response, response_high, _] = report.to_response.map(|time| time.as_secs_f64() * 1_000.0);
        let shown = seats.map_or_else(|| "no limit".to_owned(), |seats| seats.to_string());
        println!(
            "{shown:<8} {:>7} {:>8} {median:>21.0} ms {high:>8.0} ms ({target:.0} ms) {longest:>8.0} ms {response:>22.0} ms {response_high:>5.0} ms",
            report.going, report.waiting
        );
        is_missed |= high > target;
        let fits = seats.is_none_or(|seats| report.going == seats.min(guests));
        ensure!(fits && report.going + report.waiting == guests, "The seats are given wrongly: {report:?}");
    }
    ensure!(!is_missed, "A target was missed");
    Ok(())
}
