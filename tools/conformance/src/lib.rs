//! Whether a server speaks as Rally does: over HTTP and WebSocket alone, at an address, whoever runs there. It makes things
//! under names of its own and takes them away again, so it can be run beside people; it never looks at what is theirs, and never
//! reaches behind the server.

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

/// A server, and how to come in.
#[derive(Clone)]
pub struct Place {
    /// Whoever may write tables and items there.
    pub writer: Api,
    /// Somebody who shows nothing.
    pub visitor: Api,
    /// Where live connections go: `wss://…/live`.
    pub live: String,
    /// What every name here begins with: another in each run.
    pub mark: String,
}

impl Place {
    /// The server at this address, whose live connections go there; what comes with `writer` may write.
    pub fn new(writer: Api, visitor: Api, live: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { writer, visitor, live: live.to_owned(), mark: format!("conformance-{:x}", since.as_micros()) }
    }

    /// A name of ours.
    pub(crate) fn name(&self, of: &str) -> String {
        format!("{}-{of}", self.mark)
    }

    /// A live connection of somebody who shows nothing.
    pub(crate) async fn connect(&self) -> Socket {
        Socket::open(&self.live).await.expect("the handshake is accepted")
    }

    /// A live connection with a query.
    pub(crate) async fn connect_with(&self, query: &str) -> Socket {
        Socket::open(&format!("{}?{query}", self.live)).await.expect("the handshake is accepted")
    }

    /// Takes our tables and items away.
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

/// What a check found.
#[derive(Debug)]
pub struct Finding {
    /// What was checked.
    pub name: &'static str,
    /// What was otherwise; nothing if all was as it must be.
    pub fault: Option<String>,
}

type Check = fn(Arc<Place>) -> BoxFuture<'static, ()>;

/// Everything that is checked.
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

/// Checks everything, one after another, and takes away what it has made. `told` hears of each finding as it is made.
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
