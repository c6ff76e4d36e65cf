//! One client against a scripted server, in virtual time.

use serde_json::{Value, json};

use super::*;
use protocol::digest::Digest;

fn topic() -> Topic {
    Topic::Tables
}

fn client() -> LiveClient {
    let mut client = LiveClient::new(&Settings::default());
    client.subscribe(&topic(), 0);
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
    snapshot_of(&json!([{"id": "lobby", "rev": rev, "state": rev}]))
}

fn snapshot_of(entities: &Value) -> String {
    json!({"type": "snapshot", "topic": "tables", "part": 1, "parts": 1, "entities": entities}).to_string()
}

fn change(rev: u64) -> String {
    change_to("lobby", rev, &json!(rev))
}

fn change_to(id: &str, rev: u64, state: &Value) -> String {
    let changes = [json!({"topic": "tables", "id": id, "rev": rev, "state": state})];
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

fn events(client: &mut LiveClient) -> Vec<Event> {
    std::iter::from_fn(|| client.poll_event()).collect()
}

fn reset() -> Event {
    Event::Topic { topic: topic(), update: Update::Reset }
}

fn entities(ids: &[&str]) -> Event {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Event::Topic { topic: topic(), update: Update::Entities(ids) }
}

#[test]
fn opens_subscribes_and_shows() {
    let mut client = client();
    assert_eq!(actions(&mut client), [Action::Open]);
    assert_eq!(client.poll_event(), Some(Event::Connection));
    client.handle_opened(100);
    assert_eq!(actions(&mut client), [subscribe()]);
    client.handle_message(&snapshot(1), 200);
    assert_eq!(events(&mut client), [Event::Connection, reset()]);
    client.handle_message(&change(2), 300);
    assert_eq!(events(&mut client), [entities(&["lobby"])]);
    client.handle_message(&change(2), 300);
    assert_eq!(events(&mut client), [], "the same change twice changes nothing");
}

#[test]
fn a_frame_of_changes_is_one_event_for_each_topic() {
    let mut client = live();
    let frame = json!({"type": "changes", "changes": [
        {"topic": "tables", "id": "lobby", "rev": 2, "state": 2},
        {"topic": "tables", "id": "attic", "rev": 1, "state": 1},
        {"topic": "tables", "id": "lobby", "rev": 3, "state": 3},
        {"topic": "tables", "id": "cellar", "rev": 9, "state": null},
        {"topic": "rooms", "id": "other", "rev": 1, "state": 1},
    ]});
    client.handle_message(&frame.to_string(), 300);
    assert_eq!(
        events(&mut client),
        [entities(&["attic", "lobby"])],
        "cellar was not there, and rooms are not subscribed"
    );
    client.handle_message(&change_to("lobby", 4, &Value::Null), 400);
    assert_eq!(events(&mut client), [entities(&["lobby"])], "a removal");
}

/// A client that has a subscription, and whose connection is being opened.
fn opening() -> LiveClient {
    let mut client = client();
    assert_eq!(actions(&mut client), [Action::Open]);
    client
}

#[test]
fn an_early_snapshot_is_shown_until_the_connection_has_its_own() {
    let mut client = opening();
    client.show_early(&topic(), &[snapshot(7)], 1);
    assert!(events(&mut client).contains(&reset()));
    assert_eq!(client.subscription(&topic()).unwrap().replica.revision("lobby"), Some(7));
    client.handle_opened(2);
    assert_eq!(actions(&mut client), [subscribe()], "the connection's own snapshot is requested all the same");
    // It was deleted in between.
    client.handle_message(&snapshot_of(&json!([])), 3);
    assert!(client.subscription(&topic()).unwrap().replica.is_empty());
}

#[test]
fn an_early_snapshot_has_no_effect_once_the_topic_was_requested() {
    let mut client = opening();
    client.handle_opened(1);
    client.show_early(&topic(), &[snapshot(7)], 2);
    assert!(client.subscription(&topic()).unwrap().replica.is_empty(), "it may be older than what comes");
    client.handle_message(&snapshot(8), 3);
    client.show_early(&topic(), &[snapshot(7)], 4);
    assert_eq!(client.subscription(&topic()).unwrap().replica.revision("lobby"), Some(8));
}

#[test]
fn an_early_snapshot_of_another_topic_has_no_effect() {
    let mut client = opening();
    client.show_early(&topic(), &[change(7), "{".to_owned(), snapshot(7).replace("\"tables\"", "\"rooms\"")], 1);
    client.show_early(&Topic::Rooms, &[snapshot(7)], 1);
    assert!(!client.subscription(&topic()).unwrap().replica.is_complete());
}

#[test]
fn a_snapshot_without_changes_is_no_event() {
    let mut client = live();
    client.handle_opened(1_000);
    client.handle_message(&snapshot(1), 1_100);
    assert_eq!(events(&mut client), []);
    client.handle_opened(2_000);
    client.handle_message(&snapshot_of(&json!([{"id": "lobby", "rev": 1, "state": "seen by another person"}])), 2_100);
    assert_eq!(events(&mut client), [reset()], "the revision is the same, the state is not");
    client.handle_opened(3_000);
    client.handle_message(&snapshot_of(&json!([])), 3_100);
    assert_eq!(events(&mut client), [reset()], "an entity is gone");
    client.handle_opened(4_000);
    client.handle_message(&snapshot(1), 4_100);
    assert_eq!(events(&mut client), [reset()], "an entity is new");
}

#[test]
fn an_unsolicited_snapshot_names_what_is_newer() {
    let mut client = live();
    let unsolicited = json!({"type": "snapshot", "topic": "tables", "part": 1, "parts": 1, "unasked": true, "entities": [
        {"id": "lobby", "rev": 1, "state": 1}, {"id": "attic", "rev": 1, "state": 1},
    ]});
    client.handle_message(&unsolicited.to_string(), 300);
    assert_eq!(events(&mut client), [entities(&["attic"])]);
}

#[test]
fn a_change_from_elsewhere_is_applied_once() {
    let mut client = live();
    let change = Change { topic: "tables".to_owned(), id: "lobby".to_owned(), rev: 2, state: Some(json!(2)) };
    client.apply_change(change.clone());
    assert_eq!(events(&mut client), [entities(&["lobby"])]);
    client.apply_change(change);
    assert_eq!(events(&mut client), []);
}

#[test]
fn a_topic_is_requested_again_after_an_internal_error() {
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
    assert_eq!(client.next_timeout(), Some(10_100), "a connection without a response is abandoned as before");
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
    assert_eq!(actions(&mut client), [], "the change may be on its way");
    assert_eq!(client.next_timeout(), Some(61_200));
    client.handle_timeout(61_200, 0.0);
    assert_eq!(actions(&mut client), [subscribe()]);
    client.handle_message(&snapshot(3), 61_300);
    assert_eq!(client.subscription(&topic()).unwrap().replica.get("lobby"), Some(&json!(3)));
}

#[test]
fn a_digest_that_matches_requests_nothing() {
    let mut client = live();
    client.handle_timeout(60_100, 0.0);
    client.handle_message(&change(2), 60_150);
    client.handle_message(&pong(1), 60_200);
    assert_eq!(actions(&mut client), [ping()]);
    assert_eq!(client.next_timeout(), Some(120_200));
}

#[test]
fn a_change_that_arrives_after_its_pong_is_not_lost() {
    let mut client = live();
    client.handle_timeout(60_100, 0.0);
    client.handle_message(&pong(2), 60_200);
    client.handle_message(&change(2), 60_900);
    client.handle_message(&change(3), 61_000);
    assert_eq!(client.next_timeout(), Some(120_200));
    assert_eq!(actions(&mut client), [ping()]);
}

/// The server also sends digests after a post has failed. They may overtake the answer to a ping, which then has an older state.
#[test]
fn a_pong_of_an_older_state_does_not_end_the_wait_for_a_newer_one() {
    let mut client = live();
    client.handle_timeout(60_100, 0.0);
    client.handle_message(&pong(2), 60_200);
    client.handle_message(&pong(1), 60_300);
    assert_eq!(actions(&mut client), [ping()], "the change may be on its way");
    assert_eq!(client.next_timeout(), Some(61_200));
    client.handle_timeout(61_200, 0.0);
    assert_eq!(actions(&mut client), [subscribe()]);
}

#[test]
fn unsolicited_digests_are_compared_at_once() {
    let mut client = live();
    client.handle_message(&pong(3), 300);
    assert_eq!(actions(&mut client), [subscribe()]);
}

const THROTTLED: &str = r#"{"message":"Too Many Requests","connectionId":"a=","requestId":"b="}"#;

#[test]
fn a_throttled_ping_is_sent_again_on_the_same_connection() {
    let mut client = live();
    client.handle_timeout(60_100, 0.0);
    actions(&mut client);
    // The waits double; how much of them is random.
    let mut now = 60_100;
    for (jitter, wait) in [(0.0, 500), (1.0, 2_000), (0.5, 3_000)] {
        client.handle_message(THROTTLED, now);
        assert_eq!(client.next_timeout(), Some(now), "the caller brings the random number");
        client.handle_timeout(now, jitter);
        assert_eq!(client.next_timeout(), Some(now + wait));
        assert_eq!(actions(&mut client), []);
        now += wait;
        client.handle_timeout(now, jitter);
        assert_eq!(actions(&mut client), [ping()]);
    }
    client.handle_message(&pong(1), now + 100);
    assert_eq!((client.connection(), client.next_timeout()), (ConnectionState::Live, Some(now + 60_100)));
    // The next time begins with the shortest wait again.
    client.handle_timeout(now + 60_100, 0.0);
    client.handle_message(THROTTLED, now + 60_100);
    client.handle_timeout(now + 60_100, 0.0);
    assert_eq!(client.next_timeout(), Some(now + 60_600));
}

#[test]
fn a_throttled_subscription_is_sent_again_after_either_throttling_error() {
    let ours = ["TOO_MANY_MESSAGES", "INTERNAL_ERROR"]
        .map(|code| json!({"type": "error", "code": code, "message": ""}).to_string());
    for throttled in ours.iter().map(String::as_str).chain([THROTTLED]) {
        let mut client = client();
        client.handle_opened(100);
        actions(&mut client);
        client.handle_message(throttled, 200);
        client.handle_timeout(200, 0.0);
        client.handle_timeout(700, 0.0);
        assert_eq!(actions(&mut client), [subscribe()]);
        assert_eq!(client.next_timeout(), Some(10_700), "from now on a response is waited for");
        client.handle_message(&snapshot(1), 800);
        assert_eq!(client.next_timeout(), Some(60_100));
    }
}

#[test]
fn what_was_throttled_ends_with_its_connection() {
    let mut client = live();
    client.handle_timeout(60_100, 0.0);
    client.handle_message(THROTTLED, 60_200);
    client.handle_closed(60_300, 0.0);
    client.handle_timeout(60_550, 0.0);
    client.handle_opened(60_600);
    client.handle_message(&snapshot(1), 60_700);
    actions(&mut client);
    assert_eq!(client.next_timeout(), Some(120_600));
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
fn a_pong_that_does_not_come_is_a_dead_connection() {
    let mut client = live();
    client.handle_timeout(60_100, 0.0);
    client.handle_timeout(70_099, 0.0);
    assert_eq!(actions(&mut client), [ping()]);
    client.handle_timeout(70_100, 1.0);
    assert_eq!(actions(&mut client), [Action::Close]);
    assert_eq!(client.connection(), ConnectionState::Waiting { until: 70_600 });
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
    assert_eq!(client.connection(), ConnectionState::Offline);
    client.handle_network(true, 20);
    assert_eq!(actions(&mut client), [Action::Open]);
    client.handle_closed(30, 0.0);
    client.handle_visibility(true, 40);
    assert_eq!(actions(&mut client), [Action::Open]);
}

#[test]
fn a_device_without_a_network_is_offline_at_once_until_the_server_is_heard_again() {
    let mut client = live();
    client.handle_network(false, 1_000);
    assert_eq!((client.connection(), events(&mut client)), (ConnectionState::Offline, vec![Event::Connection]));
    assert_eq!(actions(&mut client), [ping()], "the connection stays open");
    // The report was wrong: a server on this machine needs no network.
    client.handle_message(&pong(1), 1_020);
    assert_eq!((client.connection(), events(&mut client)), (ConnectionState::Live, vec![Event::Connection]));
    client.handle_network(false, 2_000);
    client.handle_network(true, 2_100);
    assert_eq!(client.connection(), ConnectionState::Live, "the network was gone for an instant");
}

#[test]
fn a_hidden_page_pings_rarely_and_at_once_when_it_is_visible_again() {
    let mut client = live();
    client.handle_visibility(false, 1_000);
    assert_eq!(client.next_timeout(), Some(540_100));
    client.handle_visibility(true, 30_000);
    assert_eq!(actions(&mut client), [ping()]);
}

#[test]
fn a_denied_topic_says_why_and_is_not_requested_again() {
    let mut client = client();
    client.handle_opened(0);
    actions(&mut client);
    let denial = json!({"type": "error", "code": "UNKNOWN_TOPIC", "message": "No.", "topic": "tables"});
    client.handle_message(&denial.to_string(), 10);
    assert_eq!(events(&mut client), [Event::Connection, Event::Topic { topic: topic(), update: Update::Denied }]);
    client.handle_message(&denial.to_string(), 20);
    assert_eq!(events(&mut client), [], "once");
    assert_eq!(client.subscription(&topic()).unwrap().denied.as_ref().unwrap().message, "No.");
    client.handle_timeout(60_000, 0.0);
    client.handle_message(r#"{"type":"pong","digests":{}}"#, 60_010);
    assert_eq!(actions(&mut client), [ping()]);
}

#[test]
fn a_topic_without_subscribers_is_unsubscribed() {
    let mut client = live();
    client.subscribe(&topic(), 300);
    client.unsubscribe(&topic());
    assert_eq!(actions(&mut client), []);
    client.unsubscribe(&topic());
    assert_eq!(actions(&mut client), [sent(r#"{"action":"unsubscribe","topic":"tables"}"#)]);
}

/// A server of a later version may change the meaning of a known frame, and may send unknown ones. It is reported once.
#[test]
fn a_server_of_a_later_version_is_noticed_whatever_it_sends() {
    let later = protocol::VERSION + 1;
    let pong = |version: u32| json!({"type": "pong", "digests": {}, "version": version}).to_string();
    let strange = json!({"type": "state", "of": "tables", "version": later}).to_string();
    for frame in [pong(later), strange] {
        let mut client = live();
        client.handle_message(&pong(protocol::VERSION), 300);
        assert_eq!(events(&mut client), [], "its own version is no news");
        client.handle_message(&frame, 310);
        assert_eq!(events(&mut client), [Event::NewerServer { version: later }], "{frame}");
        client.handle_message(&frame, 320);
        assert_eq!(events(&mut client), [], "once");
    }
    let mut client = live();
    client.handle_message(&pong(0), 300);
    client.handle_message(r#"{"type":"pong","digests":{}}"#, 310);
    assert_eq!(events(&mut client), [], "an older server is understood");
}

#[test]
fn an_unknown_frame_is_ignored() {
    let mut client = live();
    client.handle_message("garbage", 300);
    client.handle_message(r#"{"type":"from the future"}"#, 300);
    client.handle_message(r#"{"type":"changes","changes":[{"topic":"no/such","id":"x","rev":1,"state":1}]}"#, 300);
    assert_eq!(client.connection(), ConnectionState::Live);
}

#[test]
fn another_person_gets_another_connection() {
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
fn a_topic_denied_to_one_person_is_requested_for_the_next() {
    let mut client = live();
    let denied = r#"{"type":"error","code":"UNAUTHENTICATED","message":"Sign in.","topic":"tables"}"#;
    client.handle_message(denied, 300);
    assert!(client.subscription(&topic()).unwrap().denied.is_some());
    client.reconnect(true, 400);
    assert!(client.subscription(&topic()).unwrap().denied.is_none());
    client.handle_opened(500);
    assert!(actions(&mut client).contains(&subscribe()));
    events(&mut client);
    client.handle_message(&snapshot(1), 600);
    assert_eq!(events(&mut client), [reset()], "shown again, though the entities are the same");
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
fn a_connection_that_the_server_no_longer_knows_is_replaced() {
    let mut client = live();
    client.reconnect(true, 1_000);
    client.handle_opened(1_100);
    actions(&mut client);
    let forgotten = r#"{"type":"error","code":"UNAUTHENTICATED","message":"Sign in.","topic":"tables"}"#;
    client.handle_message(forgotten, 1_200);
    assert_eq!(actions(&mut client), [Action::Close]);
    assert!(matches!(client.connection(), ConnectionState::Waiting { .. }));
    assert!(client.subscription(&topic()).unwrap().denied.is_none(), "the page shows no denial");
}

#[test]
fn a_connection_that_ends_with_its_token_is_replaced_at_once_and_unseen() {
    let mut client = live();
    client.reconnect(true, 1_000);
    client.handle_opened(1_100);
    actions(&mut client);
    events(&mut client);
    let ended = r#"{"type":"error","code":"UNAUTHENTICATED","message":"It has ended."}"#;
    client.handle_message(ended, 1_200);
    assert_eq!(actions(&mut client), [Action::Close, Action::Open]);
    assert_eq!((client.connection(), events(&mut client).len()), (ConnectionState::Live, 0), "nothing is shown of it");
    client.handle_opened(1_300);
    assert!(actions(&mut client).contains(&subscribe()), "what was missed comes with a snapshot");

    // If it cannot be replaced, that is shown as any loss.
    client.handle_message(ended, 1_400);
    client.handle_closed(1_500, 0.5);
    assert!(matches!(client.connection(), ConnectionState::Waiting { .. }));
    client.start(3_000);
    assert_eq!(client.connection(), ConnectionState::Connecting);
}
