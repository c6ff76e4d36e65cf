//! `cargo xtask bench`: builds what is measured, then starts the package `bench`.

use std::ffi::OsString;

use anyhow::Result;

use crate::deploy;
use crate::pictures;
use crate::process;
use crate::serve;
use crate::setup::{self, Purpose};
use crate::site::{self, SiteBuild};
use crate::workspace::Workspace;

/// The arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(clap::Subcommand)]
enum Benchmark {
    /// The size of every file of the site, and of each page as the first one and as a later one
    Size,
    /// From a change to the last subscriber's receipt of it
    Fanout(ForwardedArguments),
    /// From navigation to the first live status, in a slowed browser on a slow network
    FirstLoad(ForwardedArguments),
    /// Thousands of digest requests: the reads of the database, and the delay that they cause for others
    Reads(ForwardedArguments),
    /// A room full of people who answer within one second
    Rooms(ForwardedArguments),
    /// Hundreds of guests who answer to an event within seconds: the time until the host sees it
    Meetups(ForwardedArguments),
    /// The delay that connections which do not read cause for others
    Stalled(ForwardedArguments),
    /// Ten thousand events with failures injected at every port: which recipients are notified, and how often
    Storm(ForwardedArguments),
    /// Thousands of pages and a server for ten minutes, while things are killed
    Soak(ForwardedArguments),
    /// One open page with many items that change all the time: long tasks, and memory
    Items(ForwardedArguments),
    /// The functions as Lambda starts them: their size, start, first event, and memory
    Functions,
    /// Lighthouse's scores of every page, and how long its tasks block
    Lighthouse(ForwardedArguments),
    /// The effort of people's tasks in a room: clicks, keys, and scrolling
    Tasks,
    /// Changes that the replica applies per second, natively and in WASM
    Replica(ForwardedArguments),
}

#[derive(clap::Args)]
struct ForwardedArguments {
    /// Passed on; `-- --help` lists the options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds what is measured and runs the benchmark.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    match &arguments.benchmark {
        Benchmark::Size => {
            let tools = setup::ensure(workspace, Purpose::Build)?;
            site::print_sizes(&site::build(workspace, &tools, SiteBuild::Release)?);
            Ok(())
        }
        Benchmark::Fanout(ForwardedArguments { rest }) => {
            serve::build_server(workspace)?;
            measure(workspace, "fanout", rest, |_| Ok(()))
        }
        Benchmark::Stalled(ForwardedArguments { rest }) => {
            serve::build_server(workspace)?;
            measure(workspace, "stalled", rest, |_| Ok(()))
        }
        Benchmark::Rooms(ForwardedArguments { rest }) => in_browser(workspace, "rooms", rest),
        Benchmark::Reads(ForwardedArguments { rest }) => {
            let mut command = workspace.cargo();
            command
                .args(["run", "--quiet", "--release", "--package", "system-bench", "--bin", "reads", "--"])
                .args(rest);
            process::run(&mut command, "More is read than should be")
        }
        Benchmark::Meetups(ForwardedArguments { rest }) => {
            serve::build_server(workspace)?;
            let mut command = workspace.our_program("system-bench", "meetups");
            command.args(rest).env("RALLY_LOCAL_BIN", workspace.target().join("release/rally-local"));
            process::run(&mut command, "An answer was late or was lost")
        }
        Benchmark::Storm(ForwardedArguments { rest }) => {
            process::run(workspace.our_program("system-bench", "storm").args(rest), "The storm is not over")
        }
        Benchmark::Soak(ForwardedArguments { rest }) => {
            serve::build_server(workspace)?;
            let mut command = workspace.our_program("system-bench", "soak");
            command.args(rest).env("RALLY_LOCAL_BIN", workspace.target().join("release/rally-local"));
            process::run(command.env("RALLY_SITE", workspace.dist()), "Something was lost")
        }
        Benchmark::Functions => {
            let tools = setup::ensure(workspace, Purpose::Cloud)?;
            deploy::build_functions(workspace, &tools, &deploy::PackageArguments { x86: true })?;
            let mut command = workspace.our_program("system-bench", "functions");
            process::run(command.arg(workspace.target().join("lambda")), "The functions cannot be measured")
        }
        Benchmark::Lighthouse(ForwardedArguments { rest }) => {
            let tools = setup::ensure(workspace, Purpose::Lighthouse)?;
            site::build(workspace, &tools, SiteBuild::Release)?;
            serve::build_server(workspace)?;
            measure(workspace, "lighthouse", rest, |command| {
                command.env("RALLY_SITE", workspace.dist()).env("LIGHTHOUSE", tools.lighthouse());
                command.envs(tools.chrome().map(|path| ("CHROME", path)));
                Ok(())
            })
        }
        Benchmark::Tasks => pictures::in_browser(workspace, SiteBuild::Release, "tasks", &[]),
        Benchmark::Items(ForwardedArguments { rest }) => in_browser(workspace, "items", rest),
        Benchmark::FirstLoad(ForwardedArguments { rest }) => in_browser(workspace, "first-load", rest),
        Benchmark::Replica(ForwardedArguments { rest }) => {
            let tools = setup::ensure(workspace, Purpose::Replica)?;
            measure(workspace, "replica", rest, |command| {
                command.env("PATH", tools.search_path()?);
                Ok(())
            })
        }
    }
}

/// The measurements that need the finished site in a browser.
fn in_browser(workspace: &Workspace, name: &str, rest: &[OsString]) -> Result<()> {
    let tools = setup::ensure(workspace, Purpose::Test)?;
    site::build(workspace, &tools, SiteBuild::Release)?;
    serve::build_server(workspace)?;
    measure(workspace, name, rest, |command| {
        command.env("RALLY_SITE", workspace.dist());
        command.envs(tools.chrome().map(|path| ("CHROME", path)));
        command.envs(tools.chromedriver().map(|path| ("CHROMEDRIVER", path)));
        Ok(())
    })
}

fn measure(
    workspace: &Workspace,
    name: &str,
    rest: &[OsString],
    prepare: impl FnOnce(&mut std::process::Command) -> Result<()>,
) -> Result<()> {
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--release", "--package", "bench", "--", name]).args(rest);
    command.env("RALLY_LOCAL_BIN", workspace.target().join("release/rally-local"));
    prepare(&mut command)?;
    process::run(&mut command, "The measurement failed")
}
