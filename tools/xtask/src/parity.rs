//! `cargo xtask parity`: deploys the template with the real functions to MiniStack, another AWS emulator, with the roles' policies
//! enforced; and runs the tests of the tables and the rooms against it.
//!
//! `tools/parity/deploy.py` handles the differences between MiniStack and AWS.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::deploy::{self, PackageArguments};
use crate::process::{self, Group};
use crate::progress::Steps;
use crate::setup::{self, Purpose, Tools};
use crate::workspace::Workspace;

/// The tests against the deployment: all tests of tables and rooms, and a subscriber of AWS IoT Core.
const TESTS: &str =
    "test(/^(site|site_session|http|live|private_rooms|rooms|rooms_live|conformance)::|the_replica_of_a_listener/)";

/// Except tests that need a server of their own: its end and restart, its arguments, clients on the same machine; and except
/// differences between MiniStack and AWS: it responds to each refused handshake with 403, closes no connection because of a message,
/// and loses the groups of a user who renews their token.
const NOT_THERE: [&str; 9] = [
    "killed",
    "connections_end_at_the_gateways_limits",
    "silence_is_no_signal",
    "as_long_as_the_token_lasts",
    "remote_writes_without_a_key_are_denied",
    "an_admin_registers",
    "a_key_in_the_handshake",
    "bad_frames",
    "what_a_key_may_do",
];

/// Timeout for MiniStack's start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The arguments of `cargo xtask parity`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Do not rebuild the functions
    #[arg(long)]
    no_build: bool,
    /// The tests, as a filter for cargo-nextest's -E; all that fit a deployment by default
    #[arg(long, value_name = "EXPRESSION")]
    tests: Option<String>,
    /// Keep the deployment until it is interrupted, and run no test
    #[arg(long)]
    stay: bool,
}

/// Deploys, runs the tests, and removes everything.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    if cfg!(not(target_arch = "x86_64")) {
        bail!("The functions are built for x86-64 here, and this machine is another");
    }
    let tools = setup::ensure(workspace, Purpose::Parity)?;
    let mut steps = Steps::new(5);
    if !arguments.no_build {
        deploy::build(workspace, &tools, &PackageArguments { x86: true }, &mut steps)?;
    }
    steps.run("The tests", || {
        let mut command = workspace.cargo();
        command.args(["build", "--quiet", "--package", "journeys", "--tests"]);
        process::run(&mut command, "The tests cannot be built")
    })?;
    let folder = workspace.target().join("parity");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let (endpoint, edge) = (free_port()?, free_port()?);
    let mut emulator = Command::new(tools.emulator());
    let log = fs::File::create(folder.join("ministack.log")).context("The log cannot be written")?;
    emulator.current_dir(&folder).env_clear().stdout(log.try_clone()?).stderr(log).stdin(Stdio::null());
    // The functions inherit its environment: it contains none of our variables.
    emulator
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", &folder)
        .env("TMPDIR", &folder)
        .env("STATE_DIR", folder.join("state"))
        .env("GATEWAY_PORT", endpoint.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "localhost")
        .env("IOT_MTLS_ENABLED", "0")
        .env("AUTH", "true");
    let endpoint = format!("http://127.0.0.1:{endpoint}");
    for (name, value) in credentials(&endpoint) {
        emulator.env(name, value);
    }
    // It ends with this function.
    let _emulator = Group::start(&mut emulator)?;
    deployed(workspace, &tools, arguments, &endpoint, edge, &mut steps)
}

fn deployed(
    workspace: &Workspace,
    tools: &Tools,
    arguments: &Arguments,
    endpoint: &str,
    edge: u16,
    steps: &mut Steps,
) -> Result<ExitCode> {
    let said = workspace.target().join("parity/deployment.json");
    steps.run("The deployment", || {
        let begun = Instant::now();
        let address = endpoint.trim_start_matches("http://");
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > START_TIMEOUT {
                bail!("MiniStack does not answer; its log is {}", said.with_file_name("ministack.log").display());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let mut command = workspace.program(tools.cloud("python"));
        command.arg("tools/parity/deploy.py").args([endpoint, &format!("http://127.0.0.1:{edge}")]);
        command.arg(workspace.dist()).arg(&said);
        command.env("PATH", tools.cloud_path()?).env("CARGO_TARGET_DIR", workspace.target());
        command.envs(credentials(endpoint));
        process::run(&mut command, "The template cannot be deployed")
    })?;
    if arguments.stay {
        eprintln!("The deployment is described in {}. Ctrl+C ends it.", said.display());
        loop {
            std::thread::park();
        }
    }
    steps.announce("Tests against the deployment");
    let mut command = workspace.cargo();
    command.args(["nextest", "run", "--package", "journeys", "--no-fail-fast", "--test-threads", "1", "-E"]);
    let fit = format!("{TESTS} and not test(/{}/)", NOT_THERE.join("|"));
    command.arg(arguments.tests.as_ref().unwrap_or(&fit));
    command
        .env("RALLY_DEPLOYMENT", &said)
        .env("RUST_BACKTRACE", "0")
        .env("CHROME", tools.chrome().context("Chromium is missing")?)
        .env("CHROMEDRIVER", tools.chromedriver().context("ChromeDriver is missing")?)
        .env("RALLY_AXE", tools.axe());
    let status = Group::start(&mut command)?.wait()?;
    Ok(ExitCode::from(process::exit_code(status)))
}

/// The credentials of all requests to this emulator; they are not real ones.
fn credentials(endpoint: &str) -> [(&'static str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ]
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("No port is free")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A test that was renamed would run again.
    #[test]
    fn the_tests_that_are_left_out_exist() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/journeys");
        let files = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
        let sources: String = files.collect();
        let names: Vec<&str> = sources.split("fn ").filter_map(|rest| rest.split('(').next()).collect();
        for left_out in NOT_THERE {
            assert!(names.iter().any(|name| name.contains(left_out)), "no test has “{left_out}” in its name");
        }
    }
}
