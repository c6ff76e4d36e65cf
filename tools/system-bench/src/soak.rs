//! Ten minutes with real processes while some are killed: a server, thousands of pages that are the product's own live client, a proxy
//! between them whose connections stall, and programs that write. At the end no acknowledged write is missing, and every page shows the
//! stored state.
//!
//! - `proxy`: the proxy between pages and server
//! - `page`: one page

mod page;
mod proxy;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::topic::Topic;
use fastrand::Rng;
use protocol::settings::Settings;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use page::{Page, Revisions};
use proxy::Proxy;
use test_support::api::Api;
use test_support::memory::megabytes;
use test_support::server::Server;

/// The size of a soak.
#[derive(Debug, Clone, Copy)]
pub struct Soak {
    /// The number of pages.
    pub pages: usize,
    /// The duration of the phase with kills and writes.
    pub lasts: Duration,
    /// Writes per second.
    pub writes: u32,
    /// How often the server is killed, always in the first half: the second half shows its use of memory.
    pub server_kills: u32,
    /// How often per second a page is killed or its connection stalled.
    pub disturbances: u32,
    /// The heartbeat of a visible page, in seconds.
    pub heartbeat: u32,
    /// The seed gives the same random sequence; timing differs.
    pub seed: u64,
}

/// The result.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Acknowledged writes.
    pub writes: usize,
    /// Of those, the missing ones.
    pub lost_writes: Vec<String>,
    /// Topics on pages that were compared.
    pub compared: usize,
    /// Of those, the ones that differ.
    pub diverged: Vec<String>,
    /// Messages that pages received.
    pub received: usize,
    /// Connections that pages opened.
    pub opened: usize,
    /// The server's memory in MB by the seconds since its last start, during the writes.
    pub memory: Vec<(u64, f64)>,
}

/// The number of items.
const ITEMS: usize = 100;

/// One page in this number subscribes to all of them; the others to two.
const ALL: usize = 20;

/// Recovery takes at most a heartbeat, the timeout of a pong (10 s), and the longest wait before a retry (30 s).
const BEYOND: Duration = Duration::from_secs(45);

/// The acknowledged writes: revision and value of each, by item.
type AcknowledgedWrites = Arc<Mutex<BTreeMap<usize, Vec<(u64, u64)>>>>;

/// Runs the test. Calls `on_progress` with the progress every 30 seconds.
///
/// # Errors
/// The server does not start, or does not respond to the last request.
pub async fn run(soak: Soak, mut on_progress: impl FnMut(String)) -> Result<Report> {
    emulator::listener::raise_open_files();
    let mut server = Server::start().await;
    let proxy = Proxy::start(server.address()).await?;
    let api = server.api();
    let acknowledged = AcknowledgedWrites::default();
    let (received, opened) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let settings = Settings { visible_ping_seconds: soak.heartbeat, ..Settings::default() };

    let mut chance = Rng::with_seed(soak.seed);
    let mut pages = Vec::new();
    for number in 0..soak.pages {
        let all = number % ALL == 0;
        let topics =
            if all { vec!["items/soak".to_owned()] } else { (0..2).map(|_| topic(chance.usize(..ITEMS))).collect() };
        let topics: Vec<Topic> = topics.iter().filter_map(|name| name.parse().ok()).collect();
        pages.push(Page::open(proxy.live(), topics, &settings, Arc::clone(&received), Arc::clone(&opened)));
        // A server handles some hundred handshakes per second.
        if number % 100 == 99 {
            sleep(Duration::from_millis(250)).await;
        }
    }

    let begun = Instant::now();
    let mut life = JoinSet::new();
    for writer in 0..10_u32 {
        let period = Duration::from_secs(10) / soak.writes.max(1);
        life.spawn(write(api.clone(), writer, period, begun + soak.lasts, Arc::clone(&acknowledged)));
    }
    let mut report = Report::default();
    let mut second = interval(Duration::from_secs(1));
    let mut kills = soak.server_kills;
    let mut started = Instant::now();
    while begun.elapsed() < soak.lasts {
        second.tick().await;
        for _ in 0..soak.disturbances {
            match chance.u8(..3) {
                0 => pages[chance.usize(..pages.len())].kill(),
                1 => proxy.stall(chance.usize(..), Duration::from_secs(chance.u64(5..40))),
                _ => proxy.cut(chance.usize(..)),
            }
        }
        let due = soak.lasts / 2 * (soak.server_kills - kills + 1) / (soak.server_kills + 1);
        if kills > 0 && begun.elapsed() > due {
            kills -= 1;
            server = server.start_again().await;
            started = Instant::now();
        }
        let memory = server.id().and_then(|id| megabytes(id, "VmRSS")).unwrap_or_default();
        if kills == 0 {
            report.memory.push((started.elapsed().as_secs(), memory));
        }
        if begun.elapsed().as_secs().is_multiple_of(30) {
            on_progress(format!(
                "{} s: {} writes, {} messages, {} connections opened, {memory:.0} MB",
                begun.elapsed().as_secs(),
                count(&acknowledged),
                received.load(Ordering::Relaxed),
                opened.load(Ordering::Relaxed),
            ));
        }
    }
    while life.join_next().await.is_some() {}
    proxy.end_stalls();
    sleep(Duration::from_secs(u64::from(soak.heartbeat)) + BEYOND).await;

    let stored_items = stored_items(&api).await?;
    report.lost_writes = lost_writes(&acknowledged, &stored_items);
    report.writes = count(&acknowledged);
    for (number, page) in pages.iter().enumerate() {
        let revisions = page.revisions().await.with_context(|| format!("page {number} does not reply"))?;
        compare(number, revisions, &stored_items, &mut report);
    }
    (report.received, report.opened) = (received.load(Ordering::Relaxed), opened.load(Ordering::Relaxed));
    drop(server);
    Ok(report)
}

