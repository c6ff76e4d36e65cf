//! Records that this version cannot read: they hide no other record in a list or batch, and the stream delivers them again. On the
//! embedded database.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::pick::Pick;
use domain::question::{Draft, LibraryQuestion};
use domain::queue::Queue;
use domain::time::Timestamp;
use domain::topic::Topic;
use local::Local;
use local::deployment::{self, Application};
use serde_json::{Value, json};

use crate::support::*;

const ROOM: &str = "k3j9x0a2bc";
const MEETUP: &str = "k3j9x0a2bk";

/// Guests of the room.
const BO: &str = "guest:abcdefghijkmnpqrst23";
const CY: &str = "guest:abcdefghijkmnpqrst24";

type Item = HashMap<String, AttributeValue>;

/// A record of a list, and the place of another one of the list.
struct Row {
    list: &'static str,
    key: [String; 2],
    neighbor_key: [String; 2],
    record: Value,
}

fn row(list: &'static str, key: [&str; 2], neighbor_key: [&str; 2], record: Value) -> Row {
    Row { list, key: key.map(str::to_owned), neighbor_key: neighbor_key.map(str::to_owned), record }
}

/// A record of each list that the server reads, except those that the stream's function writes or clears for another record.
fn rows() -> Vec<Row> {
    let at = "2026-01-01T00:00:00.000Z";
    let draft = Draft { text: "Why?".to_owned(), ..Draft::default() };
    let content = draft.check().unwrap();
    let pick = Pick::create(ROOM.parse().unwrap(), 1, content.clone(), Timestamp::default());
    let question = LibraryQuestion::create("k3j9x0a2bd".parse().unwrap(), content, Timestamp::default());
    let factory =
        json!({"id": "k3j9x0a2be", "name": "A", "lower": 1, "upper": 9, "children": [2], "rev": 1, "updatedAt": at});
    let room = json!({
        "id": "k3j9x0a2bj", "name": "Maths", "creator": "ada", "creatorName": "Ada", "guestsAllowed": false,
        "state": "question_open", "picks": 2, "createdAt": at, "rev": 1,
    });
    let attempt = json!({"pick": 1, "person": "bo", "name": "Bo", "answer": {"text": "So."}, "at": at, "rev": 1});
    let answer = json!({"room": ROOM, "rev": 1, "attempt": attempt});
    let alert = json!({
        "topic": "table/lobby", "name": "Lobby", "rule": {"when": "free_once"}, "askedAt": at, "askedRev": 1, "rev": 1,
    });
    let alert = json!({"person": "bo", "rev": 1, "alert": alert});
    let subscription = json!({"endpoint": "https://push.example/x", "keys": {"p256dh": "AA", "auth": "AA"}});
    let line = Queue::new("lobby".parse().unwrap());
    let answers = |pick: u32| format!("ANSWERS#{ROOM}#{pick:03}");
    let (first, second) = (answers(1), answers(2));
    let entrants = format!("ENTRANTS#{ROOM}");
    let guest = json!({"name": "Bo", "joinedAt": 1, "look": "l", "expires": 9_999_999_999_u64});
    let person = json!({"guest": {"id": BO, "name": "Bo", "room": ROOM}});
    let listing = json!({
        "meetup": {
            "id": MEETUP, "owner": {"kind": "member", "id": "bo", "name": "Bo"}, "title": "Party", "minutes": 60, "visibility": "public",
            "state": "draft", "sequence": 0, "createdAt": at, "rev": 1,
        },
        "seats": {"taken": 0, "waiting": 0, "rev": 1},
    });
    let of_meetup = json!({
        "rev": 1, "guest": {"key": "k3j9x0a2bn", "name": "Cy", "origin": "link", "answer": "going", "plus": 0, "answeredAt": at, "rev": 1},
    });
    let meetup = format!("MEETUP#{MEETUP}");
    let (picks, people) = (format!("ROOM#{ROOM}"), format!("PEOPLE#{ROOM}"));
    vec![
        row("tables", ["TABLES", "lobby"], ["TABLES", "attic"], json!({"status": "free", "rev": 1})),
        row("heartbeats", ["HEARD", "lobby"], ["HEARD", "attic"], json!({"at": 1, "isFree": true})),
        row(
            "history",
            ["HISTORY#cellar", "2026-01-01T00:00:00.000Z#1"],
            ["HISTORY#cellar", "2026-01-02T00:00:00.000Z#2"],
            json!({"at": 1, "status": "free", "expires": 9_999_999_999_u64}),
        ),
        row("items", ["ITEMS", "a"], ["ITEMS", "b"], json!({"json": "1", "rev": 1})),
        row("values", ["VALUES#c", "1"], ["VALUES#c", "2"], json!({"json": "1", "rev": 1, "at": 1})),
        row(
            "factories",
            ["FACTORIES", "k3j9x0a2be"],
            ["FACTORIES", "k3j9x0a2bf"],
            json!({"rev": 1, "factory": factory}),
        ),
        row(
            "devices",
            ["DEVICES", "d1"],
            ["DEVICES", "d2"],
            json!({"name": "A", "tables": ["*"], "canManage": false, "createdAt": 1, "hash": "h"}),
        ),
        row("rooms", ["ROOMS", "k3j9x0a2bj"], ["ROOMS", "k3j9x0a2bg"], json!({"rev": 1, "room": room})),
        row("picks", [&picks, "PICK#001"], [&picks, "PICK#002"], json!({"rev": 1, "creator": "ada", "pick": pick})),
        row("answers", [&first, "bo"], [&first, "cy"], answer.clone()),
        row("own answers", [&first, "bo"], [&second, "bo"], answer),
        row("people", [&people, "bo"], [&people, "cy"], json!({"name": "Bo", "rev": 1, "connections": ["c"]})),
        row(
            "questions",
            ["BANK#ada", "k3j9x0a2bd"],
            ["BANK#ada", "k3j9x0a2bh"],
            json!({"rev": 1, "question": question}),
        ),
        row("alerts", ["ALERTS#table/lobby", "bo"], ["ALERTS#table/lobby", "cy"], alert.clone()),
        row("a person's alerts", ["ASKED#bo", "ALERT#table/lobby"], ["ASKED#bo", "ALERT#table/attic"], alert),
        row(
            "browsers",
            ["ASKED#bo", "BROWSER#x"],
            ["ASKED#bo", "BROWSER#y"],
            json!({"browser": {"id": "x", "subscription": subscription}}),
        ),
        row(
            "deliveries",
            ["DELIVERY#e", "x"],
            ["DELIVERY#e", "y"],
            json!({"recipient": "{}", "progress": "planned", "claimedUntil": 0, "expires": 9_999_999_999_u64}),
        ),
        row(
            "webhooks",
            ["SLACK", "*"],
            ["SLACK", "lobby"],
            json!({"sealed": "AAAA", "endsWith": "abcd", "eachChange": true, "isOff": false, "next": 0}),
        ),
        row("guests", [&entrants, BO], [&entrants, CY], guest),
        row(
            "a guest's connections",
            ["CONNECTION#c", "CONNECTION"],
            ["CONNECTION#d", "CONNECTION"],
            json!({"topics": [], "person": person, "expires": 9_999_999_999_u64}),
        ),
        row("public meetups", ["MEETUPS", MEETUP], ["MEETUPS", "k3j9x0a2bm"], json!({"rev": 2, "listing": listing})),
        row(
            "a host's meetups",
            ["HOSTED#bo", MEETUP],
            ["HOSTED#bo", "k3j9x0a2bm"],
            json!({"rev": 2, "listing": listing}),
        ),
        row("guests of a meetup", [&meetup, "GUEST#k3j9x0a2bn"], [&meetup, "GUEST#k3j9x0a2bp"], of_meetup),
        row("due meetups", ["DUE", "2026-01-01#a"], ["DUE", "2026-01-01#b"], json!({"meetup": MEETUP, "at": at})),
        row("lines", ["LINES", "lobby"], ["LINES", "attic"], json!({"rev": 1, "name": "", "line": line})),
    ]
}

