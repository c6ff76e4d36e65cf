//! `cargo xtask conformance`: whether the server at an address conforms to Rally's protocol, only over HTTP and WebSocket.

use std::ffi::OsString;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// The arguments of `cargo xtask conformance`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The server's address and credentials: `-- --help` lists the options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds it and runs it.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--package", "conformance", "--bin", "conformance", "--"]).args(&arguments.rest);
    process::run(&mut command, "The server does not conform")
}
