//! A topic with many subscribers, at AWS's quotas and in virtual time: how they connect, how a change reaches them, how they ping, and
//! the load on the table's partitions. Processing time is not modelled: posts are signed and sent immediately.
//!
//! Modelled, by AWS's documents: API Gateway accepts 500 new connections per second, and a number of posts per second for the whole
//! record_consumption ("Quotas for WebSocket APIs"); a partition of DynamoDB has 3,000 read and 1,000 write units per second, without its burst
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

use crate::chaos::{Chaos, FaultLevel};
use crate::cloud::Cloud;
use crate::determinism;
use crate::fault_switches::FaultSwitches;
use crate::identities::Issuer;
use crate::services::{Service, error_response};

/// API Gateway accepts this number of new connections per second.
const CONNECTIONS_PER_SECOND: usize = 500;

/// The units of a partition per second.
const READ_UNITS_PER_SECOND: f64 = 3_000.0;
const WRITE_UNITS_PER_SECOND: f64 = 1_000.0;

/// The latency of a request: to DynamoDB and back with this number of bytes per second, to API Gateway, to SQS.
const DATABASE_LATENCY: Duration = Duration::from_millis(5);
const BYTES_PER_SECOND: f64 = 40e6;
const POST_LATENCY: Duration = Duration::from_millis(15);
const MESSAGE_LATENCY: Duration = Duration::from_millis(10);

/// Timeout for a change to reach all subscribers.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(300);

/// The total number of tables: more than one small read returns.
const TABLE_COUNT: usize = 100;

/// The interval of pings.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// The number of subscribers of another topic.
const OTHER_SUBSCRIBERS: usize = 10;

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
pub(crate) struct Load {
    /// Units of all partitions.
    read: f64,
    written: f64,
    /// The highest load of one partition in one second: its units and its name.
    hottest_read: (f64, String),
    hottest_write: (f64, String),
    /// Requests that DynamoDB throttled, posts, and posts that the gateway throttled.
    throttled: u32,
    posts: u32,
    throttled_posts: u32,
    /// Connections that were closed.
    closed_connections: u32,
}

/// The result.
#[derive(Debug)]
pub(crate) struct Report {
    plan: Plan,
    shards: u32,
    fullest: usize,
    connected: Load,
    changed: Load,
    pinged: Load,
    other: Load,
    /// When the first, the median and the last subscriber had received the change, from the response to the write.
    received: [Duration; 3],
}

impl Report {
    /// Whether all subscribers received the change, no connection was closed, no partition was throttled, and a change of another topic
    /// caused posts only to that topic's subscribers.
    pub(crate) fn holds(&self) -> bool {
        let Self { connected, changed, pinged, other, .. } = self;
        let throttled = connected.throttled + changed.throttled + pinged.throttled;
        changed.closed_connections == 0 && throttled == 0 && other.posts as usize == OTHER_SUBSCRIBERS
    }
}

/// Runs the scenario.
pub(crate) fn run(plan: Plan) -> Result<Report> {
    determinism::run(1, async move || measure(plan).await)
}

async fn measure(plan: Plan) -> Result<Report> {
    let chaos = Arc::new(Chaos::new(1));
    chaos.set_fault_level(FaultLevel::None);
    let quotas = Arc::new(Quotas::new(plan));
    let connector =
        |service, inner| SharedHttpConnector::new(MeasuredConnector { service, inner, quotas: Arc::clone(&quotas) });
    let cloud =
        Cloud::start(&chaos, &Arc::default(), &Issuer::new(), plan.shard, FaultSwitches::default(), connector).await?;
    let ask = async |request: Request<Value>| {
        let response = cloud.ask(request, None).await.context("There is no response")?;
        ensure!(response.status.is_success(), "{}", response.body);
        Ok(response)
    };
    let tables = ["lobby".to_owned()].into_iter().chain((1..TABLE_COUNT).map(|number| format!("table-{number}")));
    for table in tables {
        let body = json!({"id": table, "description": "On the second floor, by the window"});
        ask(Request::post("/v1/tables").body(body)?).await?;
    }
    sleep(Duration::from_secs(5)).await;
    quotas.take();

    connect_all(&cloud, plan.connections, &Topic::Tables, "crowd").await?;
    let connected = quotas.take();
    connect_all(&cloud, OTHER_SUBSCRIBERS, &Topic::Items, "other").await?;
    let storage = cloud.app.storage();
    let shards = storage.shards(&Topic::Tables).await?;
    let mut fullest = 0;
    for number in 0..shards {
        let shard = backend::db::keys::Shard { topic: Topic::Tables, number };
        fullest = fullest.max(storage.subscribers(&shard, cloud.app.now()).await?.active.len());
    }
    sleep(Duration::from_secs(5)).await;
    quotas.take();

    ask(Request::put("/v1/tables/lobby").body(json!({"isFree": false}))?).await?;
    let started_at = Instant::now();
    let mut times = quotas.wait_for(plan.connections).await?;
    times.sort_unstable();
    let at = |index: usize| times.get(index).map(|time| time.saturating_duration_since(started_at)).unwrap_or_default();
    let received = [at(0), at(times.len() / 2), at(times.len() - 1)];
    sleep(Duration::from_secs(5)).await;
    let changed = quotas.take();

    ping(&cloud, plan.connections, "crowd").await?;
    let pinged = quotas.take();

    ask(Request::put("/v1/items/thing").body(json!({"value": 1}))?).await?;
    quotas.wait_for(OTHER_SUBSCRIBERS).await?;
    sleep(Duration::from_secs(5)).await;
    Ok(Report { plan, shards, fullest, connected, changed, pinged, other: quotas.take(), received })
}

