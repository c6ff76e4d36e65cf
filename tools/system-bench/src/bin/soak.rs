//! `cargo xtask bench soak`: thousands of pages and a server for ten minutes, while things are killed.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use system_bench::soak::{self, Soak};

/// Soak a server.
#[derive(Parser)]
struct Arguments {
    /// Number of pages
    #[arg(long, default_value_t = 2_000)]
    pages: usize,
    /// Duration in seconds
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Writes per second
    #[arg(long, default_value_t = 50)]
    writes: u32,
    /// Number of times that the server is killed
    #[arg(long, default_value_t = 3)]
    server_kills: u32,
    /// Times per second that a page is killed, or its connection cut or stalled
    #[arg(long, default_value_t = 5)]
    disturbances: u32,
    /// The seed of the random generator
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let soak = Soak {
        pages: arguments.pages,
        lasts: Duration::from_secs(arguments.seconds),
        writes: arguments.writes,
        server_kills: arguments.server_kills,
        disturbances: arguments.disturbances,
        heartbeat: 60,
        seed: arguments.seed,
    };
    let report = soak::run(soak, |line| eprintln!("{line}")).await?;
    println!("{} writes were answered, {} are missing.", report.writes, report.lost_writes.len());
    println!(
        "{} topics on {} pages, {} otherwise than in the table.",
        report.compared,
        soak.pages,
        report.diverged.len()
    );
    println!("{} messages over {} connections.", report.received, report.opened);
    for window in report.memory.chunks(60) {
        let (from, _) = window.first().copied().unwrap_or_default();
        let most = window.iter().map(|(_, memory)| *memory).fold(0.0, f64::max);
        println!("{from} s after the server's last start: at most {most:.0} MB");
    }
    for fault in report.lost_writes.iter().chain(&report.diverged).take(50) {
        println!("  {fault}");
    }
    let holds = report.lost_writes.is_empty() && report.diverged.is_empty();
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
