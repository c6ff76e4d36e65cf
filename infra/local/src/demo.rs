//! Sample tables, items and factories for a first look. The demo uses the public API, and stops writing a table or an item after
//! another client has changed it.

mod script;
mod things;

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use backend::App;
use domain::table::TableId;
use http::header::{CONTENT_TYPE, HOST, IF_MATCH};
use http::{Method, Request, StatusCode};
use protocol::endpoints::{self, NewTable, StatusReport};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use script::{Chance, SAMPLES, Sample};

/// The limit of a response body. It is a table, an item or a factory: far below this.
const ANSWER_LIMIT: usize = 64 * 1024;

/// The demo's state of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    rev: u64,
    is_free: bool,
}

#[derive(Debug, Deserialize)]
struct Answer<T> {
    data: T,
}

/// Registers the sample tables, and creates the factories.
pub async fn register(api: &Router) -> Result<(), String> {
    for sample in &SAMPLES {
        let table = NewTable {
            id: sample.id.parse().map_err(|_| "A sample's id is no id.".to_owned())?,
            description: sample.description.parse().map_err(|_| "A sample's description is none.".to_owned())?,
        };
        let body = serde_json::to_vec(&table).map_err(|error| error.to_string())?;
        let _: Answer<Known> = ask(api, Method::POST, endpoints::TABLES, None, body).await?;
        if !sample.is_free {
            report(api, sample, None, false).await?;
        }
    }
    things::register(api).await
}

/// Gives the sample tables a history.
pub async fn remember(app: App, seed: u64, stop: CancellationToken) {
    for sample in &SAMPLES {
        let changes = script::history(sample, app.now(), &mut Chance::new(seed));
        let Ok(id) = sample.id.parse::<TableId>() else { continue };
        let imported = tokio::select! {
            imported = app.storage().import_history(&id, &changes) => imported,
            () = stop.cancelled() => return,
        };
        if let Err(error) = imported {
            tracing::warn!(table = sample.id, %error, "a sample table has no past");
        }
    }
}

/// Reports the existing sample tables, and changes two of them and the items, until other clients have changed all of them or the demo
/// is stopped.
pub async fn animate(api: Router, seed: u64, stop: CancellationToken) {
    let shows = SAMPLES.iter().zip(seed..).map(|(sample, seed)| show(&api, sample, Chance::new(seed)));
    let items = things::ITEMS.iter().zip(seed..).map(|(key, seed)| things::show(&api, key, Chance::new(seed)));
    tokio::select! {
        _ = futures::future::join(futures::future::join_all(shows), futures::future::join_all(items)) => {}
        () = stop.cancelled() => {}
    }
}

/// Reports one table's status in its rhythm until another client changes it.
async fn show(api: &Router, sample: &Sample, mut chance: Chance) {
    let address = format!("{}/{}", endpoints::TABLES, sample.id);
    let Ok(Answer { data: mut known }) = ask::<Known>(api, Method::GET, &address, None, Vec::new()).await else {
        return;
    };
    loop {
        tokio::time::sleep(script::pause(sample, &mut chance)).await;
        let is_free = script::next_is_free(sample, known.is_free);
        match report(api, sample, Some(known.rev), is_free).await {
            Ok(now) => known = now,
            Err(reason) => {
                tracing::info!(table = sample.id, reason, "the demonstration leaves this table alone");
                return;
            }
        }
    }
}

async fn report(api: &Router, sample: &Sample, expected: Option<u64>, is_free: bool) -> Result<Known, String> {
    let address = format!("{}/{}", endpoints::TABLES, sample.id);
    let body = serde_json::to_vec(&StatusReport { is_free }).map_err(|error| error.to_string())?;
    ask(api, Method::PUT, &address, expected, body).await.map(|answer: Answer<Known>| answer.data)
}

/// One request, as if from this machine.
async fn ask<T: DeserializeOwned>(
    api: &Router,
    method: Method,
    address: &str,
    expected: Option<u64>,
    body: Vec<u8>,
) -> Result<Answer<T>, String> {
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .header(HOST, "localhost")
        .header(CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
    if let Some(rev) = expected {
        request = request.header(IF_MATCH, format!("\"{rev}\""));
    }
    let request = request.body(Body::from(body)).map_err(|error| error.to_string())?;
    let response = match api.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), ANSWER_LIMIT).await.map_err(|error| error.to_string())?;
    if status != StatusCode::OK && status != StatusCode::CREATED {
        return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
    }
    serde_json::from_slice(&body).map_err(|error| error.to_string())
}
