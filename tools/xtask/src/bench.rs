//! `cargo xtask bench`: builds what is measured, then starts the package `bench`.

use std::ffi::OsString;

use anyhow::Result;

use crate::deploy;
use crate::pictures;
use crate::process;
use crate::serve;
use crate::setup::{self, Purpose};
use crate::site::{self, Flavour};
use crate::workspace::Workspace;

/// The arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The size of every file of the site, and of each page as the first one and as a later one
    Size,
    /// From a change to the last subscriber's receipt of it
    Fanout(Rest),
    /// From navigation to the first live status, in a slowed browser on a slow network
    FirstLoad(Rest),
    /// Thousands of digest requests: the reads of the database, and the delay that they cause for others
    Reads(Rest),
    /// A room full of people who answer within one second
    Rooms(Rest),
    /// The delay that connections which do not read cause for others
    Stalled(Rest),
    /// Ten thousand events with failures injected at every port: which recipients are notified, and how often
    Storm(Rest),
    /// Thousands of pages and a server for ten minutes, while things are killed
    Soak(Rest),
    /// One open page with many items that change all the time: long tasks, and memory
    Items(Rest),
    /// The functions as Lambda starts them: their size, start, first event, and memory
    Functions,
    /// Lighthouse's scores of every page, and how long its tasks block
    Lighthouse(Rest),
    /// The effort of people's tasks in a room: clicks, keys, and scrolling
    Tasks,
    /// Changes that the replica applies per second, natively and in WASM
    Replica(Rest),
}

#[derive(clap::Args)]
struct Rest {
    /// Passed on; `-- --help` lists the options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds what is measured and measures it.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    match &arguments.what {
        What::Size => {
            let tools = setup::ensure(workspace, Purpose::Build)?;
            site::print_sizes(&site::build(workspace, &tools, Flavour::Release)?);
            Ok(())
        }
        What::Fanout(Rest { rest }) => {
            serve::build_server(workspace)?;
            measure(workspace, "fanout", rest, |_| Ok(()))
        }
        What::Stalled(Rest { rest }) => {
            serve::build_server(workspace)?;
            measure(workspace, "stalled", rest, |_| Ok(()))
        }
        What::Rooms(Rest { rest }) => in_browser(workspace, "rooms", rest),
        What::Reads(Rest { rest }) => {
            let mut command = workspace.cargo();
            command
                .args(["run", "--quiet", "--release", "--package", "system-bench", "--bin", "reads", "--"])
                .args(rest);
            process::run(&mut command, "More is read than should be")
        }
        What::Storm(Rest { rest }) => {
            process::run(workspace.our_program("system-bench", "storm").args(rest), "The storm is not over")
        }
        What::Soak(Rest { rest }) => {
            serve::build_server(workspace)?;
            let mut command = workspace.our_program("system-bench", "soak");
            command.args(rest).env("RALLY_LOCAL_BIN", workspace.target().join("release/rally-local"));
            process::run(command.env("RALLY_SITE", workspace.dist()), "Something was lost")
        }
        What::Functions => {
            let tools = setup::ensure(workspace, Purpose::Cloud)?;
            deploy::build_functions(workspace, &tools, &deploy::PackageArguments { x86: true })?;
            let mut command = workspace.our_program("system-bench", "functions");
            process::run(command.arg(workspace.target().join("lambda")), "The functions cannot be measured")
        }
        What::Lighthouse(Rest { rest }) => {
            let tools = setup::ensure(workspace, Purpose::Lighthouse)?;
            site::build(workspace, &tools, Flavour::Release)?;
            serve::build_server(workspace)?;
            measure(workspace, "lighthouse", rest, |command| {
                command.env("RALLY_SITE", workspace.dist()).env("LIGHTHOUSE", tools.lighthouse());
                command.envs(tools.chrome().map(|path| ("CHROME", path)));
                Ok(())
            })
        }
        What::Tasks => pictures::in_browser(workspace, Flavour::Release, "tasks", &[]),
        What::Items(Rest { rest }) => in_browser(workspace, "items", rest),
        What::FirstLoad(Rest { rest }) => in_browser(workspace, "first-load", rest),
        What::Replica(Rest { rest }) => {
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
    site::build(workspace, &tools, Flavour::Release)?;
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
