//! `cargo xtask pictures`: every page in every state, as files to look at.

use std::ffi::OsString;

use anyhow::{Context, Result};

use crate::process;
use crate::serve;
use crate::setup::{self, Purpose};
use crate::site::{self, Flavour};
use crate::workspace::Workspace;

/// What `cargo xtask pictures` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build the site for debugging, which is quicker
    #[arg(long)]
    dev: bool,
    /// Passed on: a word of the names of those wanted, --folder; `-- --help` tells of them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds everything, and has the pictures taken.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let flavour = if arguments.dev { Flavour::Dev } else { Flavour::Release };
    in_browser(workspace, flavour, "pictures", &arguments.rest)
}

/// Builds the site and the server, and runs a program of the package `system-bench` that uses them in a browser.
pub(crate) fn in_browser(workspace: &Workspace, flavour: Flavour, program: &str, rest: &[OsString]) -> Result<()> {
    let tools = setup::ensure(workspace, Purpose::Test)?;
    site::build(workspace, &tools, flavour)?;
    serve::build_server(workspace)?;
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--package", "system-bench", "--bin", program, "--"]).args(rest);
    command
        // The server tells of each refusal that is seen.
        .env("RUST_LOG", "error")
        .env("RALLY_SITE", workspace.dist())
        .env("RALLY_LOCAL_BIN", workspace.target().join("release/rally-local"))
        .env("CHROME", tools.chrome().context("Chromium is missing")?)
        .env("CHROMEDRIVER", tools.chromedriver().context("ChromeDriver is missing")?);
    process::run(&mut command, &format!("“{program}” has failed"))
}
