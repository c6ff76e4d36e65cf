//! As many digest requests as one address may send: the reads of the database, and how quickly others receive a change meanwhile.
//!
//! The whole product runs in this process, so that the reads are counted at the database's client.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use emulator::units::ReadUnits;
use futures::{SinkExt, StreamExt, TryStreamExt, stream};
use local::{Local, Settings, deployment};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// The limit for others to receive a change, in 99 of 100 cases.
pub const OTHERS_TARGET: Duration = Duration::from_millis(50);

/// The partitions that a digest request reads: those of other reads differ.
const DIGEST_PARTITIONS: &[&str] = &["ITEMS", "DIGEST#item"];

/// Timeout for others to receive a change.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes of an item.
const ITEM: usize = 1_000;

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// The parameters.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// The number of requests of each kind.
    pub requests: usize,
    /// The number of names in each.
    pub names: usize,
    /// The number of items.
    pub items: usize,
    /// The number of concurrent requests.
    pub at_once: usize,
}

/// The result of one kind of requests.
#[derive(Debug)]
pub struct Report {
    /// The kind of their names.
    pub kind: &'static str,
    /// Requests that succeeded.
    pub answered: usize,
    /// Requests that were refused.
    pub refused: usize,
    /// Reads of 4 KB.
    pub reads: u64,
    /// From the sending of a change to another client's receipt of it: the median, and the 99th percentile.
    pub others: [Duration; 2],
}

/// Requests one name many times, and many names once; each from a server of its own without earlier requests.
///
/// # Errors
/// The server does not answer as it should.
pub async fn measure(load: Load) -> Result<Vec<Report>> {
    let one = vec!["items".to_owned(); load.names];
    let many = (0..load.names).map(|number| format!("item/{}", key(number))).collect();
    let mut reports = Vec::new();
    for (kind, names) in [("one, repeated", one), ("all different", many)] {
        reports.push(run_load(load, kind, names).await?);
    }
    Ok(reports)
}

fn key(number: usize) -> String {
    format!("load:{number:05}")
}

async fn run_load(load: Load, kind: &'static str, names: Vec<String>) -> Result<Report> {
    let units = ReadUnits::of(DIGEST_PARTITIONS);
    let local = Local::start_with(Settings::ephemeral(), async |mut clients| {
        clients.dynamodb = units.counted(&clients.dynamodb);
        let app = deployment::application(clients, None).await?;
        deployment::deployment(&app, deployment::built_in(&app), Duration::from_secs(60))
    });
    let local = local.await.context("The server does not start")?;
    let (http, server) = (Client::new(), format!("http://{}", local.address()));
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{}/live", local.address())).await?;
    socket.send(Message::text(r#"{"action":"subscribe","topic":"items/load"}"#)).await?;
    for first in (0..load.items).step_by(100) {
        let items =
            (first..load.items.min(first + 100)).map(|number| json!({"key": key(number), "value": "x".repeat(ITEM)}));
        let body = json!({"items": items.collect::<Vec<Value>>()});
        let response = http.post(format!("{server}/v1/items/batch")).json(&body).send().await?;
        ensure!(response.status() == StatusCode::OK, "Items: {}", response.text().await?);
    }
    // The publishing of the items reads too, and does not count.
    tokio::time::timeout(TIMEOUT, published(&mut socket, load.items))
        .await
        .context("The items are not published")??;
    socket.close(None).await?;
    let table = http.post(format!("{server}/v1/tables")).json(&json!({"id": "lobby"})).send().await?;
    ensure!(table.status() == StatusCode::CREATED, "A table: {}", table.text().await?);

    let is_over = Arc::new(AtomicBool::new(false));
    let others =
        tokio::spawn(measure_delivery(http.clone(), server.clone(), local.address().to_string(), Arc::clone(&is_over)));
    units.take();
    let address = format!("{server}/v1/live/digests?topics={}", names.join(","));
    // Without a host name of this machine, which has no limit.
    let request = || async { anyhow::Ok(http.get(&address).header("host", "rally.example").send().await?.status()) };
    let statuses: Vec<StatusCode> =
        stream::iter(0..load.requests).map(|_| request()).buffer_unordered(load.at_once.max(1)).try_collect().await?;
    let reads = units.take();
    is_over.store(true, Ordering::Relaxed);
    let times = others.await??;
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    let (answered, refused) = (count(StatusCode::OK), count(StatusCode::TOO_MANY_REQUESTS));
    ensure!(answered + refused == load.requests, "Some requests were answered otherwise: {statuses:?}");
    let at = |hundredths: usize| times.get((times.len() * hundredths).div_ceil(100).saturating_sub(1)).copied();
    let others = [50, 99].map(|hundredths| at(hundredths).unwrap_or_default());
    Ok(Report { kind, answered, refused, reads, others })
}

/// Waits until this number of items has arrived.
async fn published(socket: &mut Socket, items: usize) -> Result<()> {
    let mut arrived = BTreeSet::new();
    while arrived.len() < items {
        let message = socket.next().await.context("The connection has ended")??;
        let frame: Value = serde_json::from_str(message.to_text()?)?;
        let entities = ["changes", "entities"].into_iter().filter_map(|name| frame[name].as_array()).flatten();
        arrived.extend(entities.filter_map(|entity| entity["id"].as_str().map(str::to_owned)));
    }
    Ok(())
}

/// Changes a table repeatedly, and measures the time until another client receives it. Sorted.
async fn measure_delivery(
    http: Client,
    server: String,
    address: String,
    is_over: Arc<AtomicBool>,
) -> Result<Vec<Duration>> {
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/live")).await?;
    socket.send(Message::text(r#"{"action":"subscribe","topic":"table/lobby"}"#)).await?;
    let (mut times, mut is_free) = (Vec::new(), true);
    while !is_over.load(Ordering::Relaxed) {
        is_free = !is_free;
        let begun = Instant::now();
        let report = http.put(format!("{server}/v1/tables/lobby")).json(&json!({"isFree": is_free})).send();
        let rev = report.await?.json::<Value>().await?["data"]["rev"].as_u64().context("A table has a revision")?;
        let received = async {
            while let Some(message) = socket.next().await {
                let frame: Value = serde_json::from_str(message?.to_text()?)?;
                if frame["changes"].as_array().is_some_and(|changes| changes.iter().any(|change| change["rev"] == rev))
                {
                    return anyhow::Ok(());
                }
            }
            bail!("the connection has ended")
        };
        tokio::time::timeout(TIMEOUT, received).await.context("No subscriber received the change")??;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}
