//! One client against a scripted server, in virtual time.

use serde_json::json;

use super::*;
use protocol::digest::Digest;

fn topic() -> Topic {
    Topic::Tables
}

fn client() -> LiveClient {
    let mut client = LiveClient::new(&Settings::default());
    client.watch(&topic(), 0);
    client.start(0);
    client
}

fn actions(client: &mut LiveClient) -> Vec<Action> {
    std::iter::from_fn(|| client.poll_action()).collect()
}

fn sent(text: &str) -> Action {
    Action::Send(text.to_owned())
}

fn subscribe() -> Action {
    sent(r#"{"action":"subscribe","topic":"tables"}"#)
}

fn ping() -> Action {
    sent(r#"{"action":"ping"}"#)
}

fn snapshot(rev: u64) -> String {
    let entities = [json!({"id": "lobby", "rev": rev, "state": rev})];
    json!({"type": "snapshot", "topic": "tables", "part": 1, "parts": 1, "entities": entities}).to_string()
}

fn change(rev: u64) -> String {
    let changes = [json!({"topic": "tables", "id": "lobby", "rev": rev, "state": rev})];
    json!({"type": "changes", "changes": changes}).to_string()
}

fn pong(rev: u64) -> String {
    let digest = Digest::of([("lobby", rev)]).to_string();
    json!({"type": "pong", "digests": {"tables": digest}}).to_string()
}

fn live() -> LiveClient {
    let mut client = client();
    client.handle_opened(100);
    client.handle_message(&snapshot(1), 200);
    actions(&mut client);
    while client.poll_event().is_some() {}
    client
}

#[test]
fn opens_subscribes_and_shows() {
    let mut client = client();
    assert_eq!(actions(&mut client), [Action::Open]);
    assert_eq!(client.poll_event(), Some(Event::Connection));
    client.handle_opened(100);
    assert_eq!(actions(&mut client), [subscribe()]);
    client.handle_message(&snapshot(1), 200);
    assert_eq!(client.poll_event(), Some(Event::Connection));
    assert_eq!(client.poll_event(), Some(Event::Topic(topic())));
    assert_eq!(client.poll_event(), None);
    client.handle_message(&change(2), 300);
    assert_eq!(client.poll_event(), Some(Event::Topic(topic())));
    client.handle_message(&change(2), 300);
    assert_eq!(client.poll_event(), None, "the same change twice is no news");
}

#[test]
fn what_cannot_be_told_just_now_is_asked_for_again_soon() {
    let mut client = client();
    client.handle_opened(100);
    actions(&mut client);
    let fault = json!({"type": "error", "code": "INTERNAL_ERROR", "message": "", "topic": "tables"}).to_string();
    for (answered, due) in [(200, 1_200), (1_300, 3_300), (3_400, 7_400)] {
        client.handle_message(&fault, answered);
        assert_eq!(client.next_timeout(), Some(due), "the waits double");
        client.handle_timeout(due, 0.0);
        assert_eq!(actions(&mut client), [subscribe()]);
    }
    client.handle_message(&fault, 7_500);
    assert_eq!(client.next_timeout(), Some(10_100), "a connection on which nothing is told is given up as before");
    client.handle_timeout(10_100, 0.0);
    assert_eq!(actions(&mut client), [Action::Close]);
}

#[test]
fn a_lost_change_heals_at_the_next_ping() {
    let mut client = live();
    assert_eq!(client.next_timeout(), Some(60_100));
    client.handle_timeout(60_100, 0.0);
    assert_eq!(actions(&mut client), [ping()]);
    client.handle_message(&pong(3), 60_200);
    assert_eq!(actions(&mut client), [subscribe()]);
    client.handle_message(&snapshot(3), 60_300);
    assert_eq!(client.subscription(&topic()).unwrap().replica.get("lobby"), Some(&json!(3)));
}

#[test]
fn a_ping_that_agrees_asks_for_nothing() {
    let mut client = live();
    client.handle_timeout(60_100, 0.0);
    client.handle_message(&change(2), 60_150);
    client.handle_message(&pong(1), 60_200);
    assert_eq!(actions(&mut client), [ping()]);
    assert_eq!(client.next_timeout(), Some(120_200));
}

#[test]
fn a_stream_of_changes_does_not_put_off_the_ping() {
    let mut client = live();
    for second in 1..59 {
        client.handle_message(&change(1 + second), 200 + second * 1_000);
    }
    assert_eq!(client.next_timeout(), Some(60_100));
}

#[test]
fn an_answer_that_does_not_come_is_a_dead_connection() {
    let mut client = live();
    client.handle_timeout(60_100, 0.0);
    client.handle_timeout(70_099, 0.0);
    assert_eq!(actions(&mut client), [ping()]);
    client.handle_timeout(70_100, 1.0);
    assert_eq!(actions(&mut client), [Action::Close]);
    assert_eq!(client.connection(), Connection::Waiting { until: 70_600 });
    client.handle_timeout(70_600, 0.0);
    assert_eq!(actions(&mut client), [Action::Open]);
    client.handle_opened(70_700);
    assert_eq!(actions(&mut client), [subscribe()]);
}

#[test]
fn a_snapshot_that_does_not_come_is_a_dead_connection() {
    let mut client = client();
    client.handle_opened(100);
    actions(&mut client);
    client.handle_timeout(client.next_timeout().unwrap(), 0.0);
    assert_eq!(actions(&mut client), [Action::Close]);
}

#[test]
fn waits_grow_and_end_when_the_network_or_the_tab_comes_back() {
    let mut client = client();
    let mut waits = Vec::new();
    for _ in 0..8 {
        client.handle_closed(0, 1.0);
        waits.push(client.next_timeout().unwrap());
    }
    assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    actions(&mut client);
    client.handle_network(false, 10);
    assert_eq!(client.connection(), Connection::Offline);
    client.handle_network(true, 20);
    assert_eq!(actions(&mut client), [Action::Open]);
    client.handle_closed(30, 0.0);
    client.handle_visibility(true, 40);
    assert_eq!(actions(&mut client), [Action::Open]);
}

#[test]
fn a_hidden_page_pings_seldom_and_asks_when_it_is_seen_again() {
    let mut client = live();
    client.handle_visibility(false, 1_000);
    assert_eq!(client.next_timeout(), Some(540_100));
    client.handle_visibility(true, 30_000);
    assert_eq!(actions(&mut client), [ping()]);
}

#[test]
fn a_refused_topic_says_why_and_is_not_asked_for_again() {
    let mut client = client();
    client.handle_opened(0);
    actions(&mut client);
    let refusal = json!({"type": "error", "code": "UNKNOWN_TOPIC", "message": "No.", "topic": "tables"});
    client.handle_message(&refusal.to_string(), 10);
    assert_eq!(client.subscription(&topic()).unwrap().refused.as_ref().unwrap().message, "No.");
    client.handle_timeout(60_000, 0.0);
    client.handle_message(r#"{"type":"pong","digests":{}}"#, 60_010);
    assert_eq!(actions(&mut client), [ping()]);
}

#[test]
fn an_adopted_connection_is_not_asked_twice() {
    let mut client = LiveClient::new(&Settings::default());
    client.expect_opening(0);
    client.watch(&topic(), 0);
    client.handle_adopted(10, &[topic()]);
    assert_eq!(actions(&mut client), []);
    client.handle_message(&snapshot(1), 20);
    assert!(client.subscription(&topic()).unwrap().replica.is_complete());
}

#[test]
fn what_nobody_looks_at_is_unsubscribed() {
    let mut client = live();
    client.watch(&topic(), 300);
    client.unwatch(&topic());
    assert_eq!(actions(&mut client), []);
    client.unwatch(&topic());
    assert_eq!(actions(&mut client), [sent(r#"{"action":"unsubscribe","topic":"tables"}"#)]);
}

#[test]
fn what_it_does_not_understand_is_passed_over() {
    let mut client = live();
    client.handle_message("garbage", 300);
    client.handle_message(r#"{"type":"from the future"}"#, 300);
    client.handle_message(r#"{"type":"changes","changes":[{"topic":"no/such","id":"x","rev":1,"state":1}]}"#, 300);
    assert_eq!(client.connection(), Connection::Live);
}

#[test]
fn somebody_else_gets_a_connection_of_their_own() {
    let mut client = live();
    client.reconnect(true, 1_000);
    assert_eq!(actions(&mut client), [Action::Close, Action::Open]);
    client.handle_opened(1_100);
    assert_eq!(actions(&mut client), [subscribe()]);
    client.reconnect(true, 1_200);
    client.reconnect(true, 1_300);
    assert_eq!(actions(&mut client), [Action::Close, Action::Open, Action::Close, Action::Open]);
}

#[test]
fn what_was_refused_to_one_is_asked_for_by_the_next() {
    let mut client = live();
    let refused = r#"{"type":"error","code":"UNAUTHENTICATED","message":"Sign in.","topic":"tables"}"#;
    client.handle_message(refused, 300);
    assert!(client.subscription(&topic()).unwrap().refused.is_some());
    client.reconnect(true, 400);
    assert!(client.subscription(&topic()).unwrap().refused.is_none());
    client.handle_opened(500);
    assert!(actions(&mut client).contains(&subscribe()));
}

#[test]
fn the_servers_clock_is_that_of_its_last_snapshot() {
    let mut client = client();
    client.handle_opened(100);
    assert_eq!(client.server_time(100), None);
    let at = "2026-11-20T12:00:00.000Z";
    let snapshot = json!({"type": "snapshot", "topic": "tables", "part": 1, "parts": 1, "entities": [], "at": at});
    client.handle_message(&snapshot.to_string(), 200);
    let expected: Timestamp = "2026-11-20T12:00:01.500Z".parse().unwrap();
    assert_eq!(client.server_time(1_700), Some(expected));
}

#[test]
fn a_server_that_has_forgotten_whose_connection_it_is_gets_another() {
    let mut client = live();
    client.reconnect(true, 1_000);
    client.handle_opened(1_100);
    actions(&mut client);
    let forgotten = r#"{"type":"error","code":"UNAUTHENTICATED","message":"Sign in.","topic":"tables"}"#;
    client.handle_message(forgotten, 1_200);
    assert_eq!(actions(&mut client), [Action::Close]);
    assert!(matches!(client.connection(), Connection::Waiting { .. }));
    assert!(client.subscription(&topic()).unwrap().refused.is_none(), "the page shows no refusal");
}
