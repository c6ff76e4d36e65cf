//! Runs simulations. Each is all of Rally in one process and in virtual time: the domain, the functions with the AWS SDK in them,
//! the local gateway, event source mapping and queues, a database, and browsers that are the product's own live client. Its seed
//! decides all events and all faults.
//!
//! - `determinism`: the seed is the only source of randomness and time
//! - `chaos`: faults, and when they happen
//! - `services`, `functions`, `network`: the places of faults: the connections to AWS, the functions' instances, the browsers' connections
//! - `cloud`: everything behind the browsers
//! - `browser`, `identities`, `workload`: the pages, the people, and what they do
//! - `crowd`: another simulation, with very many subscribers and without faults
//! - `fault_switches`: mechanisms that can be switched off, to show that each is needed
//! - `confidentiality`, `durability`, `seats`, `scenario`: what must hold: no client receives what it may not, no acknowledged write is missing, no
//!   seat of an event is given twice or left free while a guest waits, no page goes back to an older state, and in the end all pages agree with
//!   the table
//!
//! Each simulation has a process of its own, since libraries keep things in statics.

mod browser;
mod chaos;
mod cloud;
mod confidentiality;
mod crowd;
mod determinism;
mod durability;
mod fault_switches;
mod functions;
mod identities;
mod network;
mod scenario;
mod seats;
mod services;
mod workload;

use std::num::NonZero;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};

use fault_switches::{FaultSwitches, Mechanism};

/// Run simulations with faults, and check that the guarantees hold.
#[derive(Parser)]
struct Arguments {
    /// Number of simulations
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The seed of the first one
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Only the simulation of this seed, in this process; RUST_LOG sets the log level
    #[arg(long)]
    seed: Option<u64>,
    /// Switch off a mechanism: then some simulation must fail
    #[arg(long, value_enum)]
    without: Option<Mechanism>,
    /// Simulations at the same time; the number of processors by default
    #[arg(long)]
    at_once: Option<NonZero<usize>>,
    /// Instead: this number of connections to one topic, at AWS's quotas
    #[arg(long)]
    crowd: Option<usize>,
    /// Connections of a crowd in one shard
    #[arg(long, default_value_t = 2_000)]
    shard: usize,
    /// Posts per second that the gateway accepts in a crowd
    #[arg(long, default_value_t = 10_000)]
    posts: u32,
    /// Continue after the first simulation that fails
    #[arg(long)]
    keep_going: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let switches = arguments.without.map(FaultSwitches::from).unwrap_or_default();
    let outcome = match (arguments.seed, arguments.crowd) {
        (Some(seed), _) => one(seed, switches),
        (None, Some(connections)) => crowded(&arguments, connections),
        (None, None) => many(&arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn log() {
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_default_env() {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    }
}

/// Runs one simulation in this process. Returns whether all checks passed.
fn one(seed: u64, switches: FaultSwitches) -> Result<bool> {
    log();
    let begun = Instant::now();
    let report = scenario::run(seed, switches)?;
    println!(
        "seed {}: {} writes, {} messages, {} received, {} s in {} ms, {:016x}; {}",
        report.seed,
        report.writes,
        report.messages,
        report.received,
        report.duration.as_secs(),
        begun.elapsed().as_millis(),
        report.fingerprint,
        scenario::faults(&report.fault_counts),
    );
    for violation in &report.violations {
        println!("  {}", violation.chars().take(2_000).collect::<String>());
    }
    Ok(report.violations.is_empty())
}

/// Runs a crowd. Returns whether all checks passed.
fn crowded(arguments: &Arguments, connections: usize) -> Result<bool> {
    log();
    let begun = Instant::now();
    let report = crowd::run(crowd::Plan { connections, shard: arguments.shard, posts: arguments.posts })?;
    println!("{report}in {} s", begun.elapsed().as_secs());
    Ok(report.holds())
}

/// Runs many simulations, each in a process of its own, as many at once as there are processors. Returns whether all checks passed.
fn many(arguments: &Arguments) -> Result<bool> {
    let program = std::env::current_exe().context("This program cannot be found")?;
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from.saturating_add(arguments.seeds);
    let (done, begun) = (AtomicUsize::new(0), Instant::now());
    let failed: Mutex<Vec<(u64, String)>> = Mutex::default();
    let work = || -> Result<()> {
        loop {
            let has_failed = failed.lock().map_or(true, |failed| !failed.is_empty());
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end || (has_failed && !arguments.keep_going) {
                return Ok(());
            }
            let mut command = Command::new(&program);
            command.arg("--seed").arg(seed.to_string()).stdin(Stdio::null()).env_remove("RUST_LOG");
            if let Some(without) = arguments.without.and_then(|without| without.to_possible_value()) {
                command.arg("--without").arg(without.get_name());
            }
            let output = command.output().context("A simulation cannot be started")?;
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            if !output.status.success() {
                let output = [output.stdout, output.stderr].concat();
                let output = String::from_utf8_lossy(&output).into_owned();
                eprintln!("{output}");
                failed.lock().map_err(|_| anyhow::anyhow!("another thread has panicked"))?.push((seed, output));
            } else if count % 100 == 0 {
                eprintln!("{count} simulations after {} s", begun.elapsed().as_secs());
            }
        }
    };
    let at_once = arguments.at_once.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a worker panicked"))))
    })?;
    let failed = failed.into_inner().unwrap_or_default();
    let count = done.into_inner();
    println!("{count} simulations in {} s, {} failed", begun.elapsed().as_secs(), failed.len());
    if let Some((seed, _)) = failed.first() {
        println!("`cargo xtask sim --seed {seed}` repeats a failed one");
    }
    Ok(failed.is_empty())
}
