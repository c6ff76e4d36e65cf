//! The allowed dependencies between crates of the workspace, compared with Cargo's metadata.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::process;
use crate::workspace::Workspace;

/// Each crate and its allowed dependencies. Deployed code may not depend on `local` or `emulator`, and `emulator` may not depend on
/// Rally.
const ARROWS: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("protocol", &["domain"]),
    ("live-client", &["domain", "protocol"]),
    ("rally", &["domain", "protocol", "live-client"]),
    ("backend", &["domain", "protocol"]),
    ("emulator", &[]),
    ("local", &["domain", "protocol", "backend", "emulator"]),
    ("whisperer", &["domain"]),
    ("xtask", &[]),
    ("site-builder", &[]),
    ("bench", &["domain", "protocol", "live-client", "local"]),
    ("test-support", &["domain", "protocol"]),
    ("conformance", &["protocol", "test-support"]),
    ("system-bench", &["domain", "protocol", "live-client", "emulator", "local", "test-support"]),
    (
        "journeys",
        &["domain", "protocol", "live-client", "emulator", "local", "test-support", "conformance", "system-bench"],
    ),
    ("simulation", &["domain", "protocol", "live-client", "backend", "emulator", "local"]),
    ("fuzz", &["domain", "protocol", "live-client", "backend", "emulator", "local"]),
];

/// Checks the dependencies of the workspace's own crates.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let metadata =
        process::printed(workspace.cargo().args(["metadata", "--format-version", "1", "--no-deps", "--offline"]))
            .context("Cargo cannot describe the workspace")?;
    let metadata: Value =
        serde_json::from_str(&metadata).context("Cargo's description of the workspace is not JSON")?;
    Ok(violations(&metadata))
}

fn violations(metadata: &Value) -> Vec<Finding> {
    let packages: Vec<&Value> = metadata["packages"].as_array().into_iter().flatten().collect();
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            let says = format!("the crate {name} is not in tidy's table of who may know whom");
            findings.push(Finding::of_file("tools/xtask/src/tidy/dependencies.rs", says));
            continue;
        };
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        for known in dependencies.filter_map(|dependency| dependency["name"].as_str()) {
            if names.contains(&known) && !allowed.contains(&known) {
                findings.push(Finding::of_file(
                    "Cargo.toml",
                    format!("{name} may not know {known}: the layout has no such arrow"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(packages: &Value) -> Vec<String> {
        violations(&json!({"packages": packages})).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn arrows_of_the_layout_are_fine() {
        assert!(
            said(&json!([
                {"name": "domain", "dependencies": [{"name": "serde"}]},
                {"name": "backend", "dependencies": [{"name": "domain"}, {"name": "tokio"}]},
            ]))
            .is_empty()
        );
    }

    #[test]
    fn a_short_cut_is_refused() {
        let said = said(&json!([
            {"name": "local", "dependencies": []},
            {"name": "backend", "dependencies": [{"name": "local", "kind": "dev"}]},
        ]));
        assert_eq!(said, ["backend may not know local: the layout has no such arrow"]);
    }

    #[test]
    fn a_new_crate_needs_its_place() {
        assert_eq!(said(&json!([{"name": "extra", "dependencies": []}])).len(), 1);
    }
}
