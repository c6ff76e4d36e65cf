//! The functions' programs as Lambda starts them: the time of each until it requests its first event, the cost of its first event, and
//! the time and memory of a batch of 100 changes to 1,000 connections. Prints; asserts nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::routing::any;
use domain::topic::Topic;
use emulator::Function;
use emulator::lambda::{Lambda, Program, ProgramFunction};
use local::{Local, Settings, deployment};
use serde_json::{Value, json};
use test_support::memory::megabytes;

/// Starts of each program; the median counts.
const STARTS: usize = 21;

/// The number of changes in the batch, and of connections.
const CHANGES: usize = 100;
const CONNECTIONS: usize = 1_000;

/// The latency of the response to a post.
const ANSWER: Duration = Duration::from_millis(20);

/// Repetitions of the batch; the median counts.
const BATCHES: u64 = 9;

#[tokio::main]
async fn main() -> Result<()> {
    let directory = PathBuf::from(std::env::args_os().nth(1).context("Name the directory with the programs")?);
    println!("function   first next   first event   (medians of {STARTS})");
    for name in ["api", "live", "fanout", "notify", "ingest", "sweep"] {
        let (mut starts, mut firsts) = (Vec::new(), Vec::new());
        let stage = Stage::set().await?;
        for _ in 0..STARTS {
            let program = stage.program(&directory, name, None).await?;
            starts.push(program.start().await?.init);
            let begun = Instant::now();
            program.invoke(event(name)?).await?;
            firsts.push(begun.elapsed());
        }
        println!("{name:<8} {:>12} {:>13}", shown(&mut starts), shown(&mut firsts));
    }
    fan_out(&directory).await
}

async fn fan_out(directory: &Path) -> Result<()> {
    let stage = Stage::set().await?;
    for number in 0..CONNECTIONS {
        let connection = format!("connection-{number:04}");
        let subscribed = stage.app.storage().subscribe(&connection, &Topic::Tables, false, None, stage.app.now());
        subscribed.await?;
    }
    let posts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&posts);
    let endpoint = Router::new().fallback(any(move || {
        let counted = Arc::clone(&counted);
        async move {
            let _ = tokio::time::timeout(ANSWER, std::future::pending::<()>()).await;
            counted.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, endpoint).await });
    let fanout = stage.program(directory, "fanout", Some(address)).await?;
    fanout.start().await?;
    let mut times = Vec::new();
    let mut before = posts.load(Ordering::Relaxed);
    let warming = before;
    for round in 0..BATCHES {
        let begun = Instant::now();
        let response = fanout.invoke(batch(round)?).await?;
        times.push(begun.elapsed());
        anyhow::ensure!(response["batchItemFailures"] == json!([]), "the batch failed: {response}");
    }
    before = posts.load(Ordering::Relaxed) - before;
    println!();
    println!(
        "{CHANGES} changes to {CONNECTIONS} connections, each post answered after {ANSWER:?}, the middle of {BATCHES}:"
    );
    println!("  time    {}", shown(&mut times));
    println!("  posts   {} a batch, {warming} to warm the connection", before / usize::try_from(BATCHES)?);
    for id in fanout.processes() {
        println!("  memory  {:.1} MB at most", megabytes(id, "VmHWM").context("no peak is reported")?);
    }
    Ok(())
}

/// An AWS for the programs.
struct Stage {
    local: Local,
    app: deployment::Application,
}

impl Stage {
    async fn set() -> Result<Self> {
        let mut made = None;
        let local = Local::start_with(Settings::ephemeral(), async |clients| {
            let app = deployment::application(clients, None).await?;
            made = Some(app.clone());
            deployment::deployment(&app, deployment::built_in(&app), Duration::from_secs(60))
        });
        let local = local.await?;
        Ok(Self { local, app: made.context("it has an application")? })
    }

    async fn program(&self, directory: &Path, name: &str, callback: Option<String>) -> Result<ProgramFunction> {
        let path = directory.join(name).join("bootstrap");
        anyhow::ensure!(path.is_file(), "{} is missing; `cargo xtask package --x86` builds it", path.display());
        let mut environment = deployment::environment(self.app.config(), &self.local.clients().aws);
        if let Some(callback) = callback {
            environment.retain(|(name, _)| name != "RALLY_CALLBACK_URL");
            environment.push(("RALLY_CALLBACK_URL".to_owned(), callback));
        }
        Ok(Lambda::start().await?.program(Program {
            name: name.to_owned(),
            path,
            environment,
            log: Some("/dev/null".into()),
        }))
    }
}

fn recorded(name: &str) -> Result<Value> {
    let path = format!("{}/../../tests/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// The first event of each function.
fn event(name: &str) -> Result<Value> {
    Ok(match name {
        "api" => {
            let mut event = recorded("http")?;
            event["requestContext"]["http"]["method"] = json!("GET");
            event["requestContext"]["http"]["path"] = json!("/v1/tables");
            event["rawPath"] = json!("/v1/tables");
            let headers = event["headers"].as_object_mut().ok_or_else(|| anyhow!("no headers"))?;
            headers.remove("x-api-key");
            event
        }
        "live" => recorded("websocket")?["message"].take(),
        "fanout" => recorded("stream")?,
        "notify" => recorded("sqs")?,
        "ingest" => json!({"key": "gauge", "value": 1}),
        _ => recorded("schedule")?,
    })
}

/// A batch of changes of this number of tables.
fn batch(round: u64) -> Result<Value> {
    let one = recorded("stream")?["Records"][0].take();
    let record = |number: usize| {
        let mut record = one.clone();
        let id = format!("table-{number:03}");
        let change = &mut record["dynamodb"];
        change["SequenceNumber"] = json!(format!("{round}{number:06}"));
        for image in ["Keys", "NewImage", "OldImage"] {
            change[image]["sk"]["S"] = json!(id);
        }
        change["NewImage"]["rev"]["N"] = json!((round + 2).to_string());
        record
    };
    Ok(json!({"Records": (0..CHANGES).map(record).collect::<Vec<Value>>()}))
}

fn shown(times: &mut [Duration]) -> String {
    times.sort_unstable();
    format!("{:.1} ms", times[times.len() / 2].as_secs_f64() * 1_000.0)
}
