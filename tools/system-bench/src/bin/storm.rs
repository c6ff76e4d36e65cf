//! `cargo xtask bench storm`: ten thousand events with failures injected at every port, counted.

use anyhow::Result;
use system_bench::storm::{self, Storm};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let events = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let seed = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let report = storm::run(Storm { events, tables: 50, people: 1, seed }).await?;
    println!("Seed {seed}: {} events in {:.0} s.", report.events, report.took.as_secs_f64());
    println!(
        "{} deliveries: {} delivered, {} overtaken by the next change; none missing, none to other people.",
        report.deliveries, report.delivered, report.outdated
    );
    println!("{} pushes; {} were taken a second time, and are shown once.", report.pushes, report.repeated);
    Ok(())
}
