//! Events that match an alert, and events that do not.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::table::{Description, Table};

fn time(text: &str) -> DayTime {
    text.parse().unwrap()
}

fn moment(weekday: u8, text: &str) -> LocalMoment {
    LocalMoment { weekday, time: time(text) }
}

fn span(from: &str, to: &str) -> Span {
    Span { from: time(from), to: time(to) }
}

fn event(status: TableStatus, at: Timestamp) -> Event {
    let table = Table::register("lobby".parse().unwrap(), Description::default(), None, at);
    Event::of_table("e1".to_owned(), at, &Table { status, ..table })
}

fn alert(rule: AlertRule) -> Alert {
    let topic = "table/lobby".parse().unwrap();
    let asked_at = Timestamp::from_milliseconds(1_000);
    Alert { topic, name: "lobby".to_owned(), rule, time_zone: None, asked_at, asked_rev: 1, expires_at: None, rev: 1 }
}

fn rings(rule: AlertRule, status: TableStatus) -> bool {
    let now = Timestamp::from_milliseconds(2_000);
    alert(rule).rings(&event(status, now), &Preferences::default(), moment(1, "10:00"))
}

#[test]
fn the_rules_of_a_table_notify() {
    use TableStatus::{Busy, Free, NoSignal};
    let within = AlertRule::FreeWithin { days: WORKDAYS, hours: span("09:00", "17:00") };
    for (rule, expected) in [
        (AlertRule::FreeOnce, [true, false, false]),
        (AlertRule::EachChange, [true, true, false]),
        (within, [true, false, false]),
        (AlertRule::Room { question: true, feedback: true, closed: true }, [false; 3]),
    ] {
        assert_eq!([Free, Busy, NoSignal].map(|status| rings(rule.clone(), status)), expected, "{rule:?}");
    }
}

#[test]
fn an_event_before_the_alert_does_not_notify() {
    let rings = |event: &Event| alert(AlertRule::FreeOnce).rings(event, &Preferences::default(), moment(1, "10:00"));
    let before = event(TableStatus::Free, Timestamp::from_milliseconds(999));
    let before = Event { rev: 0, ..before };
    assert!(!rings(&before));
    assert!(rings(&Event { rev: 2, ..before.clone() }), "a clock that is behind hides nothing");
    assert!(rings(&Event { rev: 1, ..before }), "it was not free when it was asked for");
}

#[test]
fn working_hours_are_those_of_the_days_chosen() {
    let hours = span("09:00", "17:00");
    assert!(hours.contains_on(WORKDAYS, moment(5, "16:59")));
    assert!(!hours.contains_on(WORKDAYS, moment(5, "17:00")));
    assert!(!hours.contains_on(WORKDAYS, moment(6, "10:00")));
    // A late shift that begins on Friday goes on after midnight, when it is Saturday.
    let night = span("22:00", "06:00");
    assert!(night.contains_on(WORKDAYS, moment(6, "05:00")) && !night.contains_on(WORKDAYS, moment(1, "05:00")));
    assert!(night.contains_on(WORKDAYS, moment(1, "23:00")));
    let always = span("00:00", "00:00");
    assert!(always.contains_on(EVERY_DAY, moment(7, "00:00")) && always.contains_on(EVERY_DAY, moment(1, "23:59")));
}

#[test]
fn quiet_hours_and_a_pause_silence_everything() {
    let now = Timestamp::from_milliseconds(10_000);
    let ring = |preferences: &Preferences, at: &str| {
        alert(AlertRule::EachChange).rings(&event(TableStatus::Free, now), preferences, moment(3, at))
    };
    let quiet = Preferences { quiet: Some(span("22:00", "07:00")), ..Preferences::default() };
    assert!(!ring(&quiet, "23:30") && !ring(&quiet, "06:59") && ring(&quiet, "07:00"));
    let paused = Preferences { paused_until: Some(now.plus(Duration::from_secs(1))), ..Preferences::default() };
    assert!(!ring(&paused, "10:00"));
    let over = Preferences { paused_until: Some(now), ..Preferences::default() };
    assert!(ring(&over, "10:00"));
}

#[test]
fn the_rule_and_the_quiet_hours_have_a_clock_each() {
    let now = Timestamp::from_milliseconds(10_000);
    let within = alert(AlertRule::FreeWithin { days: EVERY_DAY, hours: span("12:00", "13:00") });
    let preferences = Preferences { quiet: Some(span("22:00", "07:00")), ..Preferences::default() };
    let notifies = |rule, quiet| {
        let local = LocalMoments { rule: moment(7, rule), quiet: moment(7, quiet) };
        within.should_notify(&event(TableStatus::Free, now), &preferences, local)
    };
    assert!(notifies("12:30", "10:00"));
    assert!(!notifies("10:00", "12:30"), "the hours are on the rule's clock");
    assert!(!notifies("12:30", "23:30"), "it is night on the other clock");
}

