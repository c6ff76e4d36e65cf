//! `cargo xtask`: all development commands of this repository in one program.
//!
//! Each command has a file; shared code is in the files at the end:
//!
//! | file | what it holds |
//! |---|---|
//! | `setup` | the tools, and how each is installed |
//! | `site` | the site from source to compressed files in `dist/` |
//! | `serve` | the local server, with or without the site |
//! | `device_key` | a key for a device, requested from a running server |
//! | `items` | items from a file |
//! | `check`, `tidy`, `test` | checks that must pass before a change is committed |
//! | `deploy` | the functions and the site on AWS |
//! | `parity` | the stack on another AWS emulator |
//! | `whisperer` | the sensor's program as one static file |
//! | `conformance` | checks of any server with Rally's protocol |
//! | `fuzz` | fuzzing of the parsers and the API |
//! | `sim` | the simulation |
//! | `bench` | measurements |
//! | `workspace`, `process`, `progress` | paths, child processes that end with xtask, and the progress output |

mod bench;
mod check;
mod conformance;
mod deploy;
mod device_key;
mod fuzz;
mod items;
mod parity;
mod pictures;
mod process;
mod progress;
mod serve;
mod setup;
mod sim;
mod site;
mod test;
mod tidy;
mod whisperer;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Build, run and check Rally.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install the tools that building and testing need
    Setup(setup::Arguments),
    /// Build everything, start the local server and open the site
    Serve(serve::ServeArguments),
    /// Build and start the local server without the site, beside `trunk serve`
    Local(serve::LocalArguments),
    /// Build the site into dist/, compressed and ready to serve
    BuildSite(site::Arguments),
    /// Make a key that lets a device report its tables
    DeviceKey(device_key::Arguments),
    /// Write items from a file
    Items(items::Arguments),
    /// Build the functions and the site for AWS
    Package(deploy::PackageArguments),
    /// Build and deploy everything to an AWS account
    Deploy(deploy::DeployArguments),
    /// Remove a deployment
    Destroy(deploy::DestroyArguments),
    /// Deploy everything to an AWS emulator on this machine, and run the tests against it
    Parity(parity::Arguments),
    /// Build the sensor's program as one static file
    Whisperer(whisperer::Arguments),
    /// Take screenshots of every page in every state
    Pictures(pictures::Arguments),
    /// Check the code without running it: format, lints, docs, tidy; with --fast only format, tidy and the unit tests
    Check(check::Arguments),
    /// Check only the rules of this repository that no lint covers
    Tidy,
    /// Run every check and every test
    Test(test::Arguments),
    /// Check whether the server at an address conforms to Rally's protocol
    Conformance(conformance::Arguments),
    /// Fuzz the parsers of external input, and the API
    Fuzz(fuzz::Arguments),
    /// Run simulations with faults, in virtual time
    Sim(sim::Arguments),
    /// Measure: size, fanout, first-load, functions, items, lighthouse, reads, replica, rooms, soak, stalled, storm, tasks
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    process::end_children_with_us()?;
    let workspace = Workspace::find()?;
    match command {
        Command::Setup(arguments) => setup::run(&workspace, &arguments),
        Command::Serve(arguments) => return serve::serve(&workspace, &arguments),
        Command::Local(arguments) => return serve::local(&workspace, &arguments),
        Command::BuildSite(arguments) => site::run(&workspace, &arguments),
        Command::DeviceKey(arguments) => device_key::run(&arguments),
        Command::Items(arguments) => items::run(&arguments),
        Command::Pictures(arguments) => pictures::run(&workspace, &arguments),
        Command::Check(arguments) => check::run(&workspace, &arguments),
        Command::Tidy => tidy::run(&workspace),
        Command::Package(arguments) => deploy::package(&workspace, &arguments),
        Command::Deploy(arguments) => deploy::deploy(&workspace, &arguments),
        Command::Destroy(arguments) => deploy::destroy(&workspace, &arguments),
        Command::Parity(arguments) => return parity::run(&workspace, &arguments),
        Command::Whisperer(arguments) => whisperer::run(&workspace, &arguments),
        Command::Test(arguments) => return test::run(&workspace, &arguments),
        Command::Conformance(arguments) => conformance::run(&workspace, &arguments),
        Command::Fuzz(arguments) => fuzz::run(&workspace, &arguments),
        Command::Sim(arguments) => sim::run(&workspace, &arguments),
        Command::Bench(arguments) => bench::run(&workspace, &arguments),
    }?;
    Ok(ExitCode::SUCCESS)
}
