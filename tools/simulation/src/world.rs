//! One world, from its seed to its end: a phase with faults; then a phase without, and after one heartbeat all pages must agree with
//! the table. Uses only its own clock.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use backend::realtime::{pong, snapshots};
use domain::topic::Topic;
use dynoxide::actions::query::QueryRequest;
use futures::future::join_all;
use http::Request;
use protocol::digest::Digest;
use protocol::frames::ServerFrame;
use protocol::settings::Settings;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::browser::{Browser, Content, Order, Shown};
use crate::chaos::{Chaos, Weather};
use crate::cloud::Cloud;
use crate::confidentiality::Who;
use crate::determinism;
use crate::durability::Ledger;
use crate::fault_switches::FaultSwitches;
use crate::identities::{Issuer, Person};
use crate::services::Unreliable;
use crate::workload::{ITEMS, TABLES, World, wishes};

/// The duration of the phase with faults, in milliseconds.
const STORM: std::ops::Range<u64> = 8_000..40_000;

/// The time to recover from a silent connection, in addition to a heartbeat: the timeout of a pong (10 s), and the longest wait before
/// the next try (30 s); and a little for requests in flight.
const BEYOND: Duration = Duration::from_secs(10 + 30 + 5);

/// Without faults, a write is on every screen after this time; a request takes up to 30 ms each way in the slowest of worlds, and a
/// change several of them.
const PROMPT: Duration = Duration::from_secs(3);

/// The duration of the phase with only faults that the server notices.
const UNQUIET: Duration = Duration::from_secs(2);

/// This long after these faults the server has retried everything: a failed job is delivered again after five seconds. No heartbeat is
/// needed.
const RECOVERED: Duration = Duration::from_secs(8);

/// The longest wait for a browser's answer to a command.
const PATIENCE: Duration = Duration::from_secs(60);

/// The result of a world.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    /// The violations.
    pub(crate) violations: Vec<String>,
    /// The number of times that each fault struck, by its name.
    pub(crate) struck: BTreeMap<String, u32>,
    /// Acknowledged writes.
    pub(crate) writes: usize,
    /// Messages that the server sent.
    pub(crate) messages: u64,
    /// Messages that browsers received.
    pub(crate) heard: u64,
    /// Its duration, by its own clock.
    pub(crate) lasted: Duration,
    /// What all pages showed at the end: the same in each run of a seed.
    pub(crate) fingerprint: u64,
}

/// Runs the world of this seed.
pub(crate) fn run(seed: u64, switches: FaultSwitches) -> Result<Report> {
    determinism::run(seed, async move || live_through(seed, switches).await)
}

