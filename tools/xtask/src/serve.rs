//! `cargo xtask serve` and `cargo xtask local`: the local server with the finished site, or without it beside `trunk serve`.

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{self, Group};
use crate::progress::Steps;
use crate::setup::{self, Purpose};
use crate::site::{self, SiteBuild};
use crate::workspace::Workspace;

/// The line that the server prints when it is ready.
const READY: &str = "Rally is at ";

/// The arguments of `cargo xtask serve`.
#[derive(clap::Args)]
pub(crate) struct ServeArguments {
    /// Address to listen at
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// Address of the local AWS for tools such as the AWS CLI
    #[arg(long, default_value = "127.0.0.1:8000")]
    aws_address: SocketAddr,
    /// Show sample tables that change by themselves; the default if there is no database yet
    #[arg(long, conflicts_with = "no_demo")]
    demo: bool,
    /// Show no sample tables
    #[arg(long)]
    no_demo: bool,
    /// Keep everything in memory and delete it at the end
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// Directory of the database [default: .rally]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Give clients on this machine no admin rights: for a server behind a proxy or a tunnel
    #[arg(long)]
    no_local_admin: bool,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
}

/// The arguments of `cargo xtask local`.
#[derive(clap::Args)]
pub(crate) struct LocalArguments {
    /// Passed on to the server; `-- --help` lists the options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds what has changed, starts the server and waits for it; returns its exit code.
pub(crate) fn serve(workspace: &Workspace, arguments: &ServeArguments) -> Result<ExitCode> {
    refuse_taken_ports(arguments)?;
    let tools = setup::ensure(workspace, Purpose::Build)?;
    let mut steps = Steps::new(3);
    steps.run("The site", || site::build(workspace, &tools, SiteBuild::Release))?;
    steps.run("The local server", || build_server(workspace))?;
    steps.announce("Start");

    let mut command = server(workspace);
    command.arg("--site").arg(workspace.dist());
    command.args(["--address", &arguments.address.to_string(), "--aws-address", &arguments.aws_address.to_string()]);
    let switches = [
        ("--demo", arguments.demo),
        ("--no-demo", arguments.no_demo),
        ("--ephemeral", arguments.ephemeral),
        ("--no-local-admin", arguments.no_local_admin),
    ];
    command.args(switches.iter().filter(|(_, on)| *on).map(|(name, _)| name));
    if let Some(folder) = &arguments.data {
        command.arg("--data").arg(std::path::absolute(folder).context("--data names no folder")?);
    }
    // Checked again: the builds may have taken minutes.
    refuse_taken_ports(arguments)?;
    stay_with(&mut command, !arguments.no_open)
}

/// The environment variable with the address of the site's pages.
const SITE_URL: &str = "RALLY_SITE_URL";

/// The address of the site under `trunk serve`, from Trunk.toml. Its pages come from another port than the server, which accepts them
/// as its own only if its settings name them.
const TRUNK: &str = "http://127.0.0.1:8090";

/// Builds and starts the server without the site.
pub(crate) fn local(workspace: &Workspace, arguments: &LocalArguments) -> Result<ExitCode> {
    build_server(workspace)?;
    let mut command = server(workspace);
    let site_named = arguments.rest.iter().any(|argument| argument.to_string_lossy().starts_with("--site"));
    if !site_named && workspace.dist().join("index.html").is_file() {
        command.arg("--site").arg(workspace.dist());
    }
    command.args(&arguments.rest);
    if env::var_os(SITE_URL).is_none() {
        command.env(SITE_URL, TRUNK);
    }
    let status = Group::start(&mut command)?.wait_even_if_asked_to_end()?;
    Ok(ExitCode::from(process::exit_code(status)))
}

/// Builds the local server in its release form: optimized.
pub(crate) fn build_server(workspace: &Workspace) -> Result<()> {
    process::run(
        workspace.cargo().args(["build", "--release", "--package", "local"]),
        "The local server cannot be built",
    )
}

/// Fails if the address is not available: before a long build, not after it.
fn refuse_taken_ports(arguments: &ServeArguments) -> Result<()> {
    refuse_taken_port("--address", arguments.address)?;
    refuse_taken_port("--aws-address", arguments.aws_address)
}

fn refuse_taken_port(option: &str, address: SocketAddr) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => bail!(
            "Port {} is taken, perhaps by another Rally: stop that, or choose another port with {option} {}:{}",
            address.port(),
            address.ip(),
            address.port().checked_add(1).unwrap_or(8080)
        ),
        Err(error) => Err(error).with_context(|| format!("{address} cannot be listened on")),
    }
}

fn server(workspace: &Workspace) -> Command {
    workspace.program(workspace.target().join("release/rally-local"))
}

/// Shows the server's output, opens a browser once it is ready, and waits for its end.
fn stay_with(command: &mut Command, open: bool) -> Result<ExitCode> {
    let mut group = Group::start(command.stdout(Stdio::piped()))?;
    let output = group.output().context("The server's output cannot be read")?;
    let mut opened = !open;
    for line in BufReader::new(output).lines() {
        let line = line.context("The server's output cannot be read")?;
        // A closed terminal does not end the server.
        let _ = writeln!(io::stdout(), "{line}");
        if let Some(address) = line.strip_prefix(READY).filter(|_| !opened) {
            open_browser(address.trim());
            opened = true;
        }
    }
    let status = group.wait_even_if_asked_to_end()?;
    Ok(ExitCode::from(process::exit_code(status)))
}

/// Opens the address if there is a desktop.
fn open_browser(address: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if env::var_os("DISPLAY").is_some() || env::var_os("WAYLAND_DISPLAY").is_some() {
        "xdg-open"
    } else {
        return;
    };
    // If no browser opens, the address is on the screen.
    let _ = Command::new(opener).arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_has_an_error_of_one_sentence() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = refuse_taken_port("--address", address).unwrap_err().to_string();
        assert!(error.starts_with(&format!("Port {} is taken", address.port())), "{error}");
        drop(taken);
        refuse_taken_port("--address", address).unwrap();
    }
}
