//! The rules of paths and names of files, and of versions that must agree.

use super::Finding;
use crate::workspace::locked_version;

/// The violations that the paths show.
pub(super) fn check(paths: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in paths {
        if path.ends_with("/mod.rs") {
            findings.push(Finding::of_file(
                path,
                "`name.rs` stands beside `name/`: ten open files called mod.rs cannot be told apart in an editor",
            ));
        }
    }
    findings
}

/// The glue of wasm-bindgen fits only one version of its tool, so the version is exact, and equal to the locked one.
pub(super) fn check_pins(manifest: &str, lock: &str) -> Vec<Finding> {
    let locked = locked_version(lock, "wasm-bindgen").unwrap_or_default();
    let pins: Vec<&str> = manifest.lines().filter_map(|line| line.strip_prefix("wasm-bindgen = ")).collect();
    let exact = format!("\"={locked}\"");
    let agrees =
        |pin: &&str| **pin == exact || pin.contains(&format!("version = {exact}")) || pin.contains("workspace = true");
    if !pins.is_empty() && pins.iter().all(agrees) {
        return Vec::new();
    }
    vec![Finding::of_file(
        "Cargo.toml",
        format!("pins wasm-bindgen exactly, as Cargo.lock has it: `wasm-bindgen = {exact}`"),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_module_is_named_by_its_file() {
        assert_eq!(check(&paths(&["src/pages/mod.rs"])).len(), 1);
        assert_eq!(check(&paths(&["src/pages.rs", "src/pages/tables.rs"])), []);
    }

    #[test]
    fn the_pin_is_exact_and_locked() {
        let lock = "name = \"wasm-bindgen\"\nversion = \"0.2.126\"\n";
        assert_eq!(check_pins("wasm-bindgen = \"=0.2.126\"\n", lock), []);
        assert_eq!(check_pins("wasm-bindgen = { version = \"=0.2.126\" }\n", lock), []);
        assert_eq!(check_pins("wasm-bindgen = \"0.2.126\"\n", lock).len(), 1);
        assert_eq!(check_pins("wasm-bindgen = \"=0.2.130\"\n", lock).len(), 1);
        assert_eq!(check_pins("", lock).len(), 1);
    }
}