/// The number of records that are read of a list.
async fn count(app: &Application, list: &str) -> usize {
    let storage = app.storage();
    let (room, bo, ada) = (ROOM.parse().unwrap(), "bo".parse().unwrap(), "ada".parse().unwrap());
    let lobby = "lobby".parse().unwrap();
    match list {
        "tables" => storage.tables().await.unwrap().len(),
        "heartbeats" => storage.last_reports().await.unwrap().len(),
        "history" => storage.history(&"cellar".parse().unwrap(), Timestamp::default()).await.unwrap().len(),
        "items" => storage.item_page("", None, 10).await.unwrap().items.len(),
        "values" => storage.past_values(&"c".parse().unwrap()).await.unwrap().len(),
        "factories" => storage.factories().await.unwrap().len(),
        "devices" => storage.devices().await.unwrap().len(),
        "rooms" => storage.rooms().await.unwrap().len(),
        "picks" => storage.picks(&room).await.unwrap().len(),
        "answers" => storage.answers(&room, 1).await.unwrap().len(),
        "own answers" => storage.own_answers(&room, 2, &bo).await.unwrap().len(),
        "people" => storage.people(&room).await.unwrap().len(),
        "questions" => storage.questions(&ada).await.unwrap().len(),
        "alerts" => storage.alerts_about(&Topic::Table(lobby)).await.unwrap().len(),
        "a person's alerts" => storage.notification_settings(&bo).await.unwrap().alerts.len(),
        "browsers" => storage.notification_settings(&bo).await.unwrap().browsers.len(),
        "deliveries" => storage.deliveries("e").await.unwrap().0.len(),
        "webhooks" => storage.webhooks().await.unwrap().len(),
        "guests" => storage.guests(&room, Timestamp::default()).await.unwrap().len(),
        "a guest's connections" => storage.subscriptions_of(&BO.parse().unwrap()).await.unwrap().len(),
        "public meetups" => storage.public_meetups().await.unwrap().len(),
        "a host's meetups" => storage.hosted_meetups(&bo).await.unwrap().len(),
        "guests of a meetup" => storage.meetup_guests(&MEETUP.parse().unwrap()).await.unwrap().len(),
        "due meetups" => storage.due_meetups(Timestamp::from_milliseconds(2_000_000_000_000)).await.unwrap().len(),
        "lines" => storage.queues().await.unwrap().len(),
        other => panic!("there is no list {other}"),
    }
}

