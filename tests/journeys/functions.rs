//! The functions' own programs, which request their events over Lambda's Runtime API: for the events of each AWS service they do the
//! same as in the local server, and a whole deployment runs on them.

use std::path::PathBuf;
use std::time::Duration;

use domain::event::Event;
use domain::table::TableStatus;
use domain::time::Timestamp;
use emulator::SharedFunction;
use emulator::lambda::{Lambda, Program};
use local::{Local, Settings, deployment};
use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::Api;
use test_support::browser::{Browser, Screen};
use test_support::fake_services::FakeServices;
use test_support::pages::items::ItemsPage;
use test_support::rooms::essay;
use test_support::server::{Server, programs};
use test_support::socket::Socket;

/// An AWS with Rally on it, and its functions a second time: as parts of this program, or as programs.
struct Stage {
    local: Local,
    app: deployment::Application,
    services: FakeServices,
    as_programs: bool,
}

fn recorded(name: &str) -> Value {
    let path = format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    serde_json::from_str(&text).unwrap()
}

impl Stage {
    async fn set(as_programs: bool) -> Self {
        let services = FakeServices::start().await;
        let settings = Settings {
            external_services: Some(services.host().to_owned()),
            site: test_support::server::site(),
            ..Settings::ephemeral()
        };
        let mut made = None;
        let local = Local::start_with(settings, async |clients| {
            let app = deployment::application(clients, None).await?;
            made = Some(app.clone());
            deployment::deployment(&app, deployment::built_in(&app), Duration::from_secs(60))
        });
        let local = local.await.unwrap();
        let stage = Self { local, app: made.unwrap(), services, as_programs };
        stage.api().register("lobby", "Lobby").await;
        stage
    }

    fn api(&self) -> Api {
        Api::new(&format!("http://{}", self.local.address()))
    }

    async fn program(&self, name: &str) -> SharedFunction {
        self.program_with(name, &[], None).await
    }

    /// The program with these additional variables, and its log in a file.
    async fn program_with(&self, name: &str, variables: &[(&str, &str)], log: Option<PathBuf>) -> SharedFunction {
        let directory = programs();
        let path = [directory.join(name).join("bootstrap"), directory.join(name)];
        let path = path.into_iter().find(|path| path.is_file()).expect("`cargo xtask test` builds the programs");
        let mut environment = deployment::environment(self.app.config(), &self.local.clients().aws);
        environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let lambda = Lambda::start().await.unwrap();
        lambda.function(Program { name: name.to_owned(), path, environment, log })
    }

    /// A function that accepts events unchanged.
    async fn function(&self, name: &str) -> SharedFunction {
        if self.as_programs {
            return self.program(name).await;
        }
        let functions = deployment::built_in(&self.app);
        match name {
            "live" => functions.live,
            "fanout" => functions.fanout,
            "notify" => functions.notify,
            "ingest" => functions.ingest,
            _ => functions.sweep,
        }
    }

    /// A report over the HTTP API.
    async fn report(&self) -> Value {
        let key = self.api().device_key(&["lobby"], false).await;
        let (status, body) = if self.as_programs {
            let mut event = recorded("http");
            event["headers"]["x-api-key"] = json!(key);
            let response = self.program("api").await.invoke(event).await.unwrap();
            (response["statusCode"].clone(), serde_json::from_str(response["body"].as_str().unwrap()).unwrap())
        } else {
            let (device, body) = (self.api().with_key(&key), json!({"isFree": false}));
            let response = device.call_with(Method::PUT, "/v1/tables/lobby", &body).await;
            (json!(response.status), response.body)
        };
        json!([status, body["errors"], body["data"]["id"], body["data"]["status"], body["data"]["rev"]])
    }

    /// A connection from its handshake to its end.
    async fn connection(&self) -> Value {
        let (live, events) = (self.function("live").await, recorded("websocket"));
        let mut said = Vec::new();
        for event in ["connect", "message", "disconnect"] {
            let response = live.invoke(events[event].clone()).await.unwrap();
            let body: Value = serde_json::from_str(response["body"].as_str().unwrap_or("null")).unwrap();
            said.push(json!([
                response["statusCode"],
                body["type"],
                body["entities"][0]["id"],
                body["entities"][0]["rev"]
            ]));
        }
        json!(said)
    }

