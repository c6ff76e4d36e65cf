//! `cargo xtask conformance`: whether the server at an address conforms to Rally's protocol.

use std::process::ExitCode;

use clap::Parser;
use conformance::TestServer;
use test_support::api::Api;

/// Check a server over HTTP and WebSocket, and remove the test data afterwards.
#[derive(Parser)]
struct Arguments {
    /// The server's address: `https://rally.example`
    address: String,
    /// The address for live connections; /live at the server's address by default
    #[arg(long)]
    live: Option<String>,
    /// An admin's access token; without one, the server must accept local clients as admins
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
    // A failed check prints its message here, instead of a panic's location.
    std::panic::set_hook(Box::new(|_| {}));
    let findings = conformance::check(TestServer::new(writer, visitor, &live), |finding| match &finding.fault {
        None => println!("ok      {}", finding.name),
        Some(fault) => println!("FAILED  {}\n        {fault}", finding.name),
    })
    .await;
    let failed = findings.iter().filter(|finding| finding.fault.is_some()).count();
    println!("{} checks, {failed} failed", findings.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
