//! `cargo xtask`: everything that is done to this repository, as one program.
//!
//! Each command has a file; what they share is below it:
//!
//! | file | what it holds |
//! |---|---|
//! | `setup` | the tools, and how each is installed |
//! | `site` | the site from source to compressed files in `dist/` |
//! | `serve` | the local server with the site, or alone |
//! | `device_key` | a key for a device, asked of a running server |
//! | `items` | items from a file |
//! | `check`, `tidy`, `test` | what must be true before a change goes in |
//! | `cloud` | the functions and the site, as they go to AWS |
//! | `parity` | the stack on an AWS of somebody else's making |
//! | `whisperer` | the sensor's program as one static file |
//! | `conformance` | what any server of ours must do |
//! | `fuzz` | what breaks a parser |
//! | `sim` | the simulation |
//! | `bench` | measuring |
//! | `workspace`, `process`, `progress` | where things are, children that never outlive us, and what is shown meanwhile |

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
    /// Build and start the local server alone, beside `trunk serve`
    Local(serve::LocalArguments),
    /// Build the site into dist/, compressed and ready to serve
    BuildSite(site::Arguments),
    /// Make a key that lets a device report its tables
    DeviceKey(device_key::Arguments),
    /// Write items from a file
    Items(items::Arguments),
    /// Build what goes to AWS: the functions and the site
    Package(deploy::PackageArguments),
    /// Build and deploy everything to an account of AWS
    Deploy(deploy::DeployArguments),
    /// Take a deployment away
    Destroy(deploy::DestroyArguments),
    /// Deploy everything to an AWS on this machine that others have written, and test that
    Parity(parity::Arguments),
    /// Build the sensor's program as one static file
    Whisperer(whisperer::Arguments),
    /// Take pictures of every page in every state
    Pictures(pictures::Arguments),
    /// Look at the code without running it: format, lints, docs, tidy; with --fast only format, tidy and the unit tests
    Check(check::Arguments),
    /// Only the rules of this repository that no lint knows
    Tidy,
    /// Run every check and every test
    Test(test::Arguments),
    /// Check whether the server at an address speaks as Rally does
    Conformance(conformance::Arguments),
    /// Have a fuzzer look for what breaks a parser of what comes from outside
    Fuzz(fuzz::Arguments),
    /// Live through worlds in which everything goes wrong, in virtual time
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
