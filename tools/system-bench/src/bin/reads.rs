//! `cargo xtask bench reads`: the reads of the database for digest requests, and the delay that they cause for others.

use anyhow::{Result, ensure};
use clap::Parser;
use system_bench::reads::{self, Load};

/// What to measure.
#[derive(Parser)]
struct Arguments {
    /// Requests for each kind of names
    #[arg(long = "questions", default_value_t = 1_000)]
    requests: usize,
    /// Names in each request
    #[arg(long, default_value_t = 100)]
    names: usize,
    /// Items of a kilobyte
    #[arg(long, default_value_t = 1_000)]
    items: usize,
    /// Requests at the same time
    #[arg(long, default_value_t = 16)]
    at_once: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { requests, names, items, at_once } = Arguments::parse();
    println!("{requests} anonymous requests with {names} names each, {at_once} at once, beside {items} items of 1 kB:");
    println!("names            answered   refused   small reads (target)   others' p50      p99 (target)");
    let mut is_missed = false;
    for report in reads::measure(Load { requests, names, items, at_once }).await? {
        let reads::Report { kind, answered, refused, reads, others } = report;
        let [median, highest] = others.map(|time| time.as_secs_f64() * 1_000.0);
        let (reads_target, others_target) = (requests as u64, reads::OTHERS_TARGET.as_secs_f64() * 1_000.0);
        println!(
            "{kind:<16} {answered:>8} {refused:>9} {reads:>13} ({reads_target}) {median:>10.1} ms {highest:>6.1} ms ({others_target:.0} ms)"
        );
        is_missed |= reads > reads_target || highest > others_target;
    }
    ensure!(!is_missed, "A target was missed");
    Ok(())
}
