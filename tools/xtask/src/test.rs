//! `cargo xtask test`: every check and every test. The test runner comes last, so that its summary is the end of the output.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::check;
use crate::process::{self, Group};
use crate::progress::Steps;
use crate::serve;
use crate::setup::{self, Purpose};
use crate::site::{self, SiteBuild, budget};
use crate::workspace::Workspace;

/// The arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave out the tests that drive a browser
    #[arg(long)]
    no_browser: bool,
    /// Also test `trunk serve` as the README describes it; installs trunk
    #[arg(long, conflicts_with = "no_browser")]
    dev: bool,
}

/// The tests that need trunk.
const DEV_LOOP: &str = "dev_loop::";

/// The package and the names of the tests that need a browser.
const JOURNEYS: &str = "journeys";
const WITHOUT_BROWSER: &str = "not (package(journeys) and test(/^site/))";

/// Runs every check and every test; the test runner's exit code is ours, and nothing is printed after it.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let purpose = if arguments.no_browser { Purpose::Check } else { Purpose::Test };
    let tools = setup::ensure(workspace, purpose)?;
    if arguments.dev {
        setup::ensure(workspace, Purpose::Dev)?;
    }
    let mut steps = Steps::new(check::STEPS + if arguments.dev { 5 } else { 4 });
    check::steps(workspace, &tools, &mut steps)?;
    steps.run("The site and its size", || {
        let built = site::build(workspace, &tools, SiteBuild::Release)?;
        budget::hold(&built)
    })?;
    if arguments.dev {
        // The test's programs compile by themselves, but this would take minutes without output.
        steps.run("The local server and the site for working on it", || {
            serve::build_server(workspace)?;
            site::compile(workspace, SiteBuild::Dev).map(|_| ())
        })?;
    }
    // Everything at once: for a single package the same crates would be compiled again, with fewer features.
    steps.run("The local server and the tests", || {
        let mut command = workspace.cargo();
        command.args(["build", "--workspace", "--all-targets"]).args(check::ALL);
        process::run(&mut command, "The tests cannot be built")
    })?;
    steps.run("Examples in the documentation", || {
        let mut command = workspace.cargo();
        command.args(["test", "--quiet", "--doc", "--workspace"]).args(check::ALL);
        process::run(&mut command, "An example in the documentation fails")
    })?;
    steps.announce("Tests");
    let mut command = workspace.cargo();
    let nextest = process::succeeds(workspace.cargo().args(["nextest", "--version"]));
    if nextest {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        if arguments.dev {
            command.arg("--ignore-default-filter");
        }
    } else {
        command.args(["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
    }
    command.args(check::ALL);
    if !arguments.no_browser {
        command
            .env("CHROME", tools.chrome().context("Chromium is missing")?)
            .env("CHROMEDRIVER", tools.chromedriver().context("ChromeDriver is missing")?)
            .env("MOSQUITTO", tools.mosquitto().context("Mosquitto is missing")?)
            .env("RALLY_AXE", tools.axe());
    } else if nextest {
        command.args(["-E", WITHOUT_BROWSER]);
    } else {
        // Cargo's own runner cannot leave out the tests of one package by name.
        command.args(["--exclude", JOURNEYS]);
    }
    if !nextest && !arguments.dev {
        // The tests that .config/nextest.toml leaves out.
        command.args(["--", "--skip", DEV_LOOP]);
    }
    if arguments.dev {
        command.env("PATH", tools.search_path()?);
    }
    command.env("RALLY_SITE", workspace.dist()).env("RALLY_WSCAT", tools.wscat());
    command.env("RALLY_SCHEMATHESIS", tools.schemathesis()).env("RALLY_ICALENDAR", tools.icalendar());
    for (name, program) in [("RALLY_LOCAL_BIN", "rally-local"), ("RALLY_WHISPERER_BIN", "rally-whisperer")] {
        command.env(name, workspace.target().join("debug").join(program));
    }
    let status = Group::start(&mut command)?.wait()?;
    Ok(ExitCode::from(process::exit_code(status)))
}