async fn live_through(seed: u64, switches: FaultSwitches) -> Result<Report> {
    let begun = Instant::now();
    let issuer = Issuer::new();
    let (chaos, guard) = (Arc::new(Chaos::new(seed)), Arc::default());
    // In most worlds each topic with several subscribers has shards. The shard size is above one: otherwise each new subscriber would
    // make four times as many shards, until there are many more shards than subscribers.
    let shard = *chaos.choose(&[2, 2, 3, 2_000]);
    let way = |service, inner| {
        let (chaos, guard) = (Arc::clone(&chaos), Arc::clone(&guard));
        SharedHttpConnector::new(Unreliable { service, inner, chaos, guard })
    };
    let cloud = Cloud::start(&chaos, &guard, &issuer, shard, switches, way).await?;
    let ledger = Arc::new(Ledger::default());
    let (host, member) = (issuer.member("ada", true)?, issuer.member("bob", false)?);
    let world = World { cloud: Arc::clone(&cloud), ledger: Arc::clone(&ledger), host, member };
    let (room, guest) = furnish(&world).await?;

    let heartbeat = chaos.number(20..61);
    let settings = Settings { visible_ping_seconds: u32::try_from(heartbeat)?, ..Settings::default() };
    let people = [world.host.clone(), world.member.clone(), guest.clone(), Person::visitor(), Person::visitor()];
    let mut pages: Vec<(Person, UnboundedSender<Order>)> = Vec::new();
    let mut life = JoinSet::new();
    for (number, person) in people.into_iter().enumerate() {
        let orders = Browser::open(&cloud, &format!("browser {number}"), person.clone(), &settings);
        life.spawn(world.clone().use_browser(orders.clone(), wishes(&chaos, &person.who, &room)));
        pages.push((person, orders));
    }
    for table in TABLES {
        life.spawn(world.clone().sense(table));
    }
    for item in ITEMS {
        life.spawn(world.clone().write_item(item));
    }
    life.spawn(world.clone().write_by_hand());
    life.spawn(world.clone().tend_factories());
    life.spawn(world.clone().run_room(room, guest));
    chaos.pause(STORM).await;
    chaos.turn(Weather::Calm);
    while life.join_next().await.is_some() {}
    sleep(Duration::from_secs(heartbeat) + BEYOND).await;

    // Presence changes whenever a connection ends, so a difference that is just being repaired is checked once more.
    let mut differing = compare_all(&cloud, &pages).await?;
    if !differing.is_empty() {
        sleep(PROMPT).await;
        let again = compare_all(&cloud, &pages).await?;
        differing.retain(|place, _| again.contains_key(place));
    }
    let mut violations: Vec<String> = differing.into_values().collect();
    for weather in [Weather::Calm, Weather::Unquiet, Weather::Calm] {
        world.clone().disturb().await;
        let mut wait = PROMPT;
        if weather == Weather::Unquiet {
            chaos.turn(weather);
            world.clone().disturb().await;
            sleep(UNQUIET).await;
            chaos.turn(Weather::Calm);
            wait = RECOVERED;
        }
        sleep(wait).await;
        let mut late = compare_all(&cloud, &pages).await?;
        late.retain(|(_, topic), _| !matches!(topic, Topic::People(_)));
        // A connection also ends at its maximum age: a browser that has just reconnected may still wait for its snapshots.
        let reconnected = connected_less_than(&pages, wait).await?;
        if late.keys().any(|(browser, _)| reconnected.contains(browser)) {
            sleep(RECOVERED).await;
            let again = compare_all(&cloud, &pages).await?;
            late.retain(|place, _| !reconnected.contains(&place.0) || again.contains_key(place));
        }
        violations.extend(late.into_values().map(|how| format!("{weather:?}, {wait:?} after all writes: {how}")));
        violations.extend(miscounted(&cloud, &pages).await?);
    }
    let (mut heard, mut fingerprint) = (0, DefaultHasher::new());
    for (number, (person, orders)) in pages.iter().enumerate() {
        let shown = ask(orders).await?;
        heard += shown.heard;
        format!("{:?}", shown.topics).hash(&mut fingerprint);
        violations.extend(shown.violations);
        let refused =
            shown.refused.into_iter().filter(|(topic, _)| cloud.guard.allows(&person.who, &topic.to_string()));
        violations.extend(refused.map(|(topic, message)| {
            format!("browser {number} is refused {topic}, which {:?} may see: {message}", person.who)
        }));
    }
    violations.extend(unrevised(&cloud)?);
    violations.extend(ledger.violations(&cloud.database, &cloud.app.config().table)?);
    let (messages, forbidden) = cloud.guard.report();
    violations.extend(forbidden);
    let struck = chaos.struck().into_iter().map(|(fault, times)| (format!("{fault:?}"), times)).collect();
    Ok(Report {
        seed,
        violations,
        struck,
        writes: ledger.len(),
        messages,
        heard,
        lasted: begun.elapsed(),
        fingerprint: fingerprint.finish(),
    })
}

/// The initial data: the tables, a room, and a guest in it. Each request is repeated until it succeeds.
async fn furnish(world: &World) -> Result<(String, Person)> {
    let ask = async |path: &str, body: Value, token: Option<&str>| -> Result<Value> {
        loop {
            let answer = world.cloud.ask(Request::post(path).body(body.clone())?, token).await;
            match answer {
                Some(answer) if answer.status.is_success() => return Ok(answer.data),
                Some(answer) if answer.status == 409 => return Ok(Value::Null),
                Some(answer) if answer.status.is_client_error() => return Err(anyhow!("{path}: {}", answer.body)),
                _ => sleep(Duration::from_millis(100)).await,
            }
        }
    };
    for table in TABLES {
        ask("/v1/tables", json!({"id": table, "description": ""}), None).await?;
    }
    let token = world.host.token.as_deref();
    let room = ask("/v1/rooms", json!({"name": "Room", "guestsAllowed": true}), token).await?;
    let code = room["code"].clone();
    let room = room["id"].as_str().context("A room has an id")?.to_owned();
    if let Some(host) = world.host.id() {
        world.cloud.guard.know_room(&room, host);
    }
    let guest = ask(&format!("/v1/rooms/{room}/guests"), json!({"name": "Gast", "code": code}), None).await?;
    let token = guest["token"].as_str().context("A guest has a token")?.to_owned();
    let me = loop {
        let answer = world.cloud.ask(Request::get("/v1/me").body(Value::Null)?, Some(&token)).await;
        if let Some(id) = answer.and_then(|answer| answer.data["person"]["id"].as_str().map(str::to_owned)) {
            break id;
        }
        sleep(Duration::from_millis(100)).await;
    };
    Ok((room.clone(), Person { who: Who::Guest { id: me, room }, token: Some(token) }))
}

async fn ask(orders: &UnboundedSender<Order>) -> Result<Shown> {
    let (asker, answer) = oneshot::channel();
    orders.send(Order::Tell(asker)).map_err(|_| anyhow!("it is closed"))?;
    Ok(tokio::time::timeout(PATIENCE, answer).await??)
}

