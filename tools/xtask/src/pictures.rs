//! `cargo xtask pictures`: screenshots of every page in every state.

use std::ffi::OsString;

use anyhow::{Context, Result};

use crate::process;
use crate::serve;
use crate::setup::{self, Purpose};
use crate::site::{self, SiteBuild};
use crate::workspace::Workspace;

/// The arguments of `cargo xtask pictures`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build the site for debugging, which is faster
    #[arg(long)]
    dev: bool,
    /// Passed on: a part of the wanted names, --folder; `-- --help` lists the options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds everything, and takes the screenshots.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let site_build = if arguments.dev { SiteBuild::Dev } else { SiteBuild::Release };
    in_browser(workspace, site_build, "pictures", &arguments.rest)
}

/// Builds the site and the server, and runs a program of the package `system-bench` that uses them in a browser.
pub(crate) fn in_browser(workspace: &Workspace, site_build: SiteBuild, program: &str, rest: &[OsString]) -> Result<()> {
    let tools = setup::ensure(workspace, Purpose::Test)?;
    site::build(workspace, &tools, site_build)?;
    serve::build_server(workspace)?;
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--package", "system-bench", "--bin", program, "--"]).args(rest);
    command
        // The server would log each refusal that a picture shows.
        .env("RUST_LOG", "error")
        .env("RALLY_SITE", workspace.dist())
        .env("RALLY_LOCAL_BIN", workspace.target().join("release/rally-local"))
        .env("CHROME", tools.chrome().context("Chromium is missing")?)
        .env("CHROMEDRIVER", tools.chromedriver().context("ChromeDriver is missing")?);
    process::run(&mut command, &format!("“{program}” has failed"))
}
