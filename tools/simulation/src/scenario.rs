//! One simulation of a seed: a phase with faults; then a phase without, and after one heartbeat all pages must agree with
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
use http::{Method, Request};
use protocol::digest::Digest;
use protocol::frames::ServerFrame;
use protocol::settings::Settings;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::browser::{Browser, Content, PageCommand, PageState};
use crate::chaos::{Chaos, FaultLevel};
use crate::cloud::Cloud;
use crate::confidentiality::Identity;
use crate::determinism;
use crate::durability::{self, DurabilityOracle};
use crate::fault_switches::FaultSwitches;
use crate::identities::{Issuer, Person};
use crate::seats;
use crate::services::Unreliable;
use crate::workload::{BROWSER_LETTERS, ITEMS, TABLES, Workload, meetup_form, page_topics};

/// The duration of the phase with faults, in milliseconds.
const FAULTS_DURATION: std::ops::Range<u64> = 8_000..40_000;

/// The time to recover from a silent connection, in addition to a heartbeat: the timeout of a pong (10 s), and the longest wait before
/// the next try (30 s); and a little for requests in flight.
const RECOVERY_TIME: Duration = Duration::from_secs(10 + 30 + 5);

/// Without faults, a write is on every screen after this time; a request takes up to 30 ms each connector in the slowest simulations, and a
/// change several of them.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(3);

/// The duration of the phase with only faults that the server notices.
const NOTICED_FAULTS_DURATION: Duration = Duration::from_secs(2);

/// This long after these faults the server has retried everything: a failed job is delivered again after five seconds. No heartbeat is
/// needed.
const RETRY_TIME: Duration = Duration::from_secs(8);

/// The longest wait for a browser's answer to a command.
const REPLY_TIMEOUT: Duration = Duration::from_secs(60);

/// The result of a simulation.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    /// The violations.
    pub(crate) violations: Vec<String>,
    /// The number of times that each fault occurred, by its name.
    pub(crate) fault_counts: BTreeMap<String, u32>,
    /// Acknowledged writes.
    pub(crate) writes: usize,
    /// Messages that the server sent.
    pub(crate) messages: u64,
    /// Messages that browsers received.
    pub(crate) received: u64,
    /// Its duration, by its own clock.
    pub(crate) duration: Duration,
    /// What all pages showed at the end: the same in each run of a seed.
    pub(crate) fingerprint: u64,
}

/// Runs the simulation of this seed.
pub(crate) fn run(seed: u64, switches: FaultSwitches) -> Result<Report> {
    determinism::run(seed, async move || simulate(seed, switches).await)
}

