//! A topic with many subscribers, at AWS's quotas and in virtual time: how they connect, how a change reaches them, how they ping, and
//! the load on the table's partitions. Processing time is not modelled: posts are signed and sent in no time.
//!
//! Modelled, by AWS's documents: API Gateway accepts 500 new connections per second, and a number of posts per second for the whole
//! account ("Quotas for WebSocket APIs"); a partition of DynamoDB has 3,000 read and 1,000 write units per second, without its burst
//! capacity ("Best practices for designing and using partition keys"); Lambda takes five messages of a queue at a time.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use backend::realtime::pong;
use domain::topic::Topic;
use emulator::gateway::management;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::chaos::{Chaos, Weather};
use crate::cloud::Cloud;
use crate::determinism;
use crate::fault_switches::FaultSwitches;
use crate::identities::Issuer;
use crate::services::{Service, refusal};

/// API Gateway accepts this number of new connections per second.
const COMING: usize = 500;

/// The units of a partition per second.
const READS: f64 = 3_000.0;
const WRITES: f64 = 1_000.0;

/// The latency of a request: to DynamoDB and back with this number of bytes per second, to API Gateway, to SQS.
const DATABASE: Duration = Duration::from_millis(5);
const BYTES: f64 = 40e6;
const POST: Duration = Duration::from_millis(15);
const MESSAGE: Duration = Duration::from_millis(10);

/// Timeout for a change to reach all subscribers.
const PATIENCE: Duration = Duration::from_secs(300);

/// The total number of tables: more than one small read returns.
const TABLES: usize = 100;

/// The interval of pings.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// The number of subscribers of another topic.
const OTHERS: usize = 10;

/// The parameters of a measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// The number of connections.
    pub(crate) connections: usize,
    /// The size of a shard.
    pub(crate) shard: usize,
    /// Posts per second that the gateway accepts, with a burst of half as many.
    pub(crate) posts: u32,
}

/// The load of one phase on AWS.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Units of all partitions.
    read: f64,
    written: f64,
    /// The highest load of one partition in one second: units, and its name.
    hottest_read: (f64, String),
    hottest_write: (f64, String),
    /// Requests that DynamoDB throttled, posts, and posts that the gateway throttled.
    throttled: u32,
    posts: u32,
    refused: u32,
    /// Connections that were closed.
    cut: u32,
}

/// The result.
#[derive(Debug)]
pub(crate) struct Report {
    plan: Plan,
    shards: u32,
    fullest: usize,
    came: Asked,
    changed: Asked,
    pinged: Asked,
    other: Asked,
    /// When the first, the median and the last subscriber had received the change, from the response to the write.
    heard: [Duration; 3],
}

impl Report {
    /// Whether all subscribers received the change, no connection was closed, no partition was throttled, and a change of another topic
    /// caused posts only to that topic's subscribers.
    pub(crate) fn holds(&self) -> bool {
        let Self { came, changed, pinged, other, .. } = self;
        let throttled = came.throttled + changed.throttled + pinged.throttled;
        changed.cut == 0 && throttled == 0 && other.posts as usize == OTHERS
    }
}

/// Runs the scenario.
pub(crate) fn run(plan: Plan) -> Result<Report> {
    determinism::run(1, async move || measure(plan).await)
}

