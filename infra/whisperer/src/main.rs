//! The whisperer: reads a sensor at a table-tennis table and reports to a server whether the table is free.
//!
//! It uses PingPongfy's contract, `PUT /v1/tables/{id}` with a key, and needs only the status of the response. [`sensor`] decides what
//! a level means and what is sent when; the other modules contain the sensors, the network and the log.
//!
//! - [`settings`]: the command line
//! - [`sources`]: the sensors
//! - [`report`]: from the sensor to the server
//! - [`server`]: one request
//! - [`calibrate`]: finds thresholds
//! - [`log`]: the log for the journal
//!
//! Decisions do not belong here, and no output contains any part of the key.

mod calibrate;
mod log;
mod report;
mod sensor;
mod server;
mod settings;
mod sources;

use std::process::ExitCode;

use clap::Parser;

use settings::{Command, CommandLine};

fn main() -> ExitCode {
    let line = CommandLine::parse();
    // One thread is enough: sensors that block have their own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match (runtime, line.command) {
        (Err(error), _) => Err(format!("The runtime cannot start: {error}.")),
        (Ok(runtime), Command::Run(run)) => runtime.block_on(report::run(run)),
        (Ok(runtime), Command::Calibrate(calibration)) => runtime.block_on(calibrate::run(calibration)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            log::error(&message);
            ExitCode::FAILURE
        }
    }
}
