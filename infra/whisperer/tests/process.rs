//! The real program against a real server that implements only PingPongfy's contract.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::Write;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::put;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A server with one table, one key and one field.
#[derive(Clone, Default)]
struct TestServer {
    reports: Arc<Mutex<Vec<bool>>>,
    received: Arc<Notify>,
    /// The next responses instead, while there are any.
    error: Arc<Mutex<Option<StatusCode>>>,
}

async fn put_table(
    State(server): State<TestServer>,
    Path(table): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let status = if headers["x-api-key"] != "the-key" {
        StatusCode::UNAUTHORIZED
    } else if table != "table1" {
        StatusCode::NOT_FOUND
    } else {
        server.error.lock().unwrap().unwrap_or(StatusCode::OK)
    };
    if status == StatusCode::OK {
        server.reports.lock().unwrap().push(body["isFree"].as_bool().expect("true or false"));
    }
    server.received.notify_one();
    (status, Json(json!({"data": null, "errors": []})))
}

impl TestServer {
    /// Serves at this address until the handle is dropped.
    async fn serve(&self, address: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let listener: TcpListener = socket.listen(16).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/v1/tables/{table}", put(put_table)).with_state(self.clone());
        (address, tokio::spawn(async { axum::serve(listener, router).await.unwrap() }))
    }

    async fn wait_for(&self, is_done: impl Fn(&[bool]) -> bool) -> Vec<bool> {
        let wait = async {
            loop {
                let reports = self.reports.lock().unwrap().clone();
                if is_done(&reports) {
                    return reports;
                }
                self.received.notified().await;
            }
        };
        let waited = tokio::time::timeout(TIMEOUT, wait).await;
        waited.unwrap_or_else(|_| panic!("reports: {:?}", self.reports.lock().unwrap()))
    }
}

/// The running program.
struct Whisperer {
    child: Child,
    input: Option<ChildStdin>,
    log: Lines<BufReader<ChildStderr>>,
    _key: tempfile::NamedTempFile,
}

impl Whisperer {
    fn start(address: SocketAddr, table: &str, key: &str, extra: &[&str]) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(key.as_bytes()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_rally-whisperer"))
            .args(["run", "--table", table, "--server", &format!("http://{address}"), "--key-file"])
            .arg(file.path())
            .args(["--busy-hold", "0s", "--free-hold", "0s"])
            .args(extra)
            .env("JOURNAL_STREAM", "8:1")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let input = child.stdin.take();
        Self { child, input, log, _key: file }
    }

