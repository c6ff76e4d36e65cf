//! The reads of the database for pings and digest requests, and that a digest still matches the data.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use emulator::function;
use emulator::units::ReadUnits;
use futures::future::join_all;
use local::{Local, Settings, deployment};
use protocol::digest::Digest;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::*;

/// Rally with counted reads.
struct Fixture {
    local: Local,
    units: ReadUnits,
    /// Its clock, in milliseconds.
    clock: Arc<AtomicI64>,
    /// A signal for each end of the fan-out.
    fanned: Mutex<UnboundedReceiver<()>>,
    http: reqwest::Client,
}

impl Fixture {
    /// With a fan-out, or with one that loses every change.
    async fn start(loses_changes: bool) -> Self {
        let (units, clock) = (ReadUnits::default(), Arc::new(AtomicI64::new(1_800_000_000_000)));
        let (done, fanned) = unbounded_channel();
        let time = Arc::clone(&clock);
        let local = Local::start_with(Settings::ephemeral(), async |mut clients| {
            clients.dynamodb = units.counted(&clients.dynamodb);
            let app = deployment::application(clients, None).await?;
            let app = app.with_clock(Arc::new(move || Timestamp::from_milliseconds(time.load(Ordering::Relaxed))));
            let functions = deployment::built_in(&app);
            let inner = if loses_changes { accept_all() } else { functions.fanout };
            let fanout = function(move |event| {
                let (inner, done) = (Arc::clone(&inner), done.clone());
                async move {
                    let answer = inner.invoke(event).await;
                    let _ = done.send(());
                    answer
                }
            });
            deployment::deployment(&app, deployment::Functions { fanout, ..functions }, Duration::from_secs(60))
        });
        Self { local: local.await.unwrap(), units, clock, fanned: Mutex::new(fanned), http: reqwest::Client::new() }
    }

    /// Writes items of `bytes` bytes each, a hundred at a time.
    async fn write(&self, keys: impl Iterator<Item = usize>, bytes: usize) {
        let items: Vec<Value> =
            keys.map(|number| json!({"key": format!("van:{number:04}"), "value": "x".repeat(bytes)})).collect();
        for some in items.chunks(100) {
            let batch = self.http.post(self.address("/v1/items/batch")).json(&json!({ "items": some }));
            assert_eq!(batch.send().await.unwrap().status(), StatusCode::OK);
        }
    }

    fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.local.address())
    }

    /// The digests of topics for a client on another machine.
    async fn digests(&self, topics: &str) -> reqwest::Response {
        self.question(topics).header("host", "rally.example").send().await.unwrap()
    }

    fn question(&self, topics: &str) -> reqwest::RequestBuilder {
        self.http.get(self.address(&format!("/v1/live/digests?topics={topics}")))
    }

    /// The digest of a topic for a client on this machine: without a limit.
    async fn digest(&self, topic: &str) -> String {
        let answer: Value = self.question(topic).send().await.unwrap().json().await.unwrap();
        answer["data"][0]["digests"][topic].as_str().unwrap().to_owned()
    }

    /// The digest of all items, computed from the items.
    async fn digest_of_items(&self) -> String {
        let (mut entities, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let page = self.http.get(self.address(&format!("/v1/items?cursor={cursor}"))).send().await.unwrap();
            let page: Value = page.json().await.unwrap();
            for item in page["data"]["items"].as_array().unwrap() {
                entities.insert(item["key"].as_str().unwrap().to_owned(), item["rev"].as_u64().unwrap());
            }
            match page["data"]["cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return Digest::of(entities.iter().map(|(key, rev)| (key.as_str(), *rev))).to_string(),
            }
        }
    }

    /// Once the fan-out has published all changes, the digest of a topic is that of all items.
    async fn until_counted(&self, topic: &str) {
        let wanted = self.digest_of_items().await;
        let mut fanned = self.fanned.lock().await;
        while self.digest(topic).await != wanted {
            within(fanned.recv()).await.unwrap();
        }
    }
}

