//! The delay that connections which do not read cause for others: clients whose programs hang, or whose network is gone without a
//! close. The changes are large, so that the data queued for them soon exceeds the system's buffers.

use anyhow::Result;
use serde_json::json;

use crate::fanout::{Subscribers, raise_file_limit};
use crate::server::{self, Server};
use crate::statistics::{Sample, milliseconds};

/// What `bench stalled` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Connections that read
    #[arg(long, default_value_t = 100)]
    readers: usize,
    /// Connections that do not
    #[arg(long, default_value_t = 50)]
    stalled: usize,
    /// Changes
    #[arg(long, default_value_t = 200)]
    rounds: usize,
    /// The length of a change, in bytes
    #[arg(long, default_value_t = 50_000)]
    length: usize,
}

const ITEM: &str = "load";

/// Warm-up rounds that do not count.
const WARM_UP: usize = 10;

/// Measures a server without stalled connections and one with them, and prints both.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    raise_file_limit(arguments.readers + arguments.stalled)?;
    println!("{} readers, changes of {} bytes", arguments.readers, arguments.length);
    println!("    stalled     median        p95        max    lost  server memory");
    for stalled in [0, arguments.stalled] {
        let server = Server::start(None)?;
        let topic = format!("item/{ITEM}");
        // They have their first snapshot, and do not read from then on.
        let hanging = Subscribers::open(server.address(), stalled, &topic)?;
        let mut readers = Subscribers::open(server.address(), arguments.readers, &topic)?;
        let (mut times, mut lost, mut memory) = (Vec::new(), 0, 0);
        for round in 0..WARM_UP + arguments.rounds {
            let address = format!("http://{}/v1/items/{ITEM}", server.address());
            let body = json!({"value": {"round": round, "text": "x".repeat(arguments.length)}});
            let wanted = format!("\"round\":{round},");
            let change = move || server::revision(minreq::put(address), &body);
            let outcome = readers.round(&wanted, change)?;
            memory = memory.max(server.memory().unwrap_or_default());
            if round >= WARM_UP {
                times.push(outcome.took);
                lost += outcome.lost;
            }
        }
        drop(hanging);
        let times = Sample::of(times);
        println!(
            "{stalled:>11} {:>10} {:>10} {:>10} {lost:>7}  {} MB at most",
            milliseconds(times.median()),
            milliseconds(times.percentile(95)),
            milliseconds(times.longest()),
            memory / 1_000_000,
        );
    }
    Ok(())
}