async fn simulate(seed: u64, switches: FaultSwitches) -> Result<Report> {
    let started_at = Instant::now();
    let issuer = Issuer::new();
    let (chaos, confidentiality_oracle) = (Arc::new(Chaos::new(seed)), Arc::default());
    // In most simulations each topic with several subscribers has shards. The shard size is above one: otherwise each new subscriber would
    // make four times as many shards, until there are many more shards than subscribers.
    let shard = *chaos.choose(&[2, 2, 3, 2_000]);
    let connector = |service, inner| {
        let (chaos, confidentiality_oracle) = (Arc::clone(&chaos), Arc::clone(&confidentiality_oracle));
        SharedHttpConnector::new(Unreliable { service, inner, chaos, confidentiality_oracle, switches })
    };
    let cloud = Cloud::start(&chaos, &confidentiality_oracle, &issuer, shard, switches, connector).await?;
    let durability_oracle = Arc::new(DurabilityOracle::default());
    let (host, member) = (issuer.member("ada", true)?, issuer.member("bob", false)?);
    let workload =
        Workload { cloud: Arc::clone(&cloud), durability_oracle: Arc::clone(&durability_oracle), host, member };
    let (room, guest) = create_initial_data(&workload).await?;
    let meetup = create_meetup(&workload).await?;

    let heartbeat = chaos.number(20..61);
    let settings = Settings { visible_ping_seconds: u32::try_from(heartbeat)?, ..Settings::default() };
    let people = [workload.host.clone(), workload.member.clone(), guest.clone(), Person::visitor(), Person::visitor()];
    let mut pages: Vec<(Person, UnboundedSender<PageCommand>)> = Vec::new();
    let mut tasks = JoinSet::new();
    for (number, person) in people.into_iter().enumerate() {
        let commands = Browser::open(&cloud, &format!("browser {number}"), person.clone(), &settings);
        tasks.spawn(
            workload.clone().use_browser(commands.clone(), page_topics(&chaos, &person.identity, &room, &meetup)),
        );
        pages.push((person, commands));
    }
    for table in TABLES {
        tasks.spawn(workload.clone().run_sensor(table));
    }
    for item in ITEMS {
        tasks.spawn(workload.clone().write_item(item));
    }
    tasks.spawn(workload.clone().run_operator());
    tasks.spawn(workload.clone().edit_factories());
    // Answers cost much time, so they are in some simulations only.
    if chaos.percent(10) {
        for browser in BROWSER_LETTERS {
            tasks.spawn(workload.clone().answer_meetup(meetup.clone(), browser));
        }
        tasks.spawn(workload.clone().resize_meetup(meetup.clone()));
    }
    tasks.spawn(workload.clone().run_room(room.clone(), guest.clone()));
    chaos.pause(FAULTS_DURATION).await;
    chaos.set_fault_level(FaultLevel::None);
    while tasks.join_next().await.is_some() {}
    sleep(Duration::from_secs(heartbeat) + RECOVERY_TIME).await;

    // Presence changes whenever a connection ends, so a difference that is just being repaired is checked once more.
    let mut differing = compare_all(&cloud, &pages).await?;
    if !differing.is_empty() {
        sleep(DELIVERY_TIMEOUT).await;
        let again = compare_all(&cloud, &pages).await?;
        differing.retain(|place, _| again.contains_key(place));
    }
    let mut violations: Vec<String> = differing.into_values().collect();
    for fault_level in [FaultLevel::None, FaultLevel::Noticed, FaultLevel::None] {
        workload.clone().write_everything(&room, &guest, &meetup).await;
        let mut wait = DELIVERY_TIMEOUT;
        if fault_level == FaultLevel::Noticed {
            chaos.set_fault_level(fault_level);
            workload.clone().write_everything(&room, &guest, &meetup).await;
            sleep(NOTICED_FAULTS_DURATION).await;
            chaos.set_fault_level(FaultLevel::None);
            wait = RETRY_TIME;
        }
        sleep(wait).await;
        let mut differing = compare_all(&cloud, &pages).await?;
        differing.retain(|(_, topic), _| !matches!(topic, Topic::People(_)));
        // A connection also ends at its maximum age: a browser that has just reconnected may still wait for its snapshots.
        let reconnected = connected_less_than(&pages, wait).await?;
        if differing.keys().any(|(browser, _)| reconnected.contains(browser)) {
            sleep(RETRY_TIME).await;
            let again = compare_all(&cloud, &pages).await?;
            differing.retain(|place, _| !reconnected.contains(&place.0) || again.contains_key(place));
        }
        violations.extend(
            differing
                .into_values()
                .map(|description| format!("{fault_level:?}, {wait:?} after all writes: {description}")),
        );
        violations.extend(wrong_digests(&cloud, &pages).await?);
    }
    let (mut received, mut fingerprint) = (0, DefaultHasher::new());
    for (number, (person, commands)) in pages.iter().enumerate() {
        let shown = request_state(commands).await?;
        received += shown.received;
        format!("{:?}", shown.topics).hash(&mut fingerprint);
        violations.extend(shown.violations);
        let denied = shown
            .denied
            .into_iter()
            .filter(|(topic, _)| cloud.confidentiality_oracle.allows(&person.identity, &topic.to_string()));
        violations.extend(denied.map(|(topic, message)| {
            format!("browser {number} is denied {topic}, which {:?} may see: {message}", person.identity)
        }));
    }
    violations.extend(items_without_revision(&cloud)?);
    let table = &cloud.app.config().table;
    let history = durability::history(&cloud.database, table)?;
    violations.extend(durability_oracle.violations(&history));
    violations.extend(seats::violations(&cloud.database, table, &meetup, &history)?);
    let (messages, forbidden) = cloud.confidentiality_oracle.report();
    violations.extend(forbidden);
    let fault_counts = chaos.fault_counts().into_iter().map(|(fault, times)| (format!("{fault:?}"), times)).collect();
    Ok(Report {
        seed,
        violations,
        fault_counts,
        writes: durability_oracle.len(),
        messages,
        received,
        duration: started_at.elapsed(),
        fingerprint: fingerprint.finish(),
    })
}

