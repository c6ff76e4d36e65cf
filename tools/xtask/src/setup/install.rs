//! How each kind of tool is installed: in a folder beside its final place, then moved there when it is complete, so that an incomplete
//! one is never found.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::on_path;
use super::tools::{Tools, WASM_TARGET};
use crate::process;
use crate::progress::Ticker;
use crate::workspace::Workspace;

/// The standard library for the browser's target, through rustup.
pub(super) fn wasm_target(workspace: &Workspace, tools: &Tools, ticker: &mut Ticker) -> Result<()> {
    let advice = format!(
        "Rust's standard library for {WASM_TARGET} is missing: \
         run `rustup target add {WASM_TARGET}`, with Rust from https://rustup.rs and a network"
    );
    if on_path(&["rustup"]).is_none() {
        bail!(advice);
    }
    let mut command = workspace.program("rustup");
    command.args(["target", "add", WASM_TARGET]);
    process::run_logged(&mut command, &log(tools, "rustup"), ticker).context(advice)
}

/// A program from source, with the versions of its own lock file.
pub(super) fn with_cargo(
    package: &str,
    version: &str,
    target: &Path,
    workspace: &Workspace,
    tools: &Tools,
    ticker: &mut Ticker,
) -> Result<()> {
    let half = beside(target)?;
    let mut command = workspace.cargo();
    command
        // Outside the checkout, whose .cargo/config.toml is not meant for other programs.
        .current_dir(tools.folder())
        .args(["install", "--locked", "--version", version, "--root"])
        .args([&half, Path::new(package)])
        // These tools run for seconds: full optimization takes minutes longer and saves less.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    process::run_logged(&mut command, &log(tools, package), ticker)
        .with_context(|| format!("{package} {version} cannot be installed"))?;
    put_in_place(&half, target)
}

/// An npm package, in a folder of its own.
pub(super) fn with_npm(
    package: &str,
    version: &str,
    target: &Path,
    workspace: &Workspace,
    tools: &Tools,
    ticker: &mut Ticker,
) -> Result<()> {
    if on_path(&["npm"]).is_none() {
        with_apt(&["npm"], workspace, tools, ticker)
            .context("npm is missing: install Node.js from https://nodejs.org or your system's packages")?;
    }
    let half = beside(target)?;
    let mut command = workspace.program("npm");
    command
        .current_dir(tools.folder())
        .args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(&half)
        .arg(format!("{package}@{version}"));
    process::run_logged(&mut command, &log(tools, package), ticker)
        .with_context(|| format!("{package} {version} cannot be installed"))?;
    put_in_place(&half, target)
}

/// Python packages, in a virtual environment of their own. It is created in its final place: its programs contain the path.
pub(super) fn with_pip(
    packages: &[String],
    target: &Path,
    workspace: &Workspace,
    tools: &Tools,
    ticker: &mut Ticker,
) -> Result<()> {
    let make = |ticker: &mut Ticker| {
        let mut command = workspace.program("python3");
        command.args(["-m", "venv", "--clear"]).arg(target);
        process::run_logged(&mut command, &log(tools, "python"), ticker)
    };
    if make(ticker).is_err() {
        with_apt(&["python3-venv"], workspace, tools, ticker)
            .context("Python's virtual environments are missing: install python3 and python3-venv")?;
        make(ticker)?;
    }
    let mut command = workspace.program(target.join("bin/python"));
    command
        .current_dir(tools.folder())
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages);
    let name = packages.first().map_or("pip", String::as_str);
    process::run_logged(&mut command, &log(tools, name), ticker).with_context(|| {
        // An incomplete one would count as complete.
        let _ = fs::remove_dir_all(target);
        format!("{} cannot be installed", packages.join(", "))
    })
}

/// The browser and its driver, as the system packages them: with the same version and the required libraries.
pub(super) fn browser(workspace: &Workspace, tools: &Tools, ticker: &mut Ticker) -> Result<()> {
    with_apt(&["chromium", "chromium-driver"], workspace, tools, ticker).context(
        "Chromium and ChromeDriver are missing: install both, \
         or set CHROME and CHROMEDRIVER to where they are",
    )
}

/// The broker, as the system packages it.
pub(super) fn mosquitto(workspace: &Workspace, tools: &Tools, ticker: &mut Ticker) -> Result<()> {
    with_apt(&["mosquitto"], workspace, tools, ticker)
        .context("Mosquitto is missing: install it, or set MOSQUITTO to where it is")
}

/// Packages of Debian and its derivatives, if they can be installed without a password.
fn with_apt(packages: &[&str], workspace: &Workspace, tools: &Tools, ticker: &mut Ticker) -> Result<()> {
    let Some(apt) = on_path(&["apt-get"]) else { bail!("apt-get is not here") };
    let as_root = || {
        let mut command;
        if rustix::process::geteuid().is_root() {
            command = workspace.program(&apt);
        } else {
            // Never prompts for a password: a prompt in the middle of a build is missed.
            command = workspace.program("sudo");
            command.arg("-n").arg(&apt);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    if !rustix::process::geteuid().is_root() && !process::succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!("installing needs root: run `sudo apt-get install {}`", packages.join(" "));
    }
    let install = |ticker: &mut Ticker| {
        let mut command = as_root();
        command.args(["install", "--yes", "--no-install-recommends"]).args(packages);
        process::run_logged(&mut command, &log(tools, packages[0]), ticker)
    };
    // The package lists may be old or empty: an update takes time, so it runs only if it is needed.
    if process::succeeds(as_root().args(["install", "--dry-run", "--no-install-recommends"]).args(packages)) {
        return install(ticker);
    }
    process::run_logged(as_root().arg("update"), &log(tools, "apt-update"), ticker)?;
    install(ticker)
}

/// An empty folder beside a tool's final place; the remains of an interrupted installation there are deleted.
fn beside(target: &Path) -> Result<PathBuf> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let half = target.with_file_name(format!(".{name}.half"));
    if half.exists() {
        fs::remove_dir_all(&half).with_context(|| format!("{} cannot be removed", half.display()))?;
    }
    fs::create_dir_all(&half).with_context(|| format!("{} cannot be made", half.display()))?;
    Ok(half)
}

fn put_in_place(half: &Path, target: &Path) -> Result<()> {
    if target.exists() {
        fs::remove_dir_all(target).with_context(|| format!("{} cannot be replaced", target.display()))?;
    }
    fs::rename(half, target).with_context(|| format!("{} cannot be moved to its place", target.display()))
}

fn log(tools: &Tools, name: &str) -> PathBuf {
    tools.folder().join("logs").join(format!("{name}.log"))
}
