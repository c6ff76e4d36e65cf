//! `cargo xtask fuzz`: a fuzzer looks for what breaks a parser of what comes from outside.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::progress::Steps;
use crate::setup::{self, Purpose};
use crate::workspace::Workspace;

/// Where cargo-fuzz finds the targets.
const FOLDER: &str = "infra/fuzz/targets";

/// Input of this length at most, in bytes: longer ones find nothing that shorter ones do not.
const LONGEST: usize = 4_096;

/// What `cargo xtask fuzz` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// So many seconds for each parser
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// These alone, by their names in infra/fuzz
    targets: Vec<String>,
}

/// Runs the fuzzer on each parser in turn. What it finds stays in `infra/fuzz/targets/artifacts`.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    if !["g++", "clang++"].iter().any(|compiler| process::succeeds(Command::new(compiler).arg("--version"))) {
        bail!("The fuzzer is partly C++: `apt-get install g++`, then try again");
    }
    let tools = setup::ensure(workspace, Purpose::Fuzz)?;
    let mut targets = Vec::new();
    for file in std::fs::read_dir(workspace.root().join(FOLDER).join("fuzz_targets"))? {
        targets.extend(file?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    if let Some(unknown) = arguments.targets.iter().find(|name| !targets.contains(name)) {
        bail!("There is no parser “{unknown}”; there are {}", targets.join(", "));
    }
    targets.retain(|name| arguments.targets.is_empty() || arguments.targets.contains(name));
    let mut steps = Steps::new(targets.len());
    for target in targets {
        steps.run(&target, || {
            let mut command = workspace.program(tools.cargo_fuzz());
            // Without a sanitizer it needs no nightly compiler: there is no unsafe code to watch.
            command.args(["fuzz", "run", "--fuzz-dir", FOLDER, "--sanitizer", "none", &target, "--"]);
            command.args([format!("-max_total_time={}", arguments.seconds), format!("-max_len={LONGEST}")]);
            process::run(&mut command, "Something breaks it: see infra/fuzz/targets/artifacts")
        })?;
    }
    Ok(())
}
