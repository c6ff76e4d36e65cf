//! A sensor's decisions and reports, by example and with random input.

use proptest::prelude::*;

use super::*;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(1_000_000 + milliseconds)
}

fn thresholds() -> Thresholds {
    Thresholds {
        busy_above: 0.5,
        free_below: 0.3,
        busy_hold: Duration::from_secs(5),
        free_hold: Duration::from_secs(60),
        pause: Duration::from_secs(4),
    }
}

#[test]
fn play_is_busy_and_quiet_is_free_after_their_hold_times() {
    let mut detector = Detector::new(thresholds(), at(0));
    assert_eq!(detector.next_timeout(), Some(at(60_000)));
    // A ball is hit once per second, with quiet between.
    let mut decided = Vec::new();
    for hit in 0..10 {
        decided.extend(detector.handle_level(at(hit * 1_000), 0.9).map(|state| (hit, state)));
        decided.extend(detector.handle_level(at(hit * 1_000 + 50), 0.1).map(|state| (hit, state)));
    }
    assert_eq!(decided, [(5, false)]);
    assert_eq!(detector.next_timeout(), Some(at(9_050 + 60_000)));
    assert_eq!(detector.handle_timeout(at(69_049)), None);
    assert_eq!(detector.handle_timeout(at(69_050)), Some(true));
    assert_eq!(detector.next_timeout(), None);
}

#[test]
fn a_single_noise_does_not_make_the_table_busy() {
    let mut detector = Detector::new(thresholds(), at(0));
    assert_eq!(detector.handle_timeout(at(60_000)), Some(true));
    for noise in [70_000, 80_000, 90_000] {
        assert_eq!(detector.handle_level(at(noise), 1.0), None);
        assert_eq!(detector.handle_level(at(noise + 100), 0.0), None);
    }
    assert_eq!(detector.decided, Some(true));
}

#[test]
fn between_the_thresholds_the_state_is_unchanged() {
    let mut detector = Detector::new(thresholds(), at(0));
    detector.handle_level(at(0), 0.4);
    assert!(!detector.is_active);
    detector.handle_level(at(1), 0.6);
    detector.handle_level(at(2), 0.4);
    assert!(detector.is_active);
    assert_eq!(detector.next_timeout(), Some(at(5_001)));
    assert_eq!(detector.handle_timeout(at(5_001)), Some(false));
}

#[test]
fn without_hold_times_a_change_takes_effect_at_once() {
    let quick = Thresholds { busy_hold: Duration::ZERO, free_hold: Duration::ZERO, ..thresholds() };
    let mut detector = Detector::new(quick, at(0));
    assert_eq!(detector.handle_level(at(1), 1.0), Some(true), "it was quiet until now");
    assert_eq!(detector.handle_level(at(2), 1.0), Some(false));
    assert_eq!(detector.handle_level(at(3), 0.0), None);
    assert_eq!(detector.handle_timeout(at(4)), Some(true));
}

#[test]
fn invalid_thresholds_are_an_error_with_a_message() {
    assert!(thresholds().check().is_ok());
    let out_of_range = Thresholds { busy_above: 1.5, ..thresholds() };
    assert_eq!(out_of_range.check().unwrap_err().to_string(), "A level is between 0 and 1; 1.5 is not.");
    let crossed = Thresholds { free_below: 0.8, ..thresholds() };
    assert!(crossed.check().unwrap_err().to_string().contains("0.8 is not below 0.5"));
}

#[test]
fn calibration_proposes_between_quiet_and_play() {
    let quiet: Vec<f64> = (0..200).map(|number| 0.10 + f64::from(number % 10) / 1_000.0).chain([0.95]).collect();
    let play: Vec<f64> = (0..200).map(|number| if number % 5 == 0 { 0.8 } else { 0.12 }).collect();
    let proposal = propose(&quiet, &play).unwrap();
    assert!(!proposal.overlaps && proposal.free_below > 0.11 && proposal.busy_above < 0.8);
    assert!(proposal.free_below < proposal.busy_above, "{proposal:?}");
    assert!(propose(&quiet, &quiet).unwrap().overlaps);
    assert_eq!(propose(&[], &play), None);
    assert_eq!(propose(&[f64::NAN], &play), None);
}

