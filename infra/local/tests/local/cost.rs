//! The calls to AWS that a change, a ping and a visit cost, counted on the real functions; and docs/cost.md, whose numbers are computed
//! only here, from the counts and AWS's list prices.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use backend::config::Config;
use backend::{App, Aws};
use domain::item::VALUE_LIMIT;
use emulator::{Clients, SharedFunction, function};
use futures::{SinkExt, StreamExt};
use local::{Local, Settings, deployment};
use protocol::frames::{FRAME_LIMIT, MESSAGE_LIMIT};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;

use crate::support::*;

/// The number of subscribers during the count.
const SUBSCRIBERS: usize = 20;

/// The counted calls to AWS.
#[derive(Debug, Clone, Default)]
struct Counter(Arc<Mutex<BTreeMap<&'static str, f64>>>);

impl Counter {
    fn add(&self, what: &'static str, count: f64) {
        *self.0.lock().unwrap().entry(what).or_default() += count;
    }

    /// The counts since the last call.
    fn take(&self) -> BTreeMap<&'static str, f64> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn operation(config: &ConfigBag) -> String {
    config.load::<Metadata>().map(|metadata| metadata.name().to_string()).unwrap_or_default()
}

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    /// Writes as DynamoDB bills them: one unit per kilobyte, twice that in a transaction ("Read and write operations").
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.request().body().bytes().unwrap_or_default();
        match operation(config).as_str() {
            "PutItem" | "UpdateItem" | "DeleteItem" => self.add("writes", 1.0),
            "TransactWriteItems" => {
                let request: Value = serde_json::from_slice(body)?;
                self.add("writes", 2.0 * request["TransactItems"].as_array().map_or(0, Vec::len) as f64);
            }
            "GetItem" => self.add("reads", 1.0),
            "BatchGetItem" => {
                let request: Value = serde_json::from_slice(body)?;
                self.add("reads", request["RequestItems"]["rally"]["Keys"].as_array().map_or(0, Vec::len) as f64);
            }
            "PublishBatch" => self.add("published", 1.0),
            "Publish" => self.add("broker", 1.0),
            _ => {}
        }
        Ok(())
    }

    /// Queries by the size of their results: a unit for each four kilobytes of a consistent read. JSON is longer than the billed size.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if operation(config) == "Query" {
            let bytes = context.response().body().bytes().map_or(0, <[u8]>::len);
            self.add("reads", (bytes as f64 / 4_096.0).ceil().max(1.0));
            self.add("query bytes", bytes as f64);
        }
        Ok(())
    }
}

/// The function, which signals when it is done.
fn observed(inner: SharedFunction, done: UnboundedSender<()>) -> SharedFunction {
    function(move |event| {
        let (inner, done) = (Arc::clone(&inner), done.clone());
        async move {
            let answer = inner.invoke(event).await;
            let _ = done.send(());
            answer
        }
    })
}

/// Counts posts as they pass.
#[derive(Debug)]
struct CountedPosts(SharedHttpConnector, Counter);

impl HttpConnector for CountedPosts {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.method() == "POST" {
            self.1.add("posts", 1.0);
        }
        self.0.call(request)
    }
}

/// Rally with counted calls and its functions; and a signal for each end of the fan-out and of the notify function.
async fn fixture(counter: &Counter) -> (Local, App, UnboundedReceiver<()>, UnboundedReceiver<()>) {
    let started = OnceLock::new();
    let ((fanned, fan_outs), (notified, notices)) = (unbounded_channel(), unbounded_channel());
    let local = Local::start_with(Settings::ephemeral(), async |clients| {
        backend::db::schema::create_table(&clients.dynamodb, "rally").await.map_err(|error| error.to_string())?;
        let Clients { dynamodb, connections, kms, sns, sqs, iot, sts, .. } = clients;
        let dynamodb = dynamodb.config().to_builder().interceptor(counter.clone()).build();
        let sns = sns.config().to_builder().interceptor(counter.clone()).build();
        let aws = Aws {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            gateway: deployment::connections(SharedHttpConnector::new(CountedPosts(connections, counter.clone()))),
            kms,
            sns: aws_sdk_sns::Client::from_conf(sns),
            sqs,
            iot,
            sts,
        };
        let config = Config {
            loopback_admin: true,
            secrets_key: emulator::kms::KEY.to_owned(),
            events_topic: emulator::messaging::topic_arn("rally-events"),
            jobs_queue: emulator::messaging::queue_url("rally-jobs"),
            ..Config::default()
        };
        let app = App::new(config, aws);
        let app = started.get_or_init(|| app);
        let functions = deployment::built_in(app);
        let fanout = observed(Arc::clone(&functions.fanout), fanned);
        let notify = observed(Arc::clone(&functions.notify), notified);
        deployment::deployment(app, deployment::Functions { fanout, notify, ..functions }, Duration::from_secs(60))
    });
    let local = local.await.unwrap();
    (local, started.into_inner().unwrap(), fan_outs, notices)
}

