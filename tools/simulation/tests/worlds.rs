//! Two hundred worlds pass; one is the same in each run; and each mechanism is missed when it is switched off.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Output};

fn simulation(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulation"));
    // The test runner uses the other processors.
    command.args(arguments).args(["--at-once", "1"]).env_remove("RUST_LOG");
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

fn hold(from: &str) {
    let output = simulation(&["--from", from, "--seeds", "50"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("50 worlds"));
}

#[test]
fn worlds_1_to_50_hold() {
    hold("1");
}

#[test]
fn worlds_51_to_100_hold() {
    hold("51");
}

#[test]
fn worlds_101_to_150_hold() {
    hold("101");
}

#[test]
fn worlds_151_to_200_hold() {
    hold("151");
}

#[test]
fn a_seed_is_replayed_exactly() {
    let run = || {
        let told = told(&simulation(&["--seed", "7"]));
        // All except the wall-clock duration.
        let (before, after) = told.split_once(" ms, ").unwrap_or_else(|| panic!("a report: {told}"));
        (before.rsplit_once(' ').unwrap().0.to_owned(), after.to_owned())
    };
    let first = run();
    assert!(first.0.contains("heard") && !first.1.is_empty());
    assert_eq!(run(), first);
}

fn is_missed(mechanism: &str) {
    let output = simulation(&["--seeds", "200", "--without", mechanism]);
    assert_eq!(output.status.code(), Some(1), "nobody misses it: {}", told(&output));
    assert!(told(&output).contains("shows one again"), "{}", told(&output));
}

#[test]
fn counting_is_missed() {
    is_missed("count");
}

#[test]
fn digests_are_missed() {
    is_missed("digest");
}

#[test]
fn the_check_of_revisions_is_missed() {
    is_missed("revision");
}

#[test]
fn retries_are_missed() {
    is_missed("retry");
}

#[test]
fn tombstones_are_missed() {
    is_missed("tombstone");
}

/// 1,000 subscribers of one topic, in shards of 100, before a gateway that accepts 200 posts per second: ten times its burst, so all
/// but a few posts are throttled, and each subscriber must still receive the change.
#[test]
fn a_crowd_hears_though_the_gateway_throttles() {
    let output = simulation(&["--crowd", "1000", "--shard", "100", "--posts", "200"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("0 connections cut"), "{}", told(&output));
}
