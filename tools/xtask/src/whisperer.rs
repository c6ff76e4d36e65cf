//! `cargo xtask whisperer`: the sensor's program as one static file, for this machine's architecture or another.

use std::env::consts::ARCH;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::thousands;
use crate::workspace::Workspace;

/// The arguments of `cargo xtask whisperer`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Target: aarch64-unknown-linux-musl for a Raspberry Pi; this machine's architecture by default
    #[arg(long)]
    target: Option<String>,
}

/// Builds it, and prints its path.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let own = format!("{ARCH}-unknown-linux-musl");
    let target = arguments.target.clone().unwrap_or_else(|| own.clone());
    if !target.ends_with("-linux-musl") && !target.ends_with("-linux-musleabihf") {
        bail!("{target} makes no static program: choose a target that ends in -linux-musl");
    }
    let mut rustup = Command::new("rustup");
    process::run(
        rustup.args(["target", "add", &target]),
        "The target's standard library cannot be had: is rustup installed, and the network there?",
    )?;
    let mut command = workspace.cargo();
    if target == own {
        let has_compiler = process::succeeds(Command::new("musl-gcc").arg("--version"));
        if !has_compiler {
            bail!("musl-gcc is missing: `apt-get install musl-tools`, then try again");
        }
        command.arg("build").env(format!("CC_{}", target.replace('-', "_")), "musl-gcc");
    } else {
        if !process::succeeds(Command::new("cargo-zigbuild").arg("--version")) {
            bail!("To build for {target} from {ARCH}, `pip install cargo-zigbuild ziglang` first, then try again");
        }
        command.arg("zigbuild");
    }
    command.args(["--package", "whisperer", "--profile", "whisperer", "--target", &target]);
    process::run(&mut command, "The whisperer cannot be built")?;
    let program = workspace.target().join(&target).join("whisperer/rally-whisperer");
    let size = fs::metadata(&program).with_context(|| format!("{} is not there", program.display()))?.len();
    println!("{}: {} bytes.", program.display(), thousands(size));
    Ok(())
}
