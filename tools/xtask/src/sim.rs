//! `cargo xtask sim`: worlds in virtual time in which everything goes wrong that can, built for speed.

use std::ffi::OsString;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// What `cargo xtask sim` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many worlds
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// Passed on: --from, --seed, --without, --keep-going; `-- --help` tells of them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds it and runs it.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut command = workspace.our_program("simulation", "simulation");
    command.args(["--seeds", &arguments.seeds.to_string()]).args(&arguments.rest);
    process::run(&mut command, "The promise does not hold in every world")
}
