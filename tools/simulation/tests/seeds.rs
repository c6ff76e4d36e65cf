//! 200 seeds pass; a seed gives the same result in each run; and the simulation fails when a mechanism is switched off.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Output};

fn simulation(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulation"));
    // The test runner uses the other processors.
    command.args(arguments).args(["--at-once", "1"]).env_remove("RUST_LOG");
    command.output().unwrap()
}

fn text_of(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

fn assert_seeds_pass(from: &str) {
    let output = simulation(&["--from", from, "--seeds", "50"]);
    assert!(output.status.success(), "{}", text_of(&output));
    assert!(text_of(&output).contains("50 simulations"));
}

#[test]
fn seeds_1_to_50_pass() {
    assert_seeds_pass("1");
}

#[test]
fn seeds_51_to_100_pass() {
    assert_seeds_pass("51");
}

#[test]
fn seeds_101_to_150_pass() {
    assert_seeds_pass("101");
}

#[test]
fn seeds_151_to_200_pass() {
    assert_seeds_pass("151");
}

#[test]
fn a_seed_is_replayed_exactly() {
    let run = || {
        let text = text_of(&simulation(&["--seed", "7"]));
        // All except the wall-clock duration.
        let (before, after) = text.split_once(" ms, ").unwrap_or_else(|| panic!("a report: {text}"));
        (before.rsplit_once(' ').unwrap().0.to_owned(), after.to_owned())
    };
    let first = run();
    assert!(first.0.contains("received") && !first.1.is_empty());
    assert_eq!(run(), first);
}

fn assert_some_seed_fails_without(mechanism: &str) {
    let output = simulation(&["--seeds", "200", "--without", mechanism]);
    assert_eq!(output.status.code(), Some(1), "no simulation fails without it: {}", text_of(&output));
    assert!(text_of(&output).contains("repeats a failed one"), "{}", text_of(&output));
}

#[test]
fn a_seed_fails_without_counting() {
    assert_some_seed_fails_without("count");
}

#[test]
fn a_seed_fails_without_digests() {
    assert_some_seed_fails_without("digest");
}

#[test]
fn a_seed_fails_without_the_check_of_revisions() {
    assert_some_seed_fails_without("revision");
}

#[test]
fn a_seed_fails_without_retries() {
    assert_some_seed_fails_without("retry");
}

#[test]
fn a_seed_fails_without_the_condition_of_seats() {
    assert_some_seed_fails_without("seats");
}

#[test]
fn a_seed_fails_without_numbers_of_answers() {
    assert_some_seed_fails_without("tally");
}

#[test]
fn a_seed_fails_without_tombstones() {
    assert_some_seed_fails_without("tombstone");
}

/// 1,000 subscribers of one topic, in shards of 100, before a gateway that accepts 200 posts per second: ten times its burst, so all
/// but a few posts are throttled, and each subscriber must still receive the change.
#[test]
fn every_subscriber_receives_the_change_though_the_gateway_throttles() {
    let output = simulation(&["--crowd", "1000", "--shard", "100", "--posts", "200"]);
    assert!(output.status.success(), "{}", text_of(&output));
    assert!(text_of(&output).contains("0 connections cut"), "{}", text_of(&output));
}