fn item(record: &Value, [pk, sk]: &[String; 2]) -> Item {
    let mut item: Item = serde_dynamo::to_item(record).unwrap();
    // Sets, which JSON does not have.
    for (name, member) in [("connections", "c".to_owned()), ("topics", format!("room/{ROOM}"))] {
        if item.contains_key(name) {
            item.insert(name.to_owned(), AttributeValue::Ss(vec![member]));
        }
    }
    item.insert("pk".to_owned(), AttributeValue::S(pk.clone()));
    item.insert("sk".to_owned(), AttributeValue::S(sk.clone()));
    item
}

/// A record as a later version of this code could write it.
fn newer(mut item: Item) -> Item {
    item.insert("recordVersion".to_owned(), AttributeValue::N("2".to_owned()));
    item
}

/// A record whose attributes are of unexpected kinds.
fn garbled(mut item: Item) -> Item {
    for (_, value) in item.iter_mut().filter(|(name, _)| !["pk", "sk"].contains(&name.as_str())) {
        *value = AttributeValue::L(vec![AttributeValue::Bool(true)]);
    }
    item
}

async fn write(local: &Local, item: Item) {
    local.clients().dynamodb.put_item().table_name("rally").set_item(Some(item)).send().await.unwrap();
}

#[tokio::test]
async fn an_unreadable_record_does_not_hide_the_others() {
    let (local, app) = application().await;
    for connection in ["c", "d"] {
        write(&local, item(&json!({"expires": 9_999_999_999_u64}), &[format!("SESSIONS#{BO}"), connection.to_owned()]))
            .await;
    }
    for Row { list, key, neighbor_key, record } in rows() {
        let delete = async |[pk, sk]: &[String; 2]| {
            let delete = local.clients().dynamodb.delete_item().table_name("rally");
            let delete = delete.key("pk", AttributeValue::S(pk.clone())).key("sk", AttributeValue::S(sk.clone()));
            delete.send().await.unwrap();
        };
        write(&local, item(&record, &key)).await;
        write(&local, item(&record, &neighbor_key)).await;
        assert_eq!(count(&app, list).await, 2, "{list}: both can be read");
        write(&local, newer(item(&record, &neighbor_key))).await;
        assert_eq!(count(&app, list).await, 1, "{list}: one is of a later version");
        write(&local, garbled(item(&record, &neighbor_key))).await;
        assert_eq!(count(&app, list).await, 1, "{list}: one is garbled");
        delete(&key).await;
        delete(&neighbor_key).await;
    }
}

