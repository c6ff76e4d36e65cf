//! `cargo xtask fuzz`: fuzzes the parsers of external input, and the API for responses that differ from its description.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::progress::Steps;
use crate::serve;
use crate::setup::{self, Purpose, Tools};
use crate::site::{self, SiteBuild};
use crate::workspace::Workspace;

/// The directory of the targets for cargo-fuzz.
const FOLDER: &str = "tools/fuzz/targets";

/// The maximum length of an input in bytes: longer ones find nothing more.
const LONGEST: usize = 4_096;

/// The arguments of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Seconds for each parser
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Requests for each operation of the API
    #[arg(long, default_value_t = 100)]
    examples: u32,
    /// Only these parsers, by their names in tools/fuzz; or `api`
    targets: Vec<String>,
}

/// The name that stands for the API, not a parser.
const API: &str = "api";

/// Runs the fuzzer on each parser in turn, and then on the API. Findings are stored in `tools/fuzz/targets/artifacts`.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut targets = Vec::new();
    for file in std::fs::read_dir(workspace.root().join(FOLDER).join("fuzz_targets"))? {
        targets.extend(file?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    targets.push(API.to_owned());
    if let Some(unknown) = arguments.targets.iter().find(|name| !targets.contains(name)) {
        bail!("There is nothing called “{unknown}”; there are {}", targets.join(", "));
    }
    targets.retain(|name| arguments.targets.is_empty() || arguments.targets.contains(name));
    let has_compiler = || {
        let answers = |compiler: &&str| process::succeeds(Command::new(compiler).arg("--version"));
        ["g++", "clang++"].iter().any(answers)
    };
    if targets.iter().any(|name| name != API) && !has_compiler() {
        bail!("The fuzzer is partly C++: `apt-get install g++`, then try again");
    }
    let tools = setup::ensure(workspace, Purpose::Fuzz)?;
    let mut steps = Steps::new(targets.len());
    for target in targets {
        steps.run(&target, || {
            if target == API {
                return ask(workspace, &tools, arguments.examples);
            }
            let mut command = workspace.program(tools.cargo_fuzz());
            // Without a sanitizer it needs no nightly compiler: there is no unsafe code to check.
            command.args(["fuzz", "run", "--fuzz-dir", FOLDER, "--sanitizer", "none", &target, "--"]);
            command.args([format!("-max_total_time={}", arguments.seconds), format!("-max_len={LONGEST}")]);
            process::run(&mut command, "Something breaks it: see tools/fuzz/targets/artifacts")
        })?;
    }
    Ok(())
}

/// Sends requests that are generated from the API's description to a server of its own.
fn ask(workspace: &Workspace, tools: &Tools, examples: u32) -> Result<()> {
    site::build(workspace, &setup::ensure(workspace, Purpose::Build)?, SiteBuild::Release)?;
    serve::build_server(workspace)?;
    let mut command = workspace.our_program("conformance", "schema");
    command.arg(tools.schemathesis()).args(["--examples", &examples.to_string()]);
    command.env("RALLY_LOCAL_BIN", workspace.target().join("release/rally-local")).env("RALLY_SITE", workspace.dist());
    process::run(&mut command, "An answer is not as described")
}
