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
pub struct Place {
    /// A client that may write tables and items.
    pub writer: Api,
    /// An anonymous client.
    pub visitor: Api,
    /// The address of live connections: `wss://…/live`.
    pub live: String,
    /// The prefix of every name here: different in each run.
    pub mark: String,
}

impl Place {
    /// The server at this address, with this address for live connections; `writer` may write.
    pub fn new(writer: Api, visitor: Api, live: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { writer, visitor, live: live.to_owned(), mark: format!("conformance-{:x}", since.as_micros()) }
    }

    /// A name with the prefix.
    pub(crate) fn name(&self, of: &str) -> String {
        format!("{}-{of}", self.mark)
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
            let query = if path == "/v1/items" { format!("{path}?prefix={}", self.mark) } else { path.to_owned() };
            let answer = self.writer.call(Method::GET, &query).await;
            let all = answer.data().as_array().or_else(|| answer.data()["items"].as_array()).cloned();
            for one in all.unwrap_or_default() {
                let name = one["id"].as_str().or_else(|| one["key"].as_str()).unwrap_or_default();
                if name.starts_with(&self.mark) {
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

type Check = fn(Arc<Place>) -> BoxFuture<'static, ()>;

/// All checks.
const CHECKS: [(&str, Check); 14] = [
    ("subscription: a snapshot, then each change, and none after it is given up", |place| {
        checks::subscription(place).boxed()
    }),
    ("subscription: by the handshake, without a word", |place| checks::handshake(place).boxed()),
    ("ordering: of many changes the last is told last, and none twice", |place| checks::ordering(place).boxed()),
    ("snapshot: a change beside a subscription is in it or told after it", |place| checks::race(place).boxed()),
    ("snapshot: one that is larger than a message comes in parts", |place| checks::parts(place).boxed()),
    ("gap: whoever comes back has what happened meanwhile", |place| checks::gap(place).boxed()),
    ("gap: a ping's digest is that of what was told", |place| checks::digest(place).boxed()),
    ("tombstone: what was removed and is made again is newer than its removal", |place| {
        checks::tombstone(place).boxed()
    }),
    ("authorization: who shows nothing writes nothing", |place| checks::writes(place).boxed()),
    ("authorization: who shows nothing watches nothing private", |place| checks::watching(place).boxed()),
    ("limits: a hundred subscriptions and no more", |place| checks::subscriptions(place).boxed()),
    ("limits: a body and a value that are too large are refused", |place| checks::sizes(place).boxed()),
    ("refusals: each mistake in a message is named, and the connection goes on", |place| checks::frames(place).boxed()),
    ("writes: at an expected revision, and once under one key", |place| checks::conditions(place).boxed()),
];

/// Runs all checks, one after another, and deletes their data. `told` gets each finding at once.
pub async fn check(place: Place, mut told: impl FnMut(&Finding)) -> Vec<Finding> {
    let place = Arc::new(place);
    let mut findings = Vec::new();
    for (name, check) in CHECKS {
        let done = tokio::spawn(check(Arc::clone(&place))).await;
        let fault = done.err().map(|error| match error.try_into_panic() {
            Ok(panic) => words(&*panic),
            Err(error) => error.to_string(),
        });
        let finding = Finding { name, fault };
        told(&finding);
        findings.push(finding);
    }
    place.clean().await;
    findings
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it failed without a word").to_owned()
}