fn count(acknowledged: &AcknowledgedWrites) -> usize {
    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).values().map(Vec::len).sum()
}

fn key(number: usize) -> String {
    format!("soak:{number}")
}

fn topic(number: usize) -> String {
    format!("item/{}", key(number))
}

/// Writes an item in each period, and repeats an unacknowledged write under the same key until it succeeds.
async fn write(api: Api, writer: u32, period: Duration, until: Instant, acknowledged: AcknowledgedWrites) {
    let mut beat = interval(period);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut number = u64::from(writer);
    while Instant::now() < until {
        beat.tick().await;
        number += 10;
        let item = usize::try_from(number * 7 % ITEMS as u64).unwrap_or_default();
        let path = format!("/v1/items/{}", key(item));
        let once = format!("soak-{number}");
        loop {
            let body = json!({"value": {"number": number}});
            let request = api.request(Method::PUT, &path).header("idempotency-key", &once).json(&body);
            if let Ok(response) = request.send().await
                && response.status().is_success()
                && let Ok(body) = response.json::<Value>().await
                && let Some(rev) = body["data"]["rev"].as_u64()
            {
                let mut acknowledged = acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
                acknowledged.entry(item).or_default().push((rev, number));
                break;
            }
            // The server was just killed.
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// The stored state of each item: its revision and number now, and those of its last values.
struct StoredItem {
    rev: u64,
    number: u64,
    past: BTreeMap<u64, u64>,
}

async fn stored_items(api: &Api) -> Result<BTreeMap<usize, StoredItem>> {
    let mut all = BTreeMap::new();
    for item in 0..ITEMS {
        let path = format!("/v1/items/{}", key(item));
        let response = api.call(Method::GET, &path).await;
        if response.status == 404 {
            continue;
        }
        ensure!(response.status == 200, "{path}: {}", response.body);
        let number = |value: &Value| value["value"]["number"].as_u64().unwrap_or_default();
        let rev = |value: &Value| value["rev"].as_u64().unwrap_or_default();
        let history = api.call(Method::GET, &format!("{path}/history")).await;
        let past = history.data().as_array().into_iter().flatten().map(|value| (rev(value), number(value))).collect();
        all.insert(item, StoredItem { rev: rev(response.data()), number: number(response.data()), past });
    }
    Ok(all)
}

/// Each acknowledged write has a revision of its own, none is newer than the stored one, and each of the last values is as
/// acknowledged.
fn lost_writes(acknowledged: &AcknowledgedWrites, stored_items: &BTreeMap<usize, StoredItem>) -> Vec<String> {
    let mut lost_writes = Vec::new();
    for (item, writes) in acknowledged.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let Some(stored) = stored_items.get(item) else {
            lost_writes.push(format!("{} is not stored", key(*item)));
            continue;
        };
        let mut by_rev = BTreeMap::new();
        for (rev, number) in writes {
            if by_rev.insert(*rev, *number).is_some_and(|other| other != *number) {
                lost_writes.push(format!("{} was acknowledged twice as revision {rev}", key(*item)));
            }
            let kept = if *rev == stored.rev { Some(&stored.number) } else { stored.past.get(rev) };
            let is_kept = rev + 99 > stored.rev;
            if *rev > stored.rev || (is_kept && kept != Some(number)) {
                lost_writes.push(format!(
                    "{}: {number} was acknowledged as revision {rev}, and is stored as {kept:?}",
                    key(*item)
                ));
            }
        }
        // The history has only a hundred values, but there is no other writer: so each revision belongs to a write.
        if by_rev.len() as u64 > stored.rev {
            lost_writes.push(format!("{}: {} writes, and revision {}", key(*item), by_rev.len(), stored.rev));
        }
    }
    lost_writes
}

fn compare(number: usize, revisions: Revisions, stored_items: &BTreeMap<usize, StoredItem>, report: &mut Report) {
    let all: BTreeMap<String, u64> = stored_items.iter().map(|(item, stored)| (key(*item), stored.rev)).collect();
    for (topic, seen) in revisions {
        report.compared += 1;
        let expected: BTreeMap<String, u64> = match topic.to_string().strip_prefix("item/") {
            Some(key) => all.iter().filter(|(name, _)| *name == key).map(|(name, rev)| (name.clone(), *rev)).collect(),
            None => all.clone(),
        };
        if seen.as_ref() != Some(&expected) {
            let differ = |seen: &BTreeMap<String, u64>| {
                let ids = expected.keys().chain(seen.keys()).filter(|id| expected.get(*id) != seen.get(*id));
                ids.take(5)
                    .map(|id| format!("{id}: {:?}, stored {:?}", seen.get(id), expected.get(id)))
                    .collect::<Vec<_>>()
            };
            let how = seen.as_ref().map_or_else(|| "nothing is shown".to_owned(), |seen| differ(seen).join("; "));
            report.diverged.push(format!("page {number}, {topic}: {how}"));
        }
    }
}