#[test]
fn after_a_failure_only_the_last_state_is_sent() {
    let mut reporter = Reporter::new(Duration::from_secs(60));
    reporter.handle_state(true);
    assert_eq!(reporter.poll_request(at(0)), Some(true));
    assert_eq!(reporter.poll_request(at(1)), None, "one at a time");
    reporter.handle_reply(at(5), Reply::Accepted, 0.0);
    assert!(reporter.is_done());
    reporter.handle_state(false);
    assert_eq!(reporter.poll_request(at(10)), Some(false));
    reporter.handle_reply(at(20), Reply::Retry(None), 1.0);
    assert_eq!(reporter.next_timeout(), Some(at(1_020)));
    reporter.handle_state(true);
    reporter.handle_state(false);
    reporter.handle_state(true);
    assert_eq!(reporter.poll_request(at(1_000)), None);
    assert_eq!(reporter.poll_request(at(1_020)), Some(true));
    reporter.handle_reply(at(1_030), Reply::Accepted, 0.0);
    assert_eq!(reporter.next_timeout(), Some(at(61_030)), "then the heartbeat");
    assert_eq!(reporter.poll_request(at(61_030)), Some(true));
}

#[test]
fn retries_back_off_and_respect_retry_after() {
    let mut reporter = Reporter::new(Duration::from_secs(60));
    reporter.handle_state(true);
    let mut now = 0;
    for expected in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        assert_eq!(reporter.poll_request(at(now)), Some(true));
        reporter.handle_reply(at(now), Reply::Retry(None), 1.0);
        assert_eq!(reporter.next_timeout(), Some(at(now + expected)));
        now += expected;
    }
    assert_eq!(reporter.poll_request(at(now)), Some(true));
    reporter.handle_reply(at(now), Reply::Retry(Some(Duration::from_secs(7))), 0.0);
    assert_eq!(reporter.next_timeout(), Some(at(now + 7_000)));
    reporter.poll_request(at(now + 7_000));
    reporter.handle_reply(at(now + 7_000), Reply::Rejected, 0.0);
    assert_eq!(reporter.next_timeout(), Some(at(now + 67_000)));
}

proptest! {
    /// For any levels: no state is reported twice in a row, none earlier than its hold time allows, and a steady level is reported in
    /// the end.
    #[test]
    fn a_detector_does_not_flap(levels in prop::collection::vec((1_i64..3_000, 0.0_f64..1.0), 1..200), last in prop::bool::ANY) {
        let mut detector = Detector::new(thresholds(), at(0));
        let (mut now, mut changes) = (0, Vec::new());
        for (pause, level) in levels {
            now += pause;
            changes.extend(detector.handle_level(at(now), level).map(|state| (now, state)));
        }
        let level = if last { 0.0 } else { 1.0 };
        changes.extend(detector.handle_level(at(now), level).map(|state| (now, state)));
        while let Some(due) = detector.next_timeout() {
            prop_assert!(due > at(now) || detector.decided.is_none() || due >= at(now), "the timeout is in the past");
            now = (due.milliseconds() - at(0).milliseconds()).max(now + 1);
            changes.extend(detector.handle_timeout(at(now)).map(|state| (now, state)));
        }
        prop_assert_eq!(detector.decided, Some(last));
        for pair in changes.windows(2) {
            prop_assert_ne!(pair[0].1, pair[1].1);
            let hold = if pair[1].1 { 60_000 } else { 5_000 };
            prop_assert!(pair[1].0 - pair[0].0 >= hold, "{:?}", pair);
        }
    }

    /// For any network: one request at a time, and once it works the server has the last state.
    #[test]
    fn a_reporter_ends_with_the_last_state(steps in prop::collection::vec((0_u8..5, 1_i64..40_000), 1..100)) {
        let mut reporter = Reporter::new(Duration::from_secs(60));
        let (mut now, mut state, mut server) = (0, None, None);
        let mut in_flight = None;
        for (step, pause) in steps {
            now += pause;
            match step {
                0 | 1 => { state = Some(step == 0); reporter.handle_state(step == 0); }
                2 => if let Some(sent) = in_flight.take() { server = Some(sent); reporter.handle_reply(at(now), Reply::Accepted, 0.5); }
                // The response is lost, so it is unknown whether the report has arrived.
                3 => if let Some(sent) = in_flight.take() { server = Some(sent); reporter.handle_reply(at(now), Reply::Retry(None), 0.5); }
                _ => if in_flight.take().is_some() { reporter.handle_reply(at(now), Reply::Retry(None), 0.5); }
            }
            if let Some(sent) = reporter.poll_request(at(now)) {
                prop_assert_eq!(in_flight, None, "one at a time");
                prop_assert_eq!(Some(sent), state, "an outdated state is not sent");
                in_flight = Some(sent);
            }
        }
        for _ in 0..3 {
            if let Some(sent) = in_flight.take() { server = Some(sent); reporter.handle_reply(at(now), Reply::Accepted, 0.5); }
            if reporter.is_done() { break; }
            now = reporter.next_timeout().map_or(now, |due| due.milliseconds() - at(0).milliseconds()).max(now);
            in_flight = reporter.poll_request(at(now));
        }
        prop_assert!(reporter.is_done() || state.is_none());
        prop_assert_eq!(server, state);
    }
}
