//! Requests generated from the API's own description, against a real server, and schemathesis's findings. Never checks a response
//! itself.

use std::path::Path;
use std::process::ExitStatus;

use anyhow::{Context, Result};
use tokio::process::Command;

use test_support::server::Server;

/// The operations to test, and the identity.
struct Round {
    /// Only these are checked, or all except these.
    checks: [&'static str; 2],
    /// Whether the requests have the token of an admin from another machine, instead of being a local admin without a token.
    is_signed_in: bool,
}

/// The server's authorization can be checked only from another machine, since a local client may do everything.
const ROUNDS: [Round; 2] = [
    Round { checks: ["--exclude-checks", "ignored_auth"], is_signed_in: false },
    Round { checks: ["--checks", "all"], is_signed_in: true },
];

/// Factor of the rate limits, so that no request is refused by them.
const TIMES: u32 = 10_000;

/// Runs `program` against a server: the boundary cases of its description, which are the same each time; and this number of generated
/// requests for each operation, if it is given. Returns the exit status and the output of the first round with a finding, or else of
/// the last.
///
/// # Errors
/// The program does not start.
pub async fn check(program: &Path, examples: Option<u32>) -> Result<(ExitStatus, String)> {
    let server = Server::start_for_crowds(TIMES).await;
    let admin = server.admin("Root").await;
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemathesis.toml");
    let mut last = None;
    for round in ROUNDS {
        let mut command = Command::new(program);
        command.arg("--config-file").arg(&settings).arg("run").arg(format!("{}/v1/openapi.json", server.address()));
        command.args(round.checks).args(["--continue-on-failure", "--workers", "1"]);
        // The difficulty of generating text for a pattern is no fault of the API.
        command.args(["--suppress-health-check", "filter_too_much"]);
        match examples {
            None => command.args(["--phases", "coverage", "--seed", "1"]),
            Some(examples) => command.args(["--max-examples", &examples.to_string()]),
        };
        command.kill_on_drop(true);
        if round.is_signed_in {
            let bearer = format!("Authorization: Bearer {}", admin.token);
            command.args(["--header", "Host: rally.example.org", "--header", &bearer]);
            // It would end the sign-in of all other requests.
            command.args(["--exclude-operation-id", "signOutEverywhere"]);
        }
        // Its cache of earlier runs would be in the current directory.
        let place = tempfile::tempdir()?;
        let output = command.current_dir(place.path()).output().await.context("schemathesis does not start")?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        last = Some((output.status, said));
        if !output.status.success() {
            break;
        }
    }
    last.context("there is a round")
}
