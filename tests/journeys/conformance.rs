//! The server conforms, wherever the tests run it; and a server that does not conform is detected.

use conformance::{self, TestServer};
use test_support::server::Server;

#[tokio::test]
async fn the_server_conforms() {
    let server = Server::start().await;
    let target = TestServer::new(server.api(), server.visitor(), &server.live_address(""));
    let findings = conformance::check(target, |_| {}).await;
    let faults: Vec<_> = findings.iter().filter(|finding| finding.fault.is_some()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let left = server.api().call(reqwest::Method::GET, "/v1/items").await;
    assert_eq!(left.data()["items"], serde_json::json!([]), "it leaves nothing behind");
}

/// A server on which all clients may write does not conform.
#[tokio::test]
async fn a_server_without_authorization_does_not_conform() {
    let server = Server::start().await;
    let target = TestServer::new(server.api(), server.api(), &server.live_address(""));
    let findings = conformance::check(target, |_| {}).await;
    let faults: Vec<&str> =
        findings.iter().filter(|finding| finding.fault.is_some()).map(|finding| finding.name).collect();
    assert_eq!(faults, ["authorization: an anonymous client cannot write"]);
}
