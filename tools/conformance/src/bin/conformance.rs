//! `cargo xtask conformance`: whether the server at an address speaks as Rally does.

use std::process::ExitCode;

use clap::Parser;
use conformance::Place;
use test_support::api::Api;

/// Check a server over HTTP and WebSocket, and leave nothing behind.
#[derive(Parser)]
struct Arguments {
    /// Where it is: `https://rally.example`
    address: String,
    /// Where its live connections go; /live at the address, if it is left out
    #[arg(long)]
    live: Option<String>,
    /// An admin's access token; without one, whoever sits at the server's own machine is asked to write
    #[arg(long, env = "RALLY_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let address = arguments.address.trim_end_matches('/');
    let live = arguments.live.unwrap_or_else(|| format!("{}/live", address.replacen("http", "ws", 1)));
    let api = Api::new(address);
    let (writer, visitor) = match &arguments.token {
        Some(token) => (api.with_bearer(token), api),
        None => (api.clone(), api.from_elsewhere()),
    };
    // A check that fails says so here, and not where a program that broke would.
    std::panic::set_hook(Box::new(|_| {}));
    let findings = conformance::check(Place::new(writer, visitor, &live), |finding| match &finding.fault {
        None => println!("ok      {}", finding.name),
        Some(fault) => println!("FAILED  {}\n        {fault}", finding.name),
    })
    .await;
    let failed = findings.iter().filter(|finding| finding.fault.is_some()).count();
    println!("{} checks, {failed} failed", findings.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