    async fn say(&mut self, line: &str) {
        self.input.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// The next line of the log that contains this.
    async fn logged(&mut self, text: &str) -> String {
        let wait = async {
            loop {
                let line = self.log.next_line().await.unwrap().expect("another line");
                if line.contains(text) {
                    return line;
                }
            }
        };
        tokio::time::timeout(TIMEOUT, wait).await.unwrap_or_else(|_| panic!("nothing is logged of {text}"))
    }

    async fn ended(mut self) -> std::process::ExitStatus {
        drop(self.input.take());
        tokio::time::timeout(TIMEOUT, self.child.wait()).await.expect("it ends").unwrap()
    }
}

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[tokio::test]
async fn levels_are_reported_and_the_end_waits_for_the_last_report() {
    let server = TestServer::default();
    let (address, _task) = server.serve(any_port()).await;
    let mut whisperer = Whisperer::start(address, "table1", "the-key", &[]);
    whisperer.say("busy").await;
    server.wait_for(|reports| reports.last() == Some(&false)).await;
    whisperer.say("nonsense").await;
    assert!(whisperer.logged("nonsense").await.starts_with("<4>"), "the line has systemd's priority");
    whisperer.say("0.1").await;
    server.wait_for(|reports| reports.last() == Some(&true)).await;
    whisperer.say("0.9").await;
    assert!(whisperer.ended().await.success());
    assert_eq!(server.reports.lock().unwrap().last(), Some(&false), "the last state has arrived");
}

#[tokio::test]
async fn an_unchanged_state_is_repeated_as_a_heartbeat() {
    let server = TestServer::default();
    let (address, _task) = server.serve(any_port()).await;
    let mut whisperer = Whisperer::start(address, "table1", "the-key", &["--heartbeat", "100ms"]);
    whisperer.say("free").await;
    let reports = server.wait_for(|reports| reports.len() >= 4).await;
    assert!(reports.iter().all(|is_free| *is_free), "{reports:?}");
}

#[tokio::test]
async fn a_server_that_was_unavailable_receives_only_the_last_state() {
    let server = TestServer::default();
    let (address, task) = server.serve(any_port()).await;
    let mut whisperer = Whisperer::start(address, "table1", "the-key", &[]);
    whisperer.say("free").await;
    server.wait_for(|reports| reports == [true]).await;
    task.abort();
    let _ = task.await;
    // The open connection is served until it is closed: so its requests fail from now on.
    *server.error.lock().unwrap() = Some(StatusCode::SERVICE_UNAVAILABLE);
    whisperer.say("busy").await;
    whisperer.logged("The last state is sent").await;
    for state in ["free", "busy", "free", "busy"] {
        whisperer.say(state).await;
        whisperer.logged(if state == "free" { "is free" } else { "is busy" }).await;
    }
    *server.error.lock().unwrap() = None;
    let (_, _task) = server.serve(address).await;
    whisperer.logged("accepts reports again").await;
    assert_eq!(server.reports.lock().unwrap().as_slice(), [true, false], "no duplicate and no outdated state");
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_table_are_logged_as_errors() {
    let server = TestServer::default();
    let (address, _task) = server.serve(any_port()).await;
    for (table, key, expected) in
        [("table1", "stolen", "does not accept this key"), ("table2", "the-key", "knows no such table")]
    {
        let mut whisperer = Whisperer::start(address, table, key, &[]);
        whisperer.say("busy").await;
        let line = whisperer.logged(expected).await;
        assert!(line.starts_with("<3>") && !line.contains(key), "{line}");
    }
}

#[tokio::test]
async fn it_ends_at_sigterm() {
    let server = TestServer::default();
    let (address, _task) = server.serve(any_port()).await;
    let mut whisperer = Whisperer::start(address, "table1", "the-key", &[]);
    whisperer.say("free").await;
    server.wait_for(|reports| reports == [true]).await;
    let process = rustix::process::Pid::from_raw(whisperer.child.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    let status = tokio::time::timeout(TIMEOUT, whisperer.child.wait()).await.unwrap().unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn a_missing_key_or_device_is_an_error_at_the_start() {
    let run = |arguments: &'static [&str]| async move {
        let output = Command::new(env!("CARGO_BIN_EXE_rally-whisperer")).args(arguments).output().await.unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let no_key = run(&["run", "--table", "lobby", "--server", "http://127.0.0.1:9"]).await;
    assert!(no_key.contains("There is no key"), "{no_key}");
    let no_file = run(&["run", "--table", "lobby", "--server", "http://127.0.0.1:9", "--key-file", "/nowhere"]).await;
    assert!(no_file.contains("/nowhere"), "{no_file}");
    let no_chip = run(&["calibrate", "--source", "gpio:/dev/nowhere:1"]).await;
    assert!(no_chip.contains("/dev/nowhere"), "{no_chip}");
    let no_device = run(&["calibrate", "--source", "input:/dev/nowhere"]).await;
    assert!(no_device.contains("/dev/nowhere"), "{no_device}");
}

#[tokio::test]
async fn calibration_shows_the_level_and_proposes_thresholds() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rally-whisperer"))
        .args(["calibrate", "--quiet-for", "400ms", "--play-for", "60s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut shown = String::new();
    for _ in 0..20 {
        input.write_all(b"0.1\n").await.unwrap();
    }
    while !shown.contains("Now play") {
        shown += &log.next_line().await.unwrap().expect("another line");
    }
    for _ in 0..20 {
        input.write_all(b"0.9\n0.1\n").await.unwrap();
    }
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    assert!(shown.contains("[####-") && output.status.success(), "{shown}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "--busy-above 0.58 --free-below 0.34\n");
}