/// The initial data: the tables, a room, and a guest in it. Each request is repeated until it succeeds.
async fn create_initial_data(workload: &Workload) -> Result<(String, Person)> {
    let post = async |path: &str, body: Value, token: Option<&str>| -> Result<Value> {
        loop {
            let response = workload.cloud.ask(Request::post(path).body(body.clone())?, token).await;
            match response {
                Some(response) if response.status.is_success() => return Ok(response.data),
                Some(response) if response.status == 409 => return Ok(Value::Null),
                Some(response) if response.status.is_client_error() => {
                    return Err(anyhow!("{path}: {}", response.body));
                }
                _ => sleep(Duration::from_millis(100)).await,
            }
        }
    };
    for table in TABLES {
        post("/v1/tables", json!({"id": table, "description": ""}), None).await?;
    }
    let token = workload.host.token.as_deref();
    let room = post("/v1/rooms", json!({"name": "Room", "guestsAllowed": true}), token).await?;
    let code = room["code"].clone();
    let room = room["id"].as_str().context("A room has an id")?.to_owned();
    if let Some(host) = workload.host.id() {
        workload.cloud.confidentiality_oracle.register_creator(&room, host);
    }
    let guest = post(&format!("/v1/rooms/{room}/guests"), json!({"name": "Gast", "code": code}), None).await?;
    let token = guest["token"].as_str().context("A guest has a token")?.to_owned();
    let me = loop {
        let response = workload.cloud.ask(Request::get("/v1/me").body(Value::Null)?, Some(&token)).await;
        if let Some(id) = response.and_then(|response| response.data["person"]["id"].as_str().map(str::to_owned)) {
            break id;
        }
        sleep(Duration::from_millis(100)).await;
    };
    Ok((room.clone(), Person { identity: Identity::Guest { id: me, room }, token: Some(token) }))
}

