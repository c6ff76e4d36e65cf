//! `cargo xtask check`: checks that run none of our code. Format, lints for this machine and for the browser, documentation, tidy, and
//! the template of the stack. With `--fast`: format, tidy, and every unit test.

use anyhow::Result;

use crate::process;
use crate::progress::Steps;
use crate::setup::{self, Purpose, Tools};
use crate::tidy;
use crate::workspace::Workspace;

/// The number of steps in `steps`.
pub(crate) const STEPS: usize = 6;

/// Features of every command that compiles the workspace: crates are compiled again for each set of features.
pub(crate) const ALL: [&str; 2] = ["--features", "backend/lambda"];

/// The packages that are compiled for the browser.
const BROWSER: [&str; 10] = [
    "--package",
    "rally",
    "--package",
    "domain",
    "--package",
    "protocol",
    "--package",
    "live-client",
    "--target",
    "wasm32-unknown-unknown",
];

/// The arguments of `cargo xtask check`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only format, tidy and the unit tests: within a minute if everything is compiled
    #[arg(long)]
    fast: bool,
}

/// Runs every check, or the fast ones.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    if arguments.fast {
        let mut steps = Steps::new(3);
        text(workspace, &mut steps)?;
        return steps.run("Unit tests", || unit_tests(workspace));
    }
    let tools = setup::ensure(workspace, Purpose::Check)?;
    steps(workspace, &tools, &mut Steps::new(STEPS))
}

/// The checks, the fast ones first.
pub(crate) fn steps(workspace: &Workspace, tools: &Tools, steps: &mut Steps) -> Result<()> {
    text(workspace, steps)?;
    steps.run("Template", || {
        let python = || {
            let mut command = workspace.program(tools.python());
            // The translator needs a region, but sends no request.
            command.env("AWS_DEFAULT_REGION", "us-east-1");
            command
        };
        // Not through its script, which contains the path of the folder where it was created.
        let lint = "import sys; from cfnlint.runner import main; sys.exit(main())";
        process::run(python().args(["-c", lint, "infra/template.yaml"]), "cfn-lint finds faults in the template")?;
        process::run(python().arg("infra/template/check.py"), "The template breaks a rule")
    })?;
    steps.run("Lints", || {
        let mut command = workspace.cargo();
        command.args(["clippy", "--workspace", "--all-targets"]).args(ALL).args(["--", "-D", "warnings"]);
        process::run(&mut command, "Clippy finds faults")
    })?;
    steps.run("Lints for the browser", || {
        let mut command = workspace.cargo();
        command.arg("clippy").args(BROWSER).args(["--", "-D", "warnings"]);
        process::run(&mut command, "Clippy finds faults in what is compiled for the browser")
    })?;
    steps.run("Documentation", || {
        let mut command = workspace.cargo();
        command
            .args(["doc", "--quiet", "--no-deps", "--document-private-items", "--workspace"])
            .args(ALL)
            .env("RUSTDOCFLAGS", "-Dwarnings");
        process::run(&mut command, "The documentation has faults")
    })
}

/// The checks that need no compiler.
fn text(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    steps.run("Format", || {
        process::run(workspace.cargo().args(["fmt", "--all", "--check"]), "`cargo fmt` would change these lines")
    })?;
    steps.run("Tidy", || tidy::run(workspace))
}

/// The tests inside the crates: they start no server and no browser.
fn unit_tests(workspace: &Workspace) -> Result<()> {
    let runner: &[&str] = match process::succeeds(workspace.cargo().args(["nextest", "--version"])) {
        true => &["nextest", "run", "--status-level", "fail"],
        false => &["test", "--quiet"],
    };
    let mut command = workspace.cargo();
    command.args(runner).args(["--workspace", "--lib", "--bins"]).args(ALL);
    process::run(&mut command, "A unit test fails")
}