async fn pong(socket: &mut Socket) -> Value {
    send(socket, r#"{"action":"ping"}"#).await;
    loop {
        let frame: Value = serde_json::from_str(&text(socket).await).unwrap();
        if frame["type"] == "pong" {
            return frame;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reads_of_a_ping_do_not_depend_on_the_size_of_the_topic() {
    for items in [3, 400] {
        // Nothing else reads meanwhile.
        let fixture = Fixture::start(true).await;
        fixture.write(0..items, 2_000).await;
        let mut socket = connect(&fixture.local, "").await;
        send(&mut socket, r#"{"action":"subscribe","topic":"items"}"#).await;
        pong(&mut socket).await;
        fixture.units.take();
        for _ in 0..10 {
            pong(&mut socket).await;
        }
        assert_eq!(fixture.units.take(), 20, "of {items} items: what the connection watches, and the digest");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_is_updated_with_every_change() {
    let fixture = Fixture::start(false).await;
    fixture.write(0..10, 10).await;
    fixture.until_counted("items").await;
    // The index grows from a single item into many parts, with or without requests meanwhile.
    for (from, to) in [(10, 150), (150, 300), (0, 100)] {
        fixture.write(from..to, 10).await;
        fixture.until_counted("items").await;
        fixture.clock.fetch_add(61_000, Ordering::Relaxed);
        assert_eq!(fixture.digest("items").await, fixture.digest_of_items().await);
    }
    let delete = |number| fixture.http.delete(fixture.address(&format!("/v1/items/van:{number:04}"))).send();
    for answer in join_all((0..100).map(delete)).await {
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
    }
    fixture.until_counted("items").await;
    fixture.until_counted("items/van").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_the_stream_has_lost_is_in_the_digest_after_a_minute() {
    let fixture = Fixture::start(true).await;
    for count in [10, 300] {
        fixture.write(0..count, 10).await;
        fixture.clock.fetch_add(61_000, Ordering::Relaxed);
        let before = fixture.digest("items").await;
        assert_eq!(before, fixture.digest_of_items().await, "{count}: read of the data");
        fixture.write(0..1, 10).await;
        assert_eq!(fixture.digest("items").await, before, "it is not counted yet");
        let gone = fixture.http.delete(fixture.address("/v1/items/van:0001")).send().await.unwrap();
        assert_eq!(gone.status(), StatusCode::OK);
        fixture.clock.fetch_add(61_000, Ordering::Relaxed);
        assert_eq!(fixture.digest("items").await, fixture.digest_of_items().await, "{count}: the data is read again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_share_one_read() {
    let fixture = Fixture::start(true).await;
    fixture.write(0..300, 3_000).await;
    fixture.units.take();
    fixture.digest_of_items().await;
    let once = fixture.units.take();
    let answers = join_all((0..50).map(|_| fixture.digests("items"))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
    let read = fixture.units.take();
    assert!(read < once + 3 * 50 + 20, "{read} units, of which the data are {once}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_share_one_lookup_of_names() {
    let fixture = Fixture::start(true).await;
    fixture.write(0..100, 3_000).await;
    let names = (0..100).map(|number| format!("item/van:{number:04}")).collect::<Vec<_>>().join(",");
    fixture.units.take();
    let answers = join_all((0..5).map(|_| fixture.digests(&names))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
    // Each looks for the digests; one finds that the items are there, and reads them.
    let read = fixture.units.take();
    assert!(read <= 5 * 100 + 2 * 100, "{read} units");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_topic_costs_one_and_a_hundred_topics_cost_a_hundred() {
    let fixture = Fixture::start(true).await;
    fixture.write(0..100, 3_000).await;
    fixture.digests("items").await;
    fixture.units.take();
    let answer = fixture.digests(&["items"; 100].join(",")).await;
    assert_eq!((answer.status(), fixture.units.take()), (StatusCode::OK, 1));

    // The limit is checked before any work: requests beyond it read nothing.
    let names = (0..100).map(|number| format!("item/van:{number:04}")).collect::<Vec<_>>().join(",");
    let mut answered = 0;
    for _ in 0..30 {
        fixture.units.take();
        let answer = fixture.digests(&names).await;
        if answer.status() == StatusCode::OK {
            answered += 1;
            continue;
        }
        assert_eq!((answer.status(), fixture.units.take()), (StatusCode::TOO_MANY_REQUESTS, 0));
        assert!(answer.headers().contains_key("retry-after"));
    }
    assert!((1..10).contains(&answered), "{answered} of 30 were answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_topic_is_not_stored() {
    let fixture = Fixture::start(false).await;
    fixture.digests("item/nobody,items/nothing,table/nowhere").await;
    for topic in ["item/nobody", "items/nothing", "table/nowhere"] {
        let query = fixture.local.clients().dynamodb.query().table_name("rally").key_condition_expression("pk = :pk");
        let found = query.expression_attribute_values(":pk", AttributeValue::S(format!("DIGEST#{topic}"))).send().await;
        assert_eq!(found.unwrap().count(), 0, "{topic}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_join_codes_are_rate_limited() {
    let fixture = Fixture::start(false).await;
    // By reading a room and by joining it: each of the two by itself stays below the general limits of reads and writes.
    let look_up = |_| fixture.http.get(fixture.address("/v1/codes/ABC234"));
    let come_in = |_| fixture.http.post(fixture.address("/v1/rooms/k3j9x0a2bc/guests")).json(&json!({}));
    let guesses = (0..400).map(look_up).chain((0..300).map(come_in));
    let answers = join_all(guesses.map(|guess| guess.header("host", "rally.example").send())).await;
    let limited = answers.into_iter().filter(|answer| answer.as_ref().unwrap().status() == 429).count();
    assert!((50..=100).contains(&limited), "{limited} of 700 guesses are limited");
}