/// Records that are read by their key: a limit that would be exceeded otherwise, and connections that would continue after a sign-out.
#[tokio::test]
async fn unreadable_rooms_and_connections_still_count() {
    let (local, app) = application().await;
    let bo = "bo".parse().unwrap();
    for (pk, sk) in [("OWNED#bo", ROOM), ("SESSIONS#bo", "c"), ("HOSTED#bo", MEETUP)] {
        let good = item(&json!({"version": 1, "expires": 9_999_999_999_u64}), &[pk.to_owned(), sk.to_owned()]);
        for item in [good.clone(), newer(good.clone()), garbled(good)] {
            write(&local, item).await;
            let storage = app.storage();
            let counts = match pk {
                "OWNED#bo" => storage.owned_rooms(&bo).await.unwrap().count,
                "HOSTED#bo" => storage.owned_meetups(&bo).await.unwrap().count,
                _ => storage.connections_of(&bo).await.unwrap().len(),
            };
            assert_eq!(counts, 1, "{pk}");
        }
    }
}

/// The preferences are stored among a person's alerts and browsers.
#[tokio::test]
async fn unreadable_preferences_do_not_hide_alerts() {
    let (local, app) = application().await;
    let alerts = rows().into_iter().find(|row| row.list == "a person's alerts").unwrap();
    write(&local, item(&alerts.record, &alerts.key)).await;
    let preferences = item(&json!({"preferences": 7}), &["ASKED#bo", "PREFERENCES"].map(str::to_owned));
    write(&local, preferences).await;
    assert_eq!(count(&app, "a person's alerts").await, 1);
}

/// A list is read in pages: one that ends at a record with an unknown key continues after it.
#[tokio::test]
async fn a_list_continues_after_an_invalid_key() {
    let (local, app) = application().await;
    for (key, is_item) in [("a", true), ("b c", false), ("d", true)] {
        let record = json!({"json": "1", "rev": 1});
        write(&local, item(&record, &["ITEMS".to_owned(), key.to_owned()])).await;
        assert_eq!(key.parse::<domain::item::ItemKey>().is_ok(), is_item);
    }
    let (mut keys, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = app.storage().item_page("", after.as_deref(), 1).await.unwrap();
        keys.extend(page.items.into_iter().map(|item| item.key.to_string()));
        let Some(next) = page.after else { break };
        after = Some(next);
    }
    assert_eq!(keys, ["a", "d"]);
}

/// One record of the stream, written this long ago.
fn record(image: &Value, age: Duration) -> Value {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    json!({"Records": [{
        "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": (now - age).as_secs(),
            "Keys": {"pk": image["pk"], "sk": image["sk"]}, "NewImage": image, "SequenceNumber": "700", "SizeBytes": 1,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }]})
}

#[tokio::test]
async fn an_unreadable_record_of_the_stream_is_delivered_again() {
    let (_local, app) = application().await;
    let fanout = deployment::built_in(&app).fanout;
    let table = |rev: Value| json!({"pk": {"S": "TABLES"}, "sk": {"S": "lobby"}, "rev": rev});
    let mut newer = table(json!({"N": "1"}));
    newer["recordVersion"] = json!({"N": "2"});
    let again = json!([{"itemIdentifier": "700"}]);
    let (soon, later) = (Duration::from_secs(1), Duration::from_secs(90));
    for (what, image, age, expected) in [
        ("can be read", table(json!({"N": "1"})), soon, json!([])),
        ("may be of a function that is being deployed", table(json!({"S": "x"})), soon, again.clone()),
        ("has no person any more", table(json!({"S": "x"})), later, json!([])),
        ("is of a later version", newer, later, again),
    ] {
        let answer = fanout.invoke(record(&image, age)).await.unwrap();
        assert_eq!(answer["batchItemFailures"], expected, "a record that {what}");
    }
}

/// After the mapping's retries it is a dead letter; the others of its batch were published at once.
#[tokio::test]
async fn a_record_of_a_later_version_becomes_a_dead_letter() {
    let (local, app) = application().await;
    let mut socket = connect(&local, "").await;
    send(&mut socket, r#"{"action":"subscribe","topic":"tables"}"#).await;
    assert!(text(&mut socket).await.contains("snapshot"));
    let row = rows().remove(0);
    write(&local, newer(item(&row.record, &row.neighbor_key))).await;
    write(&local, item(&row.record, &row.key)).await;
    let change = text(&mut socket).await;
    assert!(change.contains("lobby") && !change.contains("attic"), "{change}");
    let path = local.data_directory().join("dead-letters.ndjson");
    within(async {
        while !tokio::fs::read_to_string(&path).await.unwrap_or_default().contains("attic") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(count(&app, "tables").await, 1);
}
