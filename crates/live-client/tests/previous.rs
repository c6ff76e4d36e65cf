//! A page of now at a server of the release before this one: what that said is recorded in `tests/fixtures/previous`. The other way round is a
//! test of `infra/local`, with the server itself.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use domain::item::Item;
use domain::table::Table;
use domain::topic::Topic;
use live_client::{Event, LiveClient};
use protocol::envelope::{Envelope, ErrorBody};
use protocol::frames::ServerFrame;
use protocol::items::ItemList;
use protocol::settings::Settings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const FRAMES: &str = include_str!("../../../tests/fixtures/previous/frames.ndjson");

const ANSWERS: &str = include_str!("../../../tests/fixtures/previous/answers.json");

/// That a type of now reads this and writes the same.
fn is_kept<T: DeserializeOwned + Serialize>(recorded: &Value) {
    is_written_as::<T>(recorded, recorded);
}

/// That a type of now reads this and writes `expected`.
fn is_written_as<T: DeserializeOwned + Serialize>(recorded: &Value, expected: &Value) {
    let read: T = serde_json::from_value(recorded.clone()).unwrap_or_else(|fault| panic!("{fault}: {recorded}"));
    assert_eq!(&serde_json::to_value(read).unwrap(), expected, "nothing is lost");
}

/// The same for tables, which now have the number of people in their queue: the release before had none.
fn are_kept_tables<T: DeserializeOwned + Serialize>(recorded: &Value) {
    let mut expected = recorded.clone();
    let tables = if expected.get("data").is_some() { &mut expected["data"] } else { &mut expected };
    match tables {
        Value::Array(tables) => tables.iter_mut().for_each(|table| table["waiting"] = 0.into()),
        table => table["waiting"] = 0.into(),
    }
    is_written_as::<T>(recorded, &expected);
}

#[test]
fn the_current_client_reads_each_frame_of_the_previous_release() {
    let mut kinds = BTreeSet::new();
    for line in FRAMES.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        is_kept::<ServerFrame>(&recorded);
        for one in [&recorded["entities"], &recorded["changes"]].into_iter().filter_map(Value::as_array).flatten() {
            let topic = recorded["topic"].as_str().or(one["topic"].as_str()).unwrap();
            match topic {
                _ if one["state"].is_null() => {}
                "tables" | "table/lobby" => are_kept_tables::<Table>(&one["state"]),
                "items" => is_kept::<Item>(&one["state"]),
                other => panic!("{other} is not among what is compared"),
            }
        }
        kinds.insert(recorded["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["changes", "error", "pong", "snapshot", "unsubscribed"]);
}

/// A page of now at a server of before: it shows all of it, and does not take it for a later one.
#[test]
fn the_current_client_works_with_the_server_of_the_previous_release() {
    let mut client = LiveClient::new(&Settings::default());
    for topic in [Topic::Tables, Topic::Items] {
        client.subscribe(&topic, 0);
    }
    client.start(0);
    client.handle_opened(10);
    for (line, now) in FRAMES.lines().zip((20..).step_by(10)) {
        client.handle_message(line, now);
    }
    let tables = client.subscription(&Topic::Tables).unwrap();
    assert_eq!(tables.replica.get("lobby").unwrap()["status"], "busy");
    assert!(tables.replica.is_complete() && client.subscription(&Topic::Items).unwrap().replica.is_complete());
    let events: Vec<Event> = std::iter::from_fn(|| client.poll_event()).collect();
    assert!(!events.iter().any(|event| matches!(event, Event::NewerServer { .. })), "{events:?}");
}

#[test]
fn the_current_types_read_the_responses_of_the_previous_release() {
    let answers: Vec<Value> = serde_json::from_str(ANSWERS).unwrap();
    for answer in answers {
        let (body, path) = (&answer["body"], answer["path"].as_str().unwrap());
        if answer["status"].as_u64().unwrap() >= 400 {
            is_kept::<ErrorBody>(body);
            continue;
        }
        is_kept::<Envelope<Value>>(body);
        match path {
            "/v1/tables" if body["data"].is_array() => are_kept_tables::<Envelope<Vec<Table>>>(body),
            "/v1/tables" | "/v1/tables/lobby" => are_kept_tables::<Envelope<Table>>(body),
            "/v1/items" => is_kept::<Envelope<ItemList>>(body),
            "/v1/items/room:1" if !body["data"].is_null() => is_kept::<Envelope<Item>>(body),
            path if path.starts_with("/v1/live/") => is_kept::<Envelope<Vec<ServerFrame>>>(body),
            _ => {}
        }
    }
}
