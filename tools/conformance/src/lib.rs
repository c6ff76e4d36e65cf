//! Whether a server conforms to Rally's protocol: only over HTTP and WebSocket, at any address. It creates data under names of its own
//! and removes it again, so it can be run beside users; it never reads their data, and never accesses the server's internals.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "what fails here fails a test, in words")]

mod checks;
pub mod schema;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use futures::future::BoxFuture;
use reqwest::Method;

use test_support::api::Api;
use test_support::socket::Socket;

/// A server, and the credentials for it.
#[derive(Clone)]
pub struct TestServer {
    /// A client that may write tables and items.
    pub writer: Api,
    /// An anonymous client.
    pub visitor: Api,
    /// The address of live connections: `wss://…/live`.
    pub live: String,
    /// The prefix of every name here: different in each run.
    pub prefix: String,
}

impl TestServer {
    /// The server at this address, with this address for live connections; `writer` may write.
    pub fn new(writer: Api, visitor: Api, live: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { writer, visitor, live: live.to_owned(), prefix: format!("conformance-{:x}", since.as_micros()) }
    }

    /// A name with the prefix.
    pub(crate) fn name(&self, of: &str) -> String {
        format!("{}-{of}", self.prefix)
    }

    /// An anonymous live connection.
    pub(crate) async fn connect(&self) -> Socket {
        Socket::open(&self.live).await.expect("the handshake is accepted")
    }

    /// A live connection with a query.
    pub(crate) async fn connect_with(&self, query: &str) -> Socket {
        Socket::open(&format!("{}?{query}", self.live)).await.expect("the handshake is accepted")
    }

    /// Deletes our tables and items.
    async fn clean(&self) {
        for path in ["/v1/tables", "/v1/items"] {
            let query = if path == "/v1/items" { format!("{path}?prefix={}", self.prefix) } else { path.to_owned() };
            let answer = self.writer.call(Method::GET, &query).await;
            let all = answer.data().as_array().or_else(|| answer.data()["items"].as_array()).cloned();
            for one in all.unwrap_or_default() {
                let name = one["id"].as_str().or_else(|| one["key"].as_str()).unwrap_or_default();
                if name.starts_with(&self.prefix) {
                    self.writer.call(Method::DELETE, &format!("{path}/{name}")).await;
                }
            }
        }
    }
}

/// The result of a check.
#[derive(Debug)]
pub struct Finding {
    /// The check.
    pub name: &'static str,
    /// The failure; `None` if it passed.
    pub fault: Option<String>,
}

type Check = fn(Arc<TestServer>) -> BoxFuture<'static, ()>;

/// All checks.
const CHECKS: [(&str, Check); 14] = [
    ("subscription: a snapshot, then each change, and none after it is unsubscribed", |target| {
        checks::subscription(target).boxed()
    }),
    ("subscription: by the handshake, without a frame", |target| checks::handshake(target).boxed()),
    ("ordering: the last of many changes is sent last, and none twice", |target| checks::ordering(target).boxed()),
    ("snapshot: a change beside a subscription is in it or sent after it", |target| {
        checks::concurrent_write(target).boxed()
    }),
    ("snapshot: one that is larger than a message comes in parts", |target| checks::parts(target).boxed()),
    ("gap: after a reconnect a client has the changes of the meantime", |target| checks::gap(target).boxed()),
    ("gap: a ping's digest is that of what was sent", |target| checks::digest(target).boxed()),
    ("tombstone: a removed item that is created again has a newer revision", |target| {
        checks::tombstone(target).boxed()
    }),
    ("authorization: an anonymous client cannot write", |target| checks::writes(target).boxed()),
    ("authorization: an anonymous client cannot subscribe to private topics", |target| {
        checks::private_topics(target).boxed()
    }),
    ("limits: 100 subscriptions per connection", |target| checks::subscriptions(target).boxed()),
    ("limits: a body and a value that are too large are refused", |target| checks::sizes(target).boxed()),
    ("errors: each invalid frame gets an error, and the connection stays open", |target| {
        checks::frames(target).boxed()
    }),
    ("writes: at an expected revision, and once under one key", |target| checks::conditions(target).boxed()),
];

/// Runs all checks, one after another, and deletes their data. Calls `on_finding` with each finding as soon as its check ends.
pub async fn check(target: TestServer, mut on_finding: impl FnMut(&Finding)) -> Vec<Finding> {
    let target = Arc::new(target);
    let mut findings = Vec::new();
    for (name, check) in CHECKS {
        let done = tokio::spawn(check(Arc::clone(&target))).await;
        let fault = done.err().map(|error| match error.try_into_panic() {
            Ok(panic) => words(&*panic),
            Err(error) => error.to_string(),
        });
        let finding = Finding { name, fault };
        on_finding(&finding);
        findings.push(finding);
    }
    target.clean().await;
    findings
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it failed without a word").to_owned()
}