/// Opens this number of connections, each at a moment of its own, and subscribes. A refused client retries, as a page does.
async fn connect_all(cloud: &Arc<Cloud>, count: usize, topic: &Topic, name: &str) -> Result<()> {
    let started_at = Instant::now();
    let mut all = JoinSet::new();
    for number in 0..count {
        let (cloud, topic, connection) = (Arc::clone(cloud), topic.clone(), format!("{name}-{number}="));
        let moment = started_at + Duration::from_micros(number as u64 * 1_000_000 / CONNECTIONS_PER_SECOND as u64);
        all.spawn(async move {
            sleep_until(moment).await;
            let app = &cloud.app;
            while app.storage().subscribe(&connection, &topic, false, None, app.now()).await.is_err() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        // Completed tasks are dropped, and time goes on for the others.
        if number % CONNECTIONS_PER_SECOND == CONNECTIONS_PER_SECOND - 1 {
            sleep_until(moment).await;
            while all.try_join_next().is_some() {}
        }
    }
    while all.join_next().await.is_some() {}
    Ok(())
}

/// Each connection pings once within a minute, at a moment of its own.
async fn ping(cloud: &Arc<Cloud>, count: usize, name: &str) -> Result<()> {
    let (started_at, mut all) = (Instant::now(), JoinSet::new());
    for number in 0..count {
        let (cloud, connection) = (Arc::clone(cloud), format!("{name}-{number}="));
        let moment = started_at + HEARTBEAT.mul_f64(number as f64 / count as f64);
        all.spawn(async move {
            sleep_until(moment).await;
            let known = cloud.app.storage().connection(&connection).await?;
            let topics = known.map(|known| known.subscribed_topics()).unwrap_or_default();
            ensure!(!topics.is_empty(), "{connection} has no subscriptions");
            pong::pong(&cloud.app, topics).await?;
            Ok(())
        });
        if number % CONNECTIONS_PER_SECOND == CONNECTIONS_PER_SECOND - 1 {
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
    started_at: Instant,
    state: Mutex<State>,
    /// The number of subscribers that have received the change since the last reset.
    received: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    load: Load,
    /// By partition: the second, and the units used in it.
    used: HashMap<String, (u64, f64, f64)>,
    /// The gateway's token bucket: its tokens, and when they were computed.
    tokens: (f64, Instant),
    received: BTreeMap<String, Instant>,
}

impl Quotas {
    fn new(plan: Plan) -> Self {
        let tokens = (f64::from(plan.posts) / 2.0, Instant::now());
        let state = State { load: Load::default(), used: HashMap::new(), tokens, received: BTreeMap::new() };
        Self { plan, started_at: Instant::now(), state: Mutex::new(state), received: watch::Sender::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The load since the last call.
    fn take(&self) -> Load {
        let mut state = self.state();
        state.received.clear();
        self.received.send_replace(0);
        std::mem::take(&mut state.load)
    }

    /// When each subscriber received the change.
    async fn wait_for(&self, count: usize) -> Result<Vec<Instant>> {
        let mut received = self.received.subscribe();
        if timeout(DELIVERY_TIMEOUT, received.wait_for(|received| *received >= count)).await.is_err() {
            anyhow::bail!(
                "after {DELIVERY_TIMEOUT:?} {} of {count} subscribers have received the change",
                *received.borrow()
            );
        }
        Ok(self.state().received.values().copied().collect())
    }

    /// Whether a partition has units left in this second.
    fn has_capacity(&self, partitions: &[(String, bool)]) -> bool {
        let mut state = self.state();
        let second = self.started_at.elapsed().as_secs();
        let has_capacity = partitions.iter().all(|(partition, writes)| {
            state.used.get(partition).is_none_or(|(then, read, written)| {
                *then != second
                    || if *writes { *written < WRITE_UNITS_PER_SECOND } else { *read < READ_UNITS_PER_SECOND }
            })
        });
        state.load.throttled += u32::from(!has_capacity);
        has_capacity
    }

    fn consume(&self, partition: &str, read: f64, written: f64) {
        let mut state = self.state();
        let second = self.started_at.elapsed().as_secs();
        let used = state.used.entry(partition.to_owned()).or_default();
        if used.0 != second {
            *used = (second, 0.0, 0.0);
        }
        (used.1, used.2) = (used.1 + read, used.2 + written);
        let (_, in_second_read, in_second_written) = *used;
        let load = &mut state.load;
        (load.read, load.written) = (load.read + read, load.written + written);
        if in_second_read > load.hottest_read.0 {
            load.hottest_read = (in_second_read, partition.to_owned());
        }
        if in_second_written > load.hottest_write.0 {
            load.hottest_write = (in_second_written, partition.to_owned());
        }
    }

    /// A post; returns whether the gateway accepts it.
    fn post(&self, connection: String) -> bool {
        let mut state = self.state();
        let (most, now) = (f64::from(self.plan.posts), Instant::now());
        let (tokens, then) = state.tokens;
        let tokens = (tokens + now.duration_since(then).as_secs_f64() * most).min(most / 2.0);
        let is_accepted = tokens >= 1.0;
        state.tokens = (tokens - f64::from(u8::from(is_accepted)), now);
        if is_accepted {
            state.load.posts += 1;
            state.received.entry(connection).or_insert(now + POST_LATENCY);
            self.received.send_replace(state.received.len());
        } else {
            state.load.throttled_posts += 1;
        }
        is_accepted
    }
}

/// The connector to a service.
#[derive(Debug)]
struct MeasuredConnector {
    service: Service,
    inner: SharedHttpConnector,
    quotas: Arc<Quotas>,
}

impl HttpConnector for MeasuredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, quotas) = (self.inner.clone(), Arc::clone(&self.quotas));
        match self.service {
            Service::Database => HttpConnectorFuture::new(async move {
                let mut request = request;
                let partitions = partitions(&mut request);
                sleep(DATABASE_LATENCY).await;
                if !quotas.has_capacity(&partitions) {
                    return Ok(error_response(400, "ProvisionedThroughputExceededException"));
                }
                let response = inner.call(request).await?;
                record_consumption(&quotas, &partitions, &response);
                let bytes = response.body().bytes().map_or(0, <[u8]>::len);
                sleep(Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND)).await;
                Ok(response)
            }),
            Service::Posts => HttpConnectorFuture::new(async move {
                let path = request.uri().split('?').next().unwrap_or_default();
                let connection = management::connection_id(path).unwrap_or_default().into_owned();
                sleep(POST_LATENCY).await;
                if request.method() != "POST" {
                    quotas.state().load.closed_connections += 1;
                    return Ok(HttpResponse::new(StatusCode::OK.into(), SdkBody::empty()));
                }
                Ok(match quotas.post(connection) {
                    true => HttpResponse::new(StatusCode::OK.into(), SdkBody::empty()),
                    false => error_response(429, "LimitExceededException"),
                })
            }),
            Service::Messages => HttpConnectorFuture::new(async move {
                sleep(MESSAGE_LATENCY).await;
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
fn record_consumption(quotas: &Quotas, partitions: &[(String, bool)], response: &HttpResponse) {
    let Ok(body) = serde_json::from_slice::<Value>(response.body().bytes().unwrap_or_default()) else { return };
    let consumed = &body["ConsumedCapacity"];
    let units = consumed["CapacityUnits"].as_f64().or_else(|| consumed[0]["CapacityUnits"].as_f64());
    let each = units.unwrap_or_default() / partitions.len().max(1) as f64;
    for (partition, writes) in partitions {
        if *writes { quotas.consume(partition, 0.0, each) } else { quotas.consume(partition, each, 0.0) }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, written, hottest_read, hottest_write, throttled, posts, throttled_posts, closed_connections } =
            self;
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
        writeln!(
            formatter,
            "  API Gateway   {posts} posts, {throttled_posts} more throttled, {closed_connections} connections cut"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, shards, fullest, connected, changed, pinged, other, received: [first, middle, last] } = self;
        writeln!(
            formatter,
            "{} connections, {} a second, to one topic: {shards} shards, {fullest} in the fullest",
            plan.connections, CONNECTIONS_PER_SECOND
        )?;
        write!(formatter, "{connected}")?;
        writeln!(
            formatter,
            "One change before all of them: the first has it after {first:.2?}, the middle one after {middle:.2?}, the last after {last:.2?}"
        )?;
        write!(formatter, "{changed}")?;
        writeln!(formatter, "A ping of each within {HEARTBEAT:.0?}:")?;
        write!(formatter, "{pinged}")?;
        writeln!(formatter, "One change before {OTHER_SUBSCRIBERS} others:")?;
        write!(formatter, "{other}")
    }
}
