//! The Real Time Platform's own client, from npm.

use reqwest::Method;
use serde_json::json;
use test_support::server::Server;
use test_support::socket::Socket;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::items::put;

/// The output of wscat, line by line.
struct Wscat {
    _child: tokio::process::Child,
    said: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
}

impl Wscat {
    fn start(arguments: &[&str]) -> Self {
        let wscat = std::env::var_os("RALLY_WSCAT").unwrap_or_else(|| "wscat".into());
        let mut child = tokio::process::Command::new(wscat)
            .arg("--no-color")
            .args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("wscat starts; `cargo xtask setup` brings it");
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { _child: child, said }
    }

    async fn hears(&mut self, text: &str) -> String {
        let wait = async {
            loop {
                let line = self.said.next_line().await.unwrap().expect("it goes on");
                if line.contains(text) {
                    return line;
                }
            }
        };
        tokio::time::timeout(test_support::TIMEOUT, wait).await.unwrap_or_else(|_| panic!("nothing of {text}"))
    }
}

/// The Real Time Platform's own client, as in its README; the key in the query, or in a header.
#[tokio::test]
async fn wscat_receives_an_item_from_its_snapshot_to_its_removal() {
    let server = Server::start().await;
    put(&server.api(), "1", &json!({"lat": 41.38})).await;
    let by_query = server.live_address("?realTimeItemKey=1");
    let mut clients = [
        Wscat::start(&["-c", &by_query]),
        Wscat::start(&["-c", &server.live_address("?item=1")]),
        Wscat::start(&["-c", &server.live_address(""), "-H", "realTimeItemKey: 1"]),
    ];
    for client in &mut clients {
        let snapshot = client.hears("\"type\":\"snapshot\"").await;
        assert!(snapshot.contains(r#""value":{"lat":41.38}"#), "{snapshot}");
    }
    put(&server.api(), "1", &json!({"lat": 41.39})).await;
    for client in &mut clients {
        client.hears(r#""value":{"lat":41.39}"#).await;
    }
    server.api().call(Method::DELETE, "/v1/items/1").await;
    for client in &mut clients {
        client.hears(r#""state":null"#).await;
    }
    let refused = Socket::open(&server.live_address("?realTimeItemKey=a%20b")).await.err().map(|why| why.to_string());
    assert!(refused.as_ref().is_some_and(|why| why.contains("400")), "{refused:?}");
}