/// A public meetup of the host with few seats. Each request is repeated until it succeeds.
async fn create_meetup(workload: &Workload) -> Result<String> {
    let (host, host_id) = (&workload.host, workload.host.id().context("A host has an id")?);
    let meetup = loop {
        let response = workload.send(Method::POST, "/v1/meetups", meetup_form(5), Some(host), None).await;
        if let Some(id) = response.and_then(|response| response.data["meetup"]["id"].as_str().map(str::to_owned)) {
            break id;
        }
        sleep(Duration::from_millis(100)).await;
    };
    workload.cloud.confidentiality_oracle.register_creator(&meetup, host_id);
    loop {
        let path = format!("/v1/meetups/{meetup}/publish");
        let response = workload.send(Method::POST, &path, Value::Null, Some(host), None).await;
        // It was published, and the response was lost.
        if response.is_some_and(|response| response.status.is_success() || response.status == 422) {
            return Ok(meetup);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn request_state(commands: &UnboundedSender<PageCommand>) -> Result<PageState> {
    let (reply, response) = oneshot::channel();
    commands.send(PageCommand::Report(reply)).map_err(|_| anyhow!("it is closed"))?;
    Ok(tokio::time::timeout(REPLY_TIMEOUT, response).await??)
}

/// The browsers whose connection is younger than `age`, or not open.
async fn connected_less_than(
    pages: &[(Person, UnboundedSender<PageCommand>)],
    age: Duration,
) -> Result<BTreeSet<usize>> {
    let mut recent = BTreeSet::new();
    for (number, (_, commands)) in pages.iter().enumerate() {
        if request_state(commands).await?.connected_for < age {
            recent.insert(number);
        }
    }
    Ok(recent)
}

/// The differences between what browsers show and the table, by browser and topic, in words.
type Differences = BTreeMap<(usize, Topic), String>;

async fn compare_all(cloud: &Cloud, pages: &[(Person, UnboundedSender<PageCommand>)]) -> Result<Differences> {
    let shown = join_all(pages.iter().map(async |(_, commands)| request_state(commands).await)).await;
    let mut differing = Differences::new();
    let mut stored = BTreeMap::new();
    for (number, ((person, _), shown)) in pages.iter().zip(shown).enumerate() {
        let shown = shown.with_context(|| format!("browser {number} does not reply"))?;
        for topic in shown.topics.keys().filter(|topic| !stored.contains_key(*topic)).cloned().collect::<Vec<_>>() {
            let content = stored_content(cloud, &topic).await?;
            stored.insert(topic, content);
        }
        differing.extend(compare(cloud, number, &person.identity, shown, &stored));
    }
    Ok(differing)
}

fn compare(
    cloud: &Cloud,
    number: usize,
    identity: &Identity,
    shown: PageState,
    stored: &BTreeMap<Topic, Content>,
) -> Differences {
    let mut differing = Differences::new();
    for (topic, (is_complete, entities)) in shown.topics {
        if !cloud.confidentiality_oracle.allows(identity, &topic.to_string()) {
            let description = format!("browser {number} shows {topic}, which {identity:?} may not see");
            differing.insert((number, topic), description);
            continue;
        }
        let Some(content) = stored.get(&topic) else { continue };
        if !is_complete {
            let description = format!("browser {number} still waits for {topic}");
            differing.insert((number, topic), description);
        } else if entities != *content {
            let differ = |id: &&String| entities.get(*id) != content.get(*id);
            let ids: BTreeSet<&String> = entities.keys().chain(content.keys()).filter(differ).collect();
            let all: Vec<String> = ids
                .iter()
                .map(|id| format!("{id}: shown {:?}, stored {:?}", entities.get(*id), content.get(*id)))
                .collect();
            let description = format!("browser {number} does not show {topic} as it is stored: {}", all.join("; "));
            differing.insert((number, topic), description);
        }
    }
    differing
}

/// The content of a topic, by the table.
async fn stored_content(cloud: &Cloud, topic: &Topic) -> Result<Content> {
    let parts = snapshots::snapshot(cloud.app.storage(), topic, cloud.app.now()).await?;
    let mut stored = BTreeMap::new();
    for part in parts {
        let Some(ServerFrame::Snapshot { entities, .. }) = ServerFrame::parse(&part) else {
            return Err(anyhow!("a snapshot cannot be read: {part}"));
        };
        stored.extend(entities.into_iter().map(|entity| (entity.id, (entity.rev, entity.state))));
    }
    Ok(stored)
}

/// The stored digests of shown topics that differ from the table's: a client that has missed only that change would not notice it.
async fn wrong_digests(cloud: &Cloud, pages: &[(Person, UnboundedSender<PageCommand>)]) -> Result<Vec<String>> {
    let mut topics = BTreeSet::new();
    for (_, commands) in pages {
        topics.extend(request_state(commands).await?.topics.into_keys());
    }
    // Presence changes whenever a connection ends.
    topics.retain(|topic| !matches!(topic, Topic::People(_)));
    let mut violations = Vec::new();
    for topic in topics {
        let stored = stored_content(cloud, &topic).await?;
        let digest = Digest::of(stored.iter().map(|(id, (rev, _))| (id.as_str(), *rev)));
        let stored_digest = pong::stored_digest(&cloud.app, &topic).await?;
        violations.extend(
            stored_digest
                .filter(|stored_digest| *stored_digest != digest)
                .map(|_| format!("the digest of {topic} does not match the stored entities: {stored:?}")),
        );
    }
    Ok(violations)
}

/// Items written by hand that have no revision yet. Read from the table without a request to the server.
fn items_without_revision(cloud: &Cloud) -> Result<Vec<String>> {
    let request: QueryRequest = serde_json::from_value(json!({
        "TableName": cloud.app.config().table, "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "ITEMS"}},
    }))?;
    let response = cloud.database.query(request).map_err(|error| anyhow!("{error}"))?;
    let items = serde_json::to_value(response.items.unwrap_or_default())?;
    let without = items.as_array().into_iter().flatten().filter(|item| item["rev"].is_null());
    Ok(without.map(|item| format!("an item has no revision: {item}")).collect())
}

/// The printed summary of the faults.
pub(crate) fn faults(fault_counts: &BTreeMap<String, u32>) -> String {
    fault_counts.iter().map(|(fault, times)| format!("{fault} {times}")).collect::<Vec<_>>().join(", ")
}
