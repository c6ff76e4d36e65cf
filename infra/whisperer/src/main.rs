//! The whisperer: reads a sensor at a table-tennis table and reports to a server whether the table is free.
//!
//! It uses PingPongfy's contract, `PUT /v1/tables/{id}` with a key, and needs only the status of the response. [`sensor`] decides what
//! a level means and what is sent when; the other modules contain the sensors, the network and the log.
//!
//! - [`settings`]: the command line
//! - [`sources`]: the sensors
//! - [`watch`]: from the sensor to the server
//! - [`server`]: one request
//! - [`calibrate`]: finds thresholds
//! - [`log`]: the log for the journal
//!
//! Decisions do not belong here, and no output contains any part of the key.

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
