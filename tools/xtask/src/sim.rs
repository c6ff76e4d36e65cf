//! `cargo xtask sim`: simulations with faults in virtual time, built with optimization.

use std::ffi::OsString;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// The arguments of `cargo xtask sim`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Number of simulations
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// Passed on: --from, --seed, --without, --keep-going; `-- --help` lists the options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds it and runs it.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut command = workspace.our_program("simulation", "simulation");
    command.args(["--seeds", &arguments.seeds.to_string()]).args(&arguments.rest);
    process::run(&mut command, "The promise does not hold in every world")
}
