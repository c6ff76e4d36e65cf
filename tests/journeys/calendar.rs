//! The calendar entries of events, read by Python's icalendar, which is independent of the crate that writes them.

use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::Api;
use test_support::server::Server;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Reads a calendar from the standard input, and prints its properties and those of its entries as JSON.
const READER: &str = "
import json, sys
from icalendar import Calendar
calendar = Calendar.from_ical(sys.stdin.read())
assert not calendar.errors and all(not event.errors for event in calendar.walk('VEVENT')), calendar.errors
def plain(component):
    return {name: value.dt.isoformat() if hasattr(value, 'dt') else str(value) for name, value in component.property_items(recursive=False) if name not in ('BEGIN', 'END')}
print(json.dumps({'calendar': plain(calendar), 'events': [plain(event) for event in calendar.walk('VEVENT')]}))
";

/// A calendar as Python's icalendar reads it.
async fn read(calendar: &str) -> Value {
    let python = std::env::var_os("RALLY_ICALENDAR").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.args(["-c", READER]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut reader = command.spawn().expect("Python starts");
    reader.stdin.take().unwrap().write_all(calendar.as_bytes()).await.unwrap();
    let output = reader.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn calendar_of(api: &Api, id: &str) -> Value {
    read(&Api::text(api.request(Method::GET, &format!("/v1/meetups/{id}/calendar"))).await).await
}

/// Faults: a wrong zone; an entry that does not update; answer buttons; other guests' addresses.
#[tokio::test]
async fn a_calendar_replaces_the_entry_of_an_event_that_changes() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let title = "Party, with \"cake\"; and a very long title that must be folded at seventy-five bytes – für alle \\n";
    let form = |title: &str, start: &str| json!({"title": title, "start": start, "zone": "America/New_York", "minutes": 90, "visibility": "public"});
    let created = ada.api.call_with(Method::POST, "/v1/meetups", &form(title, "2098-07-01T19:00")).await;
    let id = created.data()["meetup"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/meetups/{id}");
    let draft = server.visitor().call(Method::GET, &format!("{path}/calendar")).await;
    assert_eq!(draft.status, 404, "a draft is its host's");
    ada.api.call(Method::POST, &format!("{path}/publish")).await;

    let first = calendar_of(&server.visitor(), &id).await;
    assert_eq!((&first["calendar"]["METHOD"], &first["calendar"]["VERSION"]), (&json!("PUBLISH"), &json!("2.0")));
    let event = &first["events"][0];
    assert_eq!(event["SUMMARY"], json!(title));
    assert_eq!(
        (&event["DTSTART"], &event["DTEND"]),
        (&json!("2098-07-01T23:00:00+00:00"), &json!("2098-07-02T00:30:00+00:00"))
    );
    assert_eq!((&event["SEQUENCE"], &event["STATUS"]), (&json!("0"), &json!("CONFIRMED")));
    assert!(event["ATTENDEE"].is_null() && event["ORGANIZER"].is_null(), "{event}");
    assert!(event["URL"].as_str().unwrap().ends_with(&format!("/events/{id}")), "{event}");

    ada.api.call(Method::POST, &format!("{path}/cancel")).await;
    let second = calendar_of(&server.visitor(), &id).await;
    let cancelled = &second["events"][0];
    assert_eq!((&second["calendar"]["METHOD"], &cancelled["STATUS"]), (&json!("CANCEL"), &json!("CANCELLED")));
    assert_eq!(cancelled["UID"], event["UID"], "one UID for the whole life");
    assert_eq!(cancelled["SEQUENCE"], "1");
    assert!(cancelled["DTSTAMP"].as_str() >= event["DTSTAMP"].as_str());

    let other = ada.api.call_with(Method::POST, "/v1/meetups", &json!({"title": "Some day"})).await;
    let other = other.data()["meetup"]["id"].as_str().unwrap().to_owned();
    let without_start = ada.api.call(Method::GET, &format!("/v1/meetups/{other}/calendar")).await;
    assert_eq!(without_start.status, 422, "{}", without_start.body);
}