async fn measure(plan: Plan) -> Result<Report> {
    let chaos = Arc::new(Chaos::new(1));
    chaos.turn(Weather::Calm);
    let quotas = Arc::new(Quotas::new(plan));
    let way = |service, inner| SharedHttpConnector::new(Way { service, inner, quotas: Arc::clone(&quotas) });
    let cloud =
        Cloud::start(&chaos, &Arc::default(), &Issuer::new(), plan.shard, FaultSwitches::default(), way).await?;
    let ask = async |request: Request<Value>| {
        let answer = cloud.ask(request, None).await.context("Nobody answers")?;
        ensure!(answer.status.is_success(), "{}", answer.body);
        Ok(answer)
    };
    let tables = ["lobby".to_owned()].into_iter().chain((1..TABLES).map(|number| format!("table-{number}")));
    for table in tables {
        let body = json!({"id": table, "description": "On the second floor, by the window"});
        ask(Request::post("/v1/tables").body(body)?).await?;
    }
    sleep(Duration::from_secs(5)).await;
    quotas.take();

    come(&cloud, plan.connections, &Topic::Tables, "crowd").await?;
    let came = quotas.take();
    come(&cloud, OTHERS, &Topic::Items, "other").await?;
    let storage = cloud.app.storage();
    let shards = storage.shards(&Topic::Tables).await?;
    let mut fullest = 0;
    for number in 0..shards {
        let shard = backend::db::keys::Shard { topic: Topic::Tables, number };
        fullest = fullest.max(storage.subscribers(&shard, cloud.app.now()).await?.there.len());
    }
    sleep(Duration::from_secs(5)).await;
    quotas.take();

    ask(Request::put("/v1/tables/lobby").body(json!({"isFree": false}))?).await?;
    let begun = Instant::now();
    let mut times = quotas.wait_for(plan.connections).await?;
    times.sort_unstable();
    let at = |place: usize| times.get(place).map(|time| time.saturating_duration_since(begun)).unwrap_or_default();
    let heard = [at(0), at(times.len() / 2), at(times.len() - 1)];
    sleep(Duration::from_secs(5)).await;
    let changed = quotas.take();

    ping(&cloud, plan.connections, "crowd").await?;
    let pinged = quotas.take();

    ask(Request::put("/v1/items/thing").body(json!({"value": 1}))?).await?;
    quotas.wait_for(OTHERS).await?;
    sleep(Duration::from_secs(5)).await;
    Ok(Report { plan, shards, fullest, came, changed, pinged, other: quotas.take(), heard })
}