async fn request(local: &Local, method: reqwest::Method, path: &str, key: Option<&str>, body: &Value) -> Value {
    let request = reqwest::Client::new().request(method, format!("http://{}{path}", local.address())).json(body);
    let request = key.into_iter().fold(request, |request, key| request.header("x-api-key", key));
    request.send().await.unwrap().json().await.unwrap()
}

async fn receive(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let message = within(socket.next()).await.unwrap().unwrap();
        let Ok(value) = serde_json::from_str::<Value>(message.to_text().unwrap()) else { continue };
        if value["type"] == kind {
            return value;
        }
    }
}

/// The counts: per change, per subscriber and change, per ping, per visit.
#[derive(Debug)]
struct Counts {
    change_writes: f64,
    change_reads: f64,
    /// Bytes of subscriptions read for each subscriber.
    subscriber_bytes: f64,
    subscriber_posts: f64,
    change_published: f64,
    ping_reads: f64,
    visit_writes: f64,
    visit_reads: f64,
    /// Of an invocation of the sweep for ten tables.
    sweep_reads: f64,
}

async fn count() -> Counts {
    let counter = Counter::default();
    let (local, app, mut fan_outs, mut notices) = fixture(&counter).await;
    for number in 0..10 {
        // Each is published before the next, so that the later count is only of a change.
        let table = json!({"id": format!("table-{number}"), "description": "On the second floor, by the window"});
        request(&local, reqwest::Method::POST, "/v1/tables", None, &table).await;
        within(fan_outs.recv()).await.unwrap();
    }
    let device = json!({"name": "sensor", "tables": ["table-0"], "canManage": false});
    let key = request(&local, reqwest::Method::POST, "/v1/device-keys", None, &device).await;
    let key = key["data"]["key"].as_str().unwrap().to_owned();
    let mut change = async |is_free: bool, sockets: &mut [Socket]| {
        counter.take();
        request(&local, reqwest::Method::PUT, "/v1/tables/table-0", Some(&key), &json!({"isFree": is_free})).await;
        for socket in sockets {
            receive(socket, "changes").await;
        }
        within(fan_outs.recv()).await.unwrap();
        within(notices.recv()).await.unwrap();
    };
    let mut one = vec![connect(&local, "").await];
    one[0].send(Message::text(r#"{"action":"subscribe","topic":"tables"}"#)).await.unwrap();
    receive(&mut one[0], "snapshot").await;
    // From the first ping on there is a digest, and changes are counted into it.
    one[0].send(Message::text(r#"{"action":"ping"}"#)).await.unwrap();
    receive(&mut one[0], "pong").await;
    change(false, &mut one).await;
    change(true, &mut one).await;
    let alone = counter.take();

    counter.take();
    let mut all = one;
    for _ in 0..SUBSCRIBERS {
        let mut socket = connect(&local, "").await;
        socket.send(Message::text(r#"{"action":"subscribe","topic":"tables"}"#)).await.unwrap();
        receive(&mut socket, "snapshot").await;
        all.push(socket);
    }
    let visits = counter.take();
    change(false, &mut all).await;
    let together = counter.take();
    all[0].send(Message::text(r#"{"action":"ping"}"#)).await.unwrap();
    receive(&mut all[0], "pong").await;
    let ping = counter.take();
    backend::reactions::sweep::handle(&app).await.unwrap();
    let sweep = counter.take();
    let subscribers = SUBSCRIBERS as f64;
    let get = |counted: &BTreeMap<&'static str, f64>, what| counted.get(what).copied().unwrap_or_default();
    Counts {
        change_writes: get(&alone, "writes"),
        change_reads: get(&alone, "reads"),
        subscriber_bytes: ((get(&together, "query bytes") - get(&alone, "query bytes")) / subscribers).round(),
        subscriber_posts: (get(&together, "posts") - get(&alone, "posts")) / subscribers,
        change_published: get(&alone, "published"),
        ping_reads: get(&ping, "reads"),
        visit_writes: (get(&visits, "writes") / subscribers).round(),
        visit_reads: (get(&visits, "reads") / subscribers).round(),
        sweep_reads: get(&sweep, "reads"),
    }
}

// ---------------------------------------------------------------- AWS's list prices

/// Dollars per million, in us-east-1 ("Amazon API Gateway pricing", "AWS IoT Core pricing", "AWS Lambda Pricing", "Pricing for
/// On-Demand Capacity", "Amazon SNS pricing"), as of 2025.
const WEBSOCKET_MESSAGES: f64 = 1.00;
/// From the second billion on.
const WEBSOCKET_MESSAGES_LATER: f64 = 0.80;
const WEBSOCKET_MINUTES: f64 = 0.25;
const HTTP_REQUESTS: f64 = 1.00;
const IOT_MESSAGES: f64 = 1.00;
/// From the second billion on.
const IOT_MESSAGES_LATER: f64 = 0.80;
const IOT_MINUTES: f64 = 0.08;
const INVOCATIONS: f64 = 0.20;
/// A million gigabyte-seconds on arm64.
const GIGABYTE_SECONDS: f64 = 13.3334;
const WRITES: f64 = 0.625;
const READS: f64 = 0.125;
const PUBLISHED: f64 = 0.50;
/// A gigabyte of CloudWatch Logs ("Amazon CloudWatch pricing"); dollars a month for a custom metric, an alarm's metric, a KMS key and a
/// secret of Secrets Manager; and a million traces of X-Ray.
const LOGGED: f64 = 0.50;
const METRIC: f64 = 0.30;
const ALARM: f64 = 0.10;
/// The two KMS keys: of messages, and of secrets. An instance reads a secret every five minutes, at no relevant cost.
const KEYS: f64 = 2.0 * 1.00;
const SECRET: f64 = 0.40;
const TRACES: f64 = 5.00;

const BILLION: f64 = 1e9;
const MINUTES: f64 = 30.0 * 24.0 * 60.0;

/// A function's time for a request or a message, in seconds, and its memory in GB: higher than what `cargo xtask bench functions`
/// measures.
const SHORT: f64 = 0.010 * 0.25;
/// The fan-out's, for 1,000 connections: measured 0.21 s.
const FAN_OUT: f64 = 0.25 * 1.769;

/// Bytes of a log line of metrics, one for each fan-out, and of a line of the HTTP API's access log.
const METRIC_LINE: f64 = 450.0;
const ACCESS: f64 = 350.0;
/// With `LogLevel=info`: Lambda's three lines for an invocation, and the function's own.
const VERBOSE: f64 = 1_000.0;

/// The number of metrics that the functions write (`Metric::count`, `Metric::times`). The template's check compares it with them.
const METRICS: f64 = 8.0;
/// Sweeps a month.
const SWEEPS: f64 = 60.0 * 24.0 * 30.0;

/// The number of metrics with an alarm in the template.
fn alarmed() -> f64 {
    let template = include_str!("../../../template.yaml");
    let (_, alarms) = template.split_once("  AlarmMail:").expect("the alarms follow AlarmMail");
    alarms.lines().filter(|line| line.contains("MetricName: ")).count() as f64
}

/// The monthly cost without a viewer: alarms, metrics, the key, the secret, the sweep.
fn fixed(counts: &Counts) -> f64 {
    let sweep = 1e-6 * SWEEPS * (INVOCATIONS + counts.sweep_reads * READS + GIGABYTE_SECONDS * SHORT);
    alarmed() * ALARM + METRICS * METRIC + KEYS + SECRET + sweep
}

/// Dollars for a number of log lines of a number of bytes.
fn logged(lines: f64, bytes: f64) -> f64 {
    lines * bytes * 1e-9 * LOGGED
}

/// The traces of a function that X-Ray keeps: one per second, and a twentieth of the others ("Visualize Lambda function invocations
/// using AWS X-Ray").
fn traced(invocations: f64) -> f64 {
    let seconds = MINUTES * 60.0;
    invocations.min(seconds) + (invocations - seconds).max(0.0) / 20.0
}

/// The additional cost of parameters for viewers over API Gateway that ping once a minute: `LogLevel=info`, `Traces=Active`,
/// `LiveAccessLogs=true`.
fn switched_on(viewers: f64) -> [f64; 3] {
    let (changes, pings) = (MINUTES, viewers * MINUTES);
    // The API, the fan-out and the notify function; the sweep; the live function.
    let traces = 3.0 * traced(changes) + traced(SWEEPS) + traced(pings);
    [logged(3.0 * changes + pings, VERBOSE), 1e-6 * traces * TRACES, logged(pings, ACCESS)]
}

/// A month's requests and dollars.
struct Month {
    messages: f64,
    invocations: f64,
    reads: f64,
    writes: f64,
    dollars: f64,
}

fn tiered(messages: f64, first: f64, later: f64) -> f64 {
    (messages.min(BILLION) * first + (messages - BILLION).max(0.0) * later) / 1e6
}

/// One change a minute for this number of viewers, connected the whole month, with a ping every given number of minutes.
fn month(counts: &Counts, viewers: f64, ping_minutes: f64, by_broker: bool) -> Month {
    let (changes, pings) = (MINUTES, viewers * MINUTES / ping_minutes);
    let minutes = viewers * MINUTES;
    let subscriber_reads = if by_broker { 0.0 } else { viewers * counts.subscriber_bytes / 4_096.0 };
    let reads = changes * (counts.change_reads + subscriber_reads) + pings * counts.ping_reads;
    let writes = changes * counts.change_writes;
    // The API, the fan-out and the notify function for a change; one for a ping.
    let invocations = 3.0 * changes + pings;
    let shared = 1e-6 * (invocations * INVOCATIONS + reads * READS + writes * WRITES)
        + 1e-6 * changes * counts.change_published * PUBLISHED
        + 1e-6 * changes * HTTP_REQUESTS
        + logged(changes, METRIC_LINE + ACCESS)
        + fixed(counts)
        + 1e-6 * GIGABYTE_SECONDS * SHORT * invocations;
    let (messages, dollars) = if by_broker {
        // A change is published on the topic of all tables and on its table's own; each subscriber receives one of them.
        let messages = changes * 2.0 + changes * viewers;
        let poll_cost = 1e-6 * pings * HTTP_REQUESTS + logged(pings, ACCESS);
        (messages, tiered(messages, IOT_MESSAGES, IOT_MESSAGES_LATER) + 1e-6 * minutes * IOT_MINUTES + poll_cost)
    } else {
        let messages = changes * viewers * counts.subscriber_posts + 2.0 * pings;
        let fan_out = 1e-6 * GIGABYTE_SECONDS * FAN_OUT * changes * viewers / 1_000.0;
        let live = tiered(messages, WEBSOCKET_MESSAGES, WEBSOCKET_MESSAGES_LATER);
        (messages, live + 1e-6 * minutes * WEBSOCKET_MINUTES + fan_out)
    };
    Month { messages, invocations, reads, writes, dollars: shared + dollars }
}

fn million(count: f64) -> String {
    match count / 1e6 {
        millions if millions >= 100.0 => format!("{millions:.0}"),
        millions if millions >= 1.0 => format!("{millions:.1}"),
        millions => format!("{millions:.2}"),
    }
}

fn dollars(amount: f64) -> String {
    let whole = format!("{amount:.2}");
    let (whole, cents) = whole.split_once('.').unwrap();
    let grouped: Vec<String> =
        whole.as_bytes().rchunks(3).rev().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    if amount < 100.0 { format!("{}.{cents}", grouped.join(",")) } else { grouped.join(",") }
}

fn calculated(counts: &Counts) -> String {
    let mut text = String::from("Counted on the functions as they are:\n\n| what | calls |\n|---|---:|\n");
    for (what, count) in [
        ("a change: DynamoDB write units", counts.change_writes),
        ("a change: DynamoDB read units, without subscriptions", counts.change_reads),
        ("a change: publishes to SNS", counts.change_published),
        ("a change and a viewer by API Gateway: posts", counts.subscriber_posts),
        ("a change and a viewer by API Gateway: bytes read of subscriptions", counts.subscriber_bytes),
        ("a ping: DynamoDB read units", counts.ping_reads),
        ("a visit: DynamoDB write units", counts.visit_writes),
        ("a visit: DynamoDB read units", counts.visit_reads),
        ("a sweep of ten tables: DynamoDB read units", counts.sweep_reads),
    ] {
        writeln!(text, "| {what} | {count} |").unwrap();
    }
    text.push_str(
        "\nA month of one change a minute, with viewers of the tables day and night (millions of requests):\n\n\
         | viewers | by | ping | messages | invocations | reads | writes | $ a month |\n|---:|---|---|---:|---:|---:|---:|---:|\n",
    );
    for viewers in [10.0, 1_000.0, 100_000.0] {
        for (by_broker, by) in [(false, "API Gateway"), (true, "IoT Core")] {
            for (minutes, ping) in [(1.0, "1 min"), (9.0, "9 min")] {
                let Month { messages, invocations, reads, writes, dollars: amount } =
                    month(counts, viewers, minutes, by_broker);
                let [messages, invocations, reads, writes] = [messages, invocations, reads, writes].map(million);
                let amount = dollars(amount);
                writeln!(
                    text,
                    "| {viewers} | {by} | {ping} | {messages} | {invocations} | {reads} | {writes} | {amount} |"
                )
                .unwrap();
            }
        }
    }
    writeln!(
        text,
        "\nOf each of these ${:.2} are for no viewer: {} metrics with alarms (${:.2}), {METRICS} custom metrics (${:.2}), two \
         keys (${KEYS:.2}), a secret (${SECRET:.2}), and the sweep.\n\n\
         Additional cost of parameters, for viewers by API Gateway who ping once a minute ($ a month):\n\n\
         | viewers | `LogLevel=info` | `Traces=Active` | `LiveAccessLogs=true` |\n|---:|---:|---:|---:|",
        fixed(counts),
        alarmed(),
        alarmed() * ALARM,
        METRICS * METRIC,
    )
    .unwrap();
    for viewers in [10.0, 1_000.0, 100_000.0] {
        let [logs, traces, live] = switched_on(viewers).map(dollars);
        writeln!(text, "| {viewers} | {logs} | {traces} | {live} |").unwrap();
    }
    text
}

/// `RALLY_ACCEPT_COST=1` writes the counts into the document.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_cost_is_the_calculated_one() {
    let counts = count().await;
    assert_eq!(counts.subscriber_posts, 1.0, "{counts:?}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cost.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (before, rest) = document.split_once("<!-- counted -->\n").expect("the document has a place for the counts");
    let (documented, after) = rest.split_once("<!-- /counted -->").expect("it ends");
    let counted = format!("\n{}\n", calculated(&counts));
    if std::env::var_os("RALLY_ACCEPT_COST").is_some() {
        std::fs::write(path, format!("{before}<!-- counted -->\n{counted}<!-- /counted -->{after}")).unwrap();
        return;
    }
    assert_eq!(documented, counted, "docs/cost.md differs; RALLY_ACCEPT_COST=1 updates it");
}

/// The limits of a message have one place in the code, and one in the document.
#[test]
fn the_document_has_the_limits_of_the_code() {
    let document = include_str!("../../../../docs/cost.md");
    let (frame, message, value) = (FRAME_LIMIT / 1_024, MESSAGE_LIMIT / 1_024, VALUE_LIMIT / 1_024);
    for words in [
        format!("API Gateway: {frame} KB a frame, {message} KB a message; each {frame} KB are a message on the bill"),
        format!("no message has more than {frame} KB"),
        format!("up to {value} KB, comes in a message of up to three frames"),
    ] {
        assert!(document.contains(&words), "docs/cost.md does not say “{words}”");
    }
    // Including the surrounding frame.
    assert!((VALUE_LIMIT + 2_048).div_ceil(FRAME_LIMIT) == 3 && VALUE_LIMIT + 2_048 <= MESSAGE_LIMIT);
}
