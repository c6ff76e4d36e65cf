//! The measurements of BENCHMARKS.md; `cargo xtask bench` builds what is measured and starts this program.
//!
//! Each measurement has a file; `server` starts the local server under measurement, `statistics` summarizes many runs.

#[cfg(not(target_family = "wasm"))]
mod fanout;
#[cfg(not(target_family = "wasm"))]
mod first_load;
#[cfg(not(target_family = "wasm"))]
mod items;
#[cfg(not(target_family = "wasm"))]
mod lighthouse;
#[cfg(not(target_family = "wasm"))]
mod replica;
#[cfg(not(target_family = "wasm"))]
mod rooms;
#[cfg(not(target_family = "wasm"))]
mod server;
#[cfg(not(target_family = "wasm"))]
mod stalled;
#[cfg(not(target_family = "wasm"))]
mod statistics;

/// Measure Rally.
#[cfg(not(target_family = "wasm"))]
#[derive(clap::Parser)]
#[command(name = "bench", disable_help_subcommand = true)]
enum Measurement {
    /// From a change to the last subscriber's receipt of it
    Fanout(fanout::Arguments),
    /// From navigation to the first live status, in a slowed browser on a slow network
    FirstLoad(first_load::Arguments),
    /// One open page with many items that change all the time
    Items(items::Arguments),
    /// Lighthouse's scores of every page, and how long its tasks block
    Lighthouse(lighthouse::Arguments),
    /// Changes that the replica applies per second, natively and in WASM
    Replica(replica::Arguments),
    /// A room full of people who answer within one second
    Rooms(rooms::Arguments),
    /// The delay that connections which do not read cause for others
    Stalled(stalled::Arguments),
}

#[cfg(not(target_family = "wasm"))]
fn main() -> anyhow::Result<()> {
    match <Measurement as clap::Parser>::parse() {
        Measurement::Fanout(arguments) => fanout::run(&arguments),
        Measurement::FirstLoad(arguments) => first_load::run(&arguments),
        Measurement::Items(arguments) => items::run(&arguments),
        Measurement::Lighthouse(arguments) => lighthouse::run(&arguments),
        Measurement::Replica(arguments) => replica::run(&arguments),
        Measurement::Rooms(arguments) => rooms::run(&arguments),
        Measurement::Stalled(arguments) => stalled::run(&arguments),
    }
}

/// For WASM only the library is measured.
#[cfg(target_family = "wasm")]
fn main() {}