/// Opens this number of connections, each at a moment of its own, and subscribes. A refused client retries, as a page does.
async fn come(cloud: &Arc<Cloud>, count: usize, topic: &Topic, name: &str) -> Result<()> {
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for number in 0..count {
        let (cloud, topic, connection) = (Arc::clone(cloud), topic.clone(), format!("{name}-{number}="));
        let moment = begun + Duration::from_micros(number as u64 * 1_000_000 / COMING as u64);
        all.spawn(async move {
            sleep_until(moment).await;
            let app = &cloud.app;
            while app.storage().subscribe(&connection, &topic, false, None, app.now()).await.is_err() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        // Completed tasks are dropped, and time goes on for the others.
        if number % COMING == COMING - 1 {
            sleep_until(moment).await;
            while all.try_join_next().is_some() {}
        }
    }
    while all.join_next().await.is_some() {}
    Ok(())
}

/// Each connection pings once within a minute, at a moment of its own.
async fn ping(cloud: &Arc<Cloud>, count: usize, name: &str) -> Result<()> {
    let (begun, mut all) = (Instant::now(), JoinSet::new());
    for number in 0..count {
        let (cloud, connection) = (Arc::clone(cloud), format!("{name}-{number}="));
        let moment = begun + HEARTBEAT.mul_f64(number as f64 / count as f64);
        all.spawn(async move {
            sleep_until(moment).await;
            let known = cloud.app.storage().connection(&connection).await?;
            let topics = known.map(|known| known.watched()).unwrap_or_default();
            ensure!(!topics.is_empty(), "{connection} watches nothing");
            pong::pong(&cloud.app, topics).await?;
            Ok(())
        });
        if number % COMING == COMING - 1 {
            sleep_until(moment).await;
            while let Some(pinged) = all.try_join_next() {
                pinged??;
            }
        }
    }
    while let Some(pinged) = all.join_next().await {
        pinged??;
    }
    Ok(())
}

/// AWS's quotas, and the load on them.
#[derive(Debug)]
struct Quotas {
    plan: Plan,
    begun: Instant,
    state: Mutex<State>,
    /// The number of subscribers that have received the change since the last reset.
    heard: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    asked: Asked,
    /// By partition: the second, and the units used in it.
    given: HashMap<String, (u64, f64, f64)>,
    /// The gateway's token bucket: its tokens, and when they were computed.
    tokens: (f64, Instant),
    heard: BTreeMap<String, Instant>,
}

impl Quotas {
    fn new(plan: Plan) -> Self {
        let tokens = (f64::from(plan.posts) / 2.0, Instant::now());
        let state = State { asked: Asked::default(), given: HashMap::new(), tokens, heard: BTreeMap::new() };
        Self { plan, begun: Instant::now(), state: Mutex::new(state), heard: watch::Sender::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The load since the last call.
    fn take(&self) -> Asked {
        let mut state = self.state();
        state.heard.clear();
        self.heard.send_replace(0);
        std::mem::take(&mut state.asked)
    }

    /// When each subscriber received the change.
    async fn wait_for(&self, count: usize) -> Result<Vec<Instant>> {
        let mut heard = self.heard.subscribe();
        if timeout(PATIENCE, heard.wait_for(|heard| *heard >= count)).await.is_err() {
            anyhow::bail!("after {PATIENCE:?} {} of {count} have heard", *heard.borrow());
        }
        Ok(self.state().heard.values().copied().collect())
    }

    /// Whether a partition has units left in this second.
    fn gives(&self, partitions: &[(String, bool)]) -> bool {
        let mut state = self.state();
        let second = self.begun.elapsed().as_secs();
        let gives = partitions.iter().all(|(partition, writes)| {
            state.given.get(partition).is_none_or(|(then, read, written)| {
                *then != second || if *writes { *written < WRITES } else { *read < READS }
            })
        });
        state.asked.throttled += u32::from(!gives);
        gives
    }

    fn give(&self, partition: &str, read: f64, written: f64) {
        let mut state = self.state();
        let second = self.begun.elapsed().as_secs();
        let given = state.given.entry(partition.to_owned()).or_default();
        if given.0 != second {
            *given = (second, 0.0, 0.0);
        }
        (given.1, given.2) = (given.1 + read, given.2 + written);
        let (_, in_second_read, in_second_written) = *given;
        let asked = &mut state.asked;
        (asked.read, asked.written) = (asked.read + read, asked.written + written);
        if in_second_read > asked.hottest_read.0 {
            asked.hottest_read = (in_second_read, partition.to_owned());
        }
        if in_second_written > asked.hottest_write.0 {
            asked.hottest_write = (in_second_written, partition.to_owned());
        }
    }

    /// A post; returns whether the gateway accepts it.
    fn post(&self, connection: String) -> bool {
        let mut state = self.state();
        let (most, now) = (f64::from(self.plan.posts), Instant::now());
        let (tokens, then) = state.tokens;
        let tokens = (tokens + now.duration_since(then).as_secs_f64() * most).min(most / 2.0);
        let takes = tokens >= 1.0;
        state.tokens = (tokens - f64::from(u8::from(takes)), now);
        if takes {
            state.asked.posts += 1;
            state.heard.entry(connection).or_insert(now + POST);
            self.heard.send_replace(state.heard.len());
        } else {
            state.asked.refused += 1;
        }
        takes
    }
}

/// The connector to a service.
#[derive(Debug)]
struct Way {
    service: Service,
    inner: SharedHttpConnector,
    quotas: Arc<Quotas>,
}

impl HttpConnector for Way {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, quotas) = (self.inner.clone(), Arc::clone(&self.quotas));
        match self.service {
            Service::Database => HttpConnectorFuture::new(async move {
                let mut request = request;
                let partitions = partitions(&mut request);
                sleep(DATABASE).await;
                if !quotas.gives(&partitions) {
                    return Ok(refusal(400, "ProvisionedThroughputExceededException"));
                }
                let answer = inner.call(request).await?;
                account(&quotas, &partitions, &answer);
                let bytes = answer.body().bytes().map_or(0, <[u8]>::len);
                sleep(Duration::from_secs_f64(bytes as f64 / BYTES)).await;
                Ok(answer)
            }),
            Service::Posts => HttpConnectorFuture::new(async move {
                let path = request.uri().split('?').next().unwrap_or_default();
                let connection = management::connection_id(path).unwrap_or_default().into_owned();
                sleep(POST).await;
                if request.method() != "POST" {
                    quotas.state().asked.cut += 1;
                    return Ok(HttpResponse::new(StatusCode::OK.into(), SdkBody::empty()));
                }
                Ok(match quotas.post(connection) {
                    true => HttpResponse::new(StatusCode::OK.into(), SdkBody::empty()),
                    false => refusal(429, "LimitExceededException"),
                })
            }),
            Service::Messages => HttpConnectorFuture::new(async move {
                sleep(MESSAGE).await;
                inner.call(request).await
            }),
        }
    }
}

/// The partitions of a request, and whether it writes to them. Adds to the request that the response must report the consumed units.
fn partitions(request: &mut HttpRequest) -> Vec<(String, bool)> {
    let Ok(mut body) = serde_json::from_slice::<Value>(request.body().bytes().unwrap_or_default()) else {
        return Vec::new();
    };
    let key = |value: &Value| value["pk"]["S"].as_str().map(str::to_owned);
    let of = |member: &Value| {
        let read = member["ExpressionAttributeValues"][":pk"]["S"].as_str();
        let written = key(&member["Item"]).or_else(|| key(&member["Key"]));
        written.or_else(|| read.map(str::to_owned))
    };
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let writes = ["PutItem", "UpdateItem", "DeleteItem"].iter().any(|kind| target.ends_with(kind));
    let batch =
        body["RequestItems"].as_object().map(|tables| tables.values().flat_map(|table| table["Keys"].as_array()));
    let partitions: Vec<(String, bool)> = match (body["TransactItems"].as_array(), batch) {
        (Some(members), _) => {
            let members = members.iter().filter_map(|member| member.as_object()?.values().next());
            members.filter_map(of).map(|partition| (partition, true)).collect()
        }
        (None, Some(keys)) => keys.flatten().filter_map(key).map(|partition| (partition, false)).collect(),
        (None, None) => of(&body).map(|partition| (partition, writes)).into_iter().collect(),
    };
    if !partitions.is_empty() {
        body["ReturnConsumedCapacity"] = json!("TOTAL");
        let text = body.to_string();
        request.headers_mut().insert("content-length", text.len().to_string());
        *request.body_mut() = SdkBody::from(text);
    }
    partitions
}

/// The consumed units of a response, in equal parts for all partitions of the request.
fn account(quotas: &Quotas, partitions: &[(String, bool)], answer: &HttpResponse) {
    let Ok(body) = serde_json::from_slice::<Value>(answer.body().bytes().unwrap_or_default()) else { return };
    let consumed = &body["ConsumedCapacity"];
    let units = consumed["CapacityUnits"].as_f64().or_else(|| consumed[0]["CapacityUnits"].as_f64());
    let each = units.unwrap_or_default() / partitions.len().max(1) as f64;
    for (partition, writes) in partitions {
        if *writes { quotas.give(partition, 0.0, each) } else { quotas.give(partition, each, 0.0) }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, written, hottest_read, hottest_write, throttled, posts, refused, cut } = self;
        writeln!(
            formatter,
            "  DynamoDB      {read:.0} read units, {written:.0} write units, {throttled} requests throttled"
        )?;
        writeln!(
            formatter,
            "  a partition   {:.0} read units in a second at most ({})",
            hottest_read.0, hottest_read.1
        )?;
        writeln!(
            formatter,
            "                {:.0} write units in a second at most ({})",
            hottest_write.0, hottest_write.1
        )?;
        writeln!(formatter, "  API Gateway   {posts} posts, {refused} more throttled, {cut} connections cut")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, shards, fullest, came, changed, pinged, other, heard: [first, middle, last] } = self;
        writeln!(
            formatter,
            "{} connections, {} a second, to one topic: {shards} shards, {fullest} in the fullest",
            plan.connections, COMING
        )?;
        write!(formatter, "{came}")?;
        writeln!(
            formatter,
            "One change before all of them: the first has it after {first:.2?}, the middle one after {middle:.2?}, the last after {last:.2?}"
        )?;
        write!(formatter, "{changed}")?;
        writeln!(formatter, "A ping of each within {HEARTBEAT:.0?}:")?;
        write!(formatter, "{pinged}")?;
        writeln!(formatter, "One change before {OTHERS} others:")?;
        write!(formatter, "{other}")
    }
}