    /// A change from the stream.
    async fn change(&self) -> Value {
        let mut socket = Socket::open(&format!("ws://{}/live", self.local.address())).await.unwrap();
        socket.subscribe("tables").await;
        let response = self.function("fanout").await.invoke(recorded("stream")).await.unwrap();
        let results = socket.change_of("lobby").await;
        json!([response["batchItemFailures"], results["status"], results["rev"], results["since"]])
    }

    /// An event from the topic.
    async fn event(&self) -> Value {
        let browser = self.services.browser("ada");
        let ada = self.api().from_elsewhere().with_visitor(&"A".repeat(43));
        assert_eq!(ada.call_with(Method::PUT, "/v1/me/browsers", &browser.subscription()).await.status, 200);
        let wish = json!({"rule": {"when": "each_change"}});
        assert_eq!(ada.call_with(Method::PUT, "/v1/me/alerts/tables/lobby", &wish).await.status, 200);
        let mut table = self.api().call(Method::GET, "/v1/tables/lobby").await.table();
        table.status = TableStatus::Free;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let at = Timestamp::default().plus(now);
        let mut message = recorded("sns");
        let event = Event::of_table("4421584500000000017450439091".to_owned(), at, &table);
        message["Records"][0]["Sns"]["Message"] = json!(serde_json::to_string(&event).unwrap());
        let response = self.function("notify").await.invoke(message).await.unwrap();
        let notice = &browser.notifications(1).await[0];
        json!([response, notice["title"], notice["path"]])
    }

    /// Jobs from the queue.
    async fn jobs(&self) -> Value {
        self.function("notify").await.invoke(recorded("sqs")).await.unwrap()
    }

    /// Messages of other services, to a connection that subscribes to all items, and to a page that shows them.
    async fn sources(&self) -> Value {
        let browser = Browser::start(Screen::DESK).await;
        let page = ItemsPage::open_at(&browser, &format!("http://{}", self.local.address())).await;
        page.wait_for_words("No items yet").await;
        let mut socket = Socket::open(&format!("ws://{}/live", self.local.address())).await.unwrap();
        socket.subscribe("items").await;
        let (ingest, messages) = (self.function("ingest").await, recorded("messages"));
        let queue = ingest.invoke(messages["sqs"].clone()).await.unwrap();
        ingest.invoke(messages["sns"].clone()).await.unwrap();
        ingest.invoke(messages["rule"].clone()).await.unwrap();
        ingest.invoke(recorded("s3")).await.unwrap();
        let mut results = vec![queue];
        for key in ["vehicle:3", "list", "sensor:7", "s3:datasets:2026~2fnovember~2020.csv"] {
            let value = socket.change_of(key).await["value"].clone();
            page.wait_for(key, "").await;
            results.push(value);
        }
        page.wait_for("vehicle:3", "speed 40").await;
        page.wait_for("sensor:7", "21.5").await;
        browser.quit().await;
        json!(results)
    }

    /// The scheduled event of each minute.
    async fn minute(&self) -> Value {
        let database = test_support::dynamodb::Database::new(&self.local.clients().aws, "rally");
        database.put_table("attic", "busy", 3, Duration::from_secs(48 * 3_600)).await;
        let response = self.function("sweep").await.invoke(recorded("schedule")).await.unwrap();
        let table = self.api().call(Method::GET, "/v1/tables/attic").await;
        json!([response, table.data()["status"], table.data()["rev"]])
    }
}

