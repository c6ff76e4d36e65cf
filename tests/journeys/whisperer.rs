//! The real whisperer and the real server, which goes down and comes back while the table's status changes.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use test_support::server::{Server, built};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

#[tokio::test]
async fn the_history_is_complete_after_the_server_was_away() {
    let mut server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    let mut key = tempfile::NamedTempFile::new().unwrap();
    key.write_all(server.api().device_key(&["lobby"], false).await.as_bytes()).unwrap();
    let mut child = Command::new(built("RALLY_WHISPERER_BIN", "debug/rally-whisperer"))
        .args(["run", "--table", "lobby", "--server", server.address(), "--busy-hold", "0s", "--free-hold", "0s"])
        .arg("--key-file")
        .arg(key.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the whisperer starts; `cargo xtask test` builds it");
    let mut sensor = child.stdin.take().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut logged = async |text: &str| {
        let wait = async { while !log.next_line().await.unwrap().expect("it goes on").contains(text) {} };
        tokio::time::timeout(Duration::from_secs(40), wait).await.unwrap_or_else(|_| panic!("nothing of {text}"));
    };
    let mut socket = server.socket().await;
    socket.subscribe("table/lobby").await;
    sensor.write_all(b"busy\n").await.unwrap();
    assert_eq!(socket.change_of("lobby").await["status"], "busy");
    logged("is busy").await;

    server.kill().await;
    for state in ["free", "busy", "free", "busy", "free"] {
        sensor.write_all(format!("{state}\n").as_bytes()).await.unwrap();
        logged(state).await;
    }
    let server = server.start_again().await;
    logged("accepts reports again").await;
    let table = server.api().call(Method::GET, "/v1/tables/lobby").await.table();
    assert_eq!(table.status, domain::table::TableStatus::Free);
    let usage = server.api().call(Method::GET, "/v1/tables/lobby/usage").await;
    let history: Vec<&str> =
        usage.data()["day"].as_array().unwrap().iter().filter_map(|change: &Value| change["status"].as_str()).collect();
    let known: Vec<&&str> = history.iter().filter(|status| **status != "no_signal").collect();
    assert_eq!(known, [&"free", &"busy", &"free"], "registered, taken, free again: nothing doubled, nothing overtaken");
}
