//! Requests made up from the API's own description, against a real server, and what schemathesis says of the answers. Never looks
//! at an answer itself.

use std::path::Path;
use std::process::ExitStatus;

use anyhow::{Context, Result};
use tokio::process::Command;

use test_support::server::Server;

/// What is asked, and by whom.
struct Round {
    /// These are checked, or these are not.
    checks: [&'static str; 2],
    /// Whether an admin asks who has signed in elsewhere, and not whoever sits at the server, who needs to say nothing.
    is_signed_in: bool,
}

/// Whether a server says the truth of who may ask is seen from elsewhere alone, not from its own machine, where everybody may.
const ROUNDS: [Round; 2] = [
    Round { checks: ["--exclude-checks", "ignored_auth"], is_signed_in: false },
    Round { checks: ["--checks", "all"], is_signed_in: true },
];

/// Nobody is refused for asking as often as it asks.
const TIMES: u32 = 10_000;

/// Has `program` ask a server: what lies at the bounds of its description, which is the same each time; and so many made-up requests for
/// each operation, if that is said. How it ended, and what it said, of the first round that found something, or else of the last.
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
        // How hard it is to make up what a pattern describes is no fault of the API.
        command.args(["--suppress-health-check", "filter_too_much"]);
        match examples {
            None => command.args(["--phases", "coverage", "--seed", "1"]),
            Some(examples) => command.args(["--max-examples", &examples.to_string()]),
        };
        command.kill_on_drop(true);
        if round.is_signed_in {
            let bearer = format!("Authorization: Bearer {}", admin.token);
            command.args(["--header", "Host: rally.example.org", "--header", &bearer]);
            // It would end the sign-in with which all else is asked.
            command.args(["--exclude-operation-id", "signOutEverywhere"]);
        }
        // Its memory of earlier runs would lie where it was started.
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
