//! The whisperer: watches a sensor at a table-tennis table and tells a server whether the table is free.
//!
//! It speaks PingPongfy's contract, `PUT /v1/tables/{id}` with a key, and expects nothing of the server but a status. What
//! a level means and what is sent when is decided in [`sensor`]; here are the sensors, the network and the log.
//!
//! - [`settings`]: the command line
//! - [`sources`]: the sensors
//! - [`watch`]: from the sensor to the server
//! - [`server`]: one request
//! - [`calibrate`]: finds thresholds
//! - [`log`]: what the journal is told
//!
//! Never here: a rule, or a word of the key in any output.

mod calibrate;
mod log;
mod sensor;
mod server;
mod settings;
mod sources;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use settings::{Command, CommandLine};

fn main() -> ExitCode {
    let line = CommandLine::parse();
    // One thread is enough: sensors that block have their own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match (runtime, line.command) {
        (Err(error), _) => Err(format!("The system gives no timer and no network: {error}.")),
        (Ok(runtime), Command::Run(run)) => runtime.block_on(watch::run(run)),
        (Ok(runtime), Command::Calibrate(calibration)) => runtime.block_on(calibrate::run(calibration)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            log::error(&message);
            ExitCode::FAILURE
        }
    }
}