/// The browsers whose connection is younger than `age`, or not open.
async fn connected_less_than(pages: &[(Person, UnboundedSender<Order>)], age: Duration) -> Result<BTreeSet<usize>> {
    let mut young = BTreeSet::new();
    for (number, (_, orders)) in pages.iter().enumerate() {
        if ask(orders).await?.connected_for < age {
            young.insert(number);
        }
    }
    Ok(young)
}

/// The differences between what browsers show and the table, by browser and topic, in words.
type Differing = BTreeMap<(usize, Topic), String>;

async fn compare_all(cloud: &Cloud, pages: &[(Person, UnboundedSender<Order>)]) -> Result<Differing> {
    let shown = join_all(pages.iter().map(async |(_, orders)| ask(orders).await)).await;
    let mut differing = Differing::new();
    let mut there = BTreeMap::new();
    for (number, ((person, _), shown)) in pages.iter().zip(shown).enumerate() {
        let shown = shown.with_context(|| format!("browser {number} says nothing"))?;
        for topic in shown.topics.keys().filter(|topic| !there.contains_key(*topic)).cloned().collect::<Vec<_>>() {
            let truth = truth(cloud, &topic).await?;
            there.insert(topic, truth);
        }
        differing.extend(compare(cloud, number, &person.who, shown, &there));
    }
    Ok(differing)
}

fn compare(cloud: &Cloud, number: usize, who: &Who, shown: Shown, truth: &BTreeMap<Topic, Content>) -> Differing {
    let mut differing = Differing::new();
    for (topic, (is_whole, seen)) in shown.topics {
        if !cloud.guard.allows(who, &topic.to_string()) {
            let how = format!("browser {number} shows {topic}, which {who:?} may not see");
            differing.insert((number, topic), how);
            continue;
        }
        let Some(there) = truth.get(&topic) else { continue };
        if !is_whole {
            let how = format!("browser {number} still waits for {topic}");
            differing.insert((number, topic), how);
        } else if seen != *there {
            let differ = |id: &&String| seen.get(*id) != there.get(*id);
            let ids: BTreeSet<&String> = seen.keys().chain(there.keys()).filter(differ).collect();
            let all: Vec<String> =
                ids.iter().map(|id| format!("{id}: shown {:?}, there {:?}", seen.get(*id), there.get(*id))).collect();
            let how = format!("browser {number} does not show {topic} as it is: {}", all.join("; "));
            differing.insert((number, topic), how);
        }
    }
    differing
}

/// The content of a topic, by the table.
async fn truth(cloud: &Cloud, topic: &Topic) -> Result<Content> {
    let parts = snapshots::snapshot(cloud.app.storage(), topic, cloud.app.now()).await?;
    let mut there = BTreeMap::new();
    for part in parts {
        let Some(ServerFrame::Snapshot { entities, .. }) = ServerFrame::parse(&part) else {
            return Err(anyhow!("a snapshot cannot be read: {part}"));
        };
        there.extend(entities.into_iter().map(|entity| (entity.id, (entity.rev, entity.state))));
    }
    Ok(there)
}

/// The stored digests of shown topics that differ from the table's: a client that has missed only that change would not notice it.
async fn miscounted(cloud: &Cloud, pages: &[(Person, UnboundedSender<Order>)]) -> Result<Vec<String>> {
    let mut topics = BTreeSet::new();
    for (_, orders) in pages {
        topics.extend(ask(orders).await?.topics.into_keys());
    }
    // Presence changes whenever a connection ends.
    topics.retain(|topic| !matches!(topic, Topic::People(_)));
    let mut violations = Vec::new();
    for topic in topics {
        let there = truth(cloud, &topic).await?;
        let digest = Digest::of(there.iter().map(|(id, (rev, _))| (id.as_str(), *rev)));
        let kept = pong::kept_digest(&cloud.app, &topic).await?;
        violations.extend(
            kept.filter(|kept| *kept != digest)
                .map(|_| format!("the digest of {topic} is not what is there: {there:?}")),
        );
    }
    Ok(violations)
}

/// Items written by hand that have no revision yet. Read from the table without a request to the server.
fn unrevised(cloud: &Cloud) -> Result<Vec<String>> {
    let request: QueryRequest = serde_json::from_value(json!({
        "TableName": cloud.app.config().table, "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "ITEMS"}},
    }))?;
    let answer = cloud.database.query(request).map_err(|error| anyhow!("{error}"))?;
    let items = serde_json::to_value(answer.items.unwrap_or_default())?;
    let without = items.as_array().into_iter().flatten().filter(|item| item["rev"].is_null());
    Ok(without.map(|item| format!("an item has no revision: {item}")).collect())
}

/// The printed summary of the faults.
pub(crate) fn faults(struck: &BTreeMap<String, u32>) -> String {
    struck.iter().map(|(fault, times)| format!("{fault} {times}")).collect::<Vec<_>>().join(", ")
}