async fn same<Do, Outcome>(act: Do) -> Value
where
    Do: Fn(std::sync::Arc<Stage>) -> Outcome,
    Outcome: Future<Output = Value>,
{
    let (here, there) = (Stage::set(false).await, Stage::set(true).await);
    let (here, there) = (act(here.into()).await, act(there.into()).await);
    assert_eq!(here, there, "as part of the server, and as a program");
    there
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_the_http_api() {
    let outcome = same(async |stage| stage.report().await).await;
    assert_eq!(outcome, json!([200, [], "lobby", "busy", 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_of_the_websocket_api() {
    let outcome = same(async |stage| stage.connection().await).await;
    assert_eq!(outcome, json!([[200, null, null, null], [200, "snapshot", "lobby", 1], [200, null, null, null]]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_the_stream() {
    let outcome = same(async |stage| stage.change().await).await;
    assert_eq!(outcome, json!([[], "busy", 7, "2026-11-20T12:00:02.000Z"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_the_topic() {
    let outcome = same(async |stage| stage.event().await).await;
    assert_eq!(outcome, json!([null, "Lobby is free", "/tables/lobby"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_the_queue() {
    let outcome = same(async |stage| stage.jobs().await).await;
    assert_eq!(outcome, json!({"batchItemFailures": []}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_of_every_source() {
    let outcome = same(async |stage| stage.sources().await).await;
    let object = json!({"bucket": "datasets", "name": "2026/november 20.csv", "event": "ObjectCreated:Put",
        "at": "2026-11-20T12:00:00.000Z", "size": 1_305_107, "tag": "b21b84d653bb07b05b1e6b33684dc11b"});
    // Only the message without a key fails.
    let queue = json!({"batchItemFailures": [{"itemIdentifier": "2e1424d4-f796-459a-8184-9c92662be6da"}]});
    assert_eq!(outcome, json!([queue, {"speed": 40}, [1, 2, 3], {"temperature": 21.5}, object]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_the_scheduler() {
    let outcome = same(async |stage| stage.minute().await).await;
    assert_eq!(outcome, json!([1, "no_signal", 4]), "one table has fallen silent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_office_runs_on_programs() {
    let services = FakeServices::start().await;
    let server = Server::start_with_programs(&["--outside", services.host()]).await;
    server.api().register("lobby", "Lobby").await;
    assert_eq!(server.visitor().call_with(Method::POST, "/v1/tables", &json!({"id": "mine"})).await.status, 401);
    let mut socket = server.socket().await;
    assert_eq!(socket.subscribe("tables").await.len(), 1);
    let browser = services.browser("ada");
    let ada = server.visitor().with_visitor(&"A".repeat(43));
    assert_eq!(ada.call_with(Method::PUT, "/v1/me/browsers", &browser.subscription()).await.status, 200);
    let wish = json!({"rule": {"when": "each_change"}});
    assert_eq!(ada.call_with(Method::PUT, "/v1/me/alerts/tables/lobby", &wish).await.status, 200);
    let key = server.api().device_key(&["lobby"], false).await;
    server.api().with_key(&key).report("lobby", false).await;
    assert_eq!(socket.change_of("lobby").await["status"], "busy");
    assert_eq!(browser.notifications(1).await[0]["title"], "Lobby is taken");
}

/// If a process ends during an event, the event has failed, and the next event gets another process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_not_there_is_said_and_one_that_ends_fails_its_event_alone() {
    let stage = Stage::set(true).await;
    let lambda = Lambda::start().await.unwrap();
    let program =
        |path: &str| Program { name: "odd".to_owned(), path: path.into(), environment: Vec::new(), log: None };
    let missing = lambda.function(program("/nowhere/bootstrap")).invoke(Value::Null).await.unwrap_err();
    assert!(missing.message.contains("/nowhere/bootstrap does not start"), "{missing}");
    let ended = lambda.function(program("/bin/true")).invoke(Value::Null).await.unwrap_err();
    assert!(ended.message.contains("the function has ended"), "{ended}");
    let live = stage.program("live").await;
    let refused = live.invoke(json!({"no": "event"})).await.unwrap_err();
    assert!(!refused.message.is_empty());
    let response = live.invoke(recorded("websocket")["connect"].clone()).await.unwrap();
    assert_eq!(response["statusCode"], 200, "the same program goes on");
}

/// From the request through the table and its stream to the post: one request id in both logs, one trace, and the latency.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_requests_id_and_trace_go_through_the_whole_chain() {
    let (stage, logs) = (Stage::set(true).await, tempfile::tempdir().unwrap());
    let daemon = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    daemon.set_read_timeout(Some(test_support::TIMEOUT)).unwrap();
    let address = daemon.local_addr().unwrap().to_string();
    let variables = [("RUST_LOG", "info"), ("AWS_XRAY_DAEMON_ADDRESS", &address), ("RALLY_STACK", "office")];
    let log = |name: &str| logs.path().join(name);
    let api = stage.program_with("api", &variables, Some(log("api"))).await;
    let fanout = stage.program_with("fanout", &variables, Some(log("fanout"))).await;

    let mut request = recorded("http");
    request["headers"]["x-api-key"] = json!(stage.api().device_key(&["lobby"], false).await);
    request["headers"]["x-correlation-id"] = json!("corr-42");
    assert_eq!(api.invoke(request).await.unwrap()["statusCode"], 200);
    let database = test_support::dynamodb::Database::new(&stage.local.clients().aws, "rally");
    let cause = database.text("TABLES", "lobby", "cause").await.expect("the request is written beside the change");
    assert!(cause.ends_with("request=corr-42"), "{cause}");

    let mut record = recorded("stream");
    // Sampled, as Lambda's runtime may do; the one here samples nothing.
    let trace = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1";
    let sampled = cause.replacen(" request=", &format!(" {trace} request="), 1);
    record["Records"][0]["dynamodb"]["NewImage"]["cause"] = json!({"S": sampled});
    let mut socket = Socket::open(&format!("ws://{}/live", stage.local.address())).await.unwrap();
    socket.subscribe("tables").await;
    fanout.invoke(record).await.unwrap();

    let lines = |name: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(log(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}"))).collect()
    };
    let answered = lines("api").into_iter().find(|line| line["fields"]["message"] == "responded").unwrap();
    assert_eq!((&answered["span"]["id"], &answered["fields"]["status"]), (&json!("corr-42"), &json!(200)));
    let delivered = lines("fanout").into_iter().find(|line| line["fields"]["message"] == "published changes").unwrap();
    assert_eq!((&delivered["fields"]["request"], &delivered["fields"]["reached"]), (&json!("corr-42"), &json!(1)));
    let published = lines("fanout").into_iter().find(|line| line["fields"]["message"] == "published").unwrap();
    assert_eq!(published["fields"]["request"], "corr-42", "the event's id leads back to the request");
    assert!(!published["fields"]["event"].as_str().unwrap().is_empty());
    let figures = lines("fanout").into_iter().find(|line| line["_aws"].is_object()).unwrap();
    assert_eq!((&figures["Stack"], &figures["Posts"], &figures["Gone"]), (&json!("office"), &json!(1.0), &json!(0.0)));
    let took = figures["WriteToPost"].as_f64().unwrap();
    assert!((0.0..20_000.0).contains(&took), "{took}");

    let mut bytes = [0; 4_096];
    let length = daemon.recv(&mut bytes).expect("a segment");
    let segment: Value =
        serde_json::from_str(str::from_utf8(&bytes[..length]).unwrap().lines().nth(1).unwrap()).unwrap();
    assert_eq!(segment["trace_id"], "1-67891233-abcdef012345678912345678");
    assert_eq!(segment["annotations"]["request"], "corr-42");
}

/// Fault: the runtime decoded text and dropped a byte order mark, so a file for Excel lost it, with the content length from before.
#[tokio::test]
async fn a_file_arrives_as_it_was_written() {
    for server in [Server::start().await, Server::start_with_programs(&[]).await] {
        let ada = server.member("Ada").await;
        ada.question(&essay()).await;
        let response = ada.api.request(Method::GET, "/v1/questions/export?format=csv").send().await.unwrap();
        let file = response.bytes().await.unwrap();
        let file = std::str::from_utf8(&file).unwrap();
        assert!(file.starts_with("\u{feff}\"text\"") && file.contains("Why is the sky blue?"), "{file:?}");
    }
}