#[test]
fn a_rule_fits_its_topic() {
    let (table, room): (Topic, Topic) = ("table/lobby".parse().unwrap(), "room/k3j9x0a2bc".parse().unwrap());
    let of_room = AlertRule::Room { question: true, feedback: false, closed: false };
    assert!(AlertRule::FreeOnce.check(&table).is_ok() && of_room.check(&room).is_ok());
    assert!(AlertRule::FreeOnce.check(&room).is_err() && of_room.check(&table).is_err());
    assert!(AlertRule::Room { question: false, feedback: false, closed: false }.check(&room).is_err());
    for days in [0, 128, 255] {
        assert!(AlertRule::FreeWithin { days, hours: span("09:00", "17:00") }.check(&table).is_err(), "{days}");
    }
}

#[test]
fn times_of_the_day_have_one_notation() {
    assert_eq!(time("09:30").to_string(), "09:30");
    for odd in ["", "9:30", "24:00", "12:60", "+1:00", "12:3", "12:30:00", "१२:३०"] {
        assert!(odd.parse::<DayTime>().is_err(), "{odd}");
    }
}

#[test]
fn an_alert_about_a_private_item_ends_unless_it_is_renewed() {
    let private = Alert { topic: "item/@staff:rota".parse().unwrap(), ..alert(AlertRule::EachChange) };
    let end = private.asked_at.plus(PRIVATE_ALERT_KEPT);
    assert!(private.has_expired(end) && !private.has_expired(end.minus(Duration::from_secs(1))));
    let renewed = private.renewed(false, end).unwrap();
    assert!(!renewed.has_expired(end) && renewed.has_expired(end.plus(PRIVATE_ALERT_KEPT)));
    assert_eq!((renewed.rev, renewed.asked_rev), (private.rev + 1, private.asked_rev));
    assert_eq!(renewed.renewed(false, end.plus(PRIVATE_ALERT_KEPT / 3)), None, "less than half of its time is over");
    assert!(renewed.renewed(false, end.plus(PRIVATE_ALERT_KEPT / 2)).is_some());
    assert_eq!(alert(AlertRule::EachChange).renewed(false, end), None, "a member's alert about a table lasts");
    assert!(!alert(AlertRule::EachChange).has_expired(end));
    let visitors = alert(AlertRule::EachChange).renewed(true, end).unwrap();
    assert_eq!(visitors.expires_at, Some(end.plus(VISITOR_KEPT)));
}

#[test]
fn an_expired_alert_does_not_notify() {
    let now = Timestamp::from_milliseconds(10_000);
    let until = |end| Alert { expires_at: Some(end), ..alert(AlertRule::EachChange) };
    let rings =
        |alert: &Alert| alert.rings(&event(TableStatus::Free, now), &Preferences::default(), moment(1, "10:00"));
    assert!(rings(&until(now.plus(Duration::from_millis(1)))) && !rings(&until(now)));
}

#[test]
fn serialization_round_trips() {
    let within = alert(AlertRule::FreeWithin { days: WORKDAYS, hours: span("09:00", "17:00") });
    let json = serde_json::to_string(&within).unwrap();
    insta::assert_snapshot!(json, @r#"{"topic":"table/lobby","name":"lobby","rule":{"when":"free_within","days":31,"from":"09:00","to":"17:00"},"askedAt":"1970-01-01T00:00:01.000Z","askedRev":1,"rev":1}"#);
    assert_eq!(serde_json::from_str::<Alert>(&json).unwrap(), within, "also from before alerts had a time zone");
    let zoned = Alert { time_zone: Some("Asia/Tokyo".to_owned()), ..within };
    let json = serde_json::to_string(&zoned).unwrap();
    assert!(json.contains(r#""timeZone":"Asia/Tokyo""#), "{json}");
    assert_eq!(serde_json::from_str::<Alert>(&json).unwrap(), zoned);
}

proptest! {
    /// A span and what is left of the day share no minute and leave none out.
    #[test]
    fn a_span_and_its_rest_make_a_day(from in 0_u16..1_440, to in 0_u16..1_440, at in 0_u16..1_440) {
        prop_assume!(from != to);
        let [from, to, at] = [from, to, at].map(DayTime::from_minutes);
        prop_assert_ne!(Span { from, to }.contains(at), Span { from: to, to: from }.contains(at));
    }
}
