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
const RESPONSE_LIMIT: usize = 64 * 1024;

/// The demo's state of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TableState {
    rev: u64,
    is_free: bool,
}

#[derive(Debug, Deserialize)]
struct DataBody<T> {
    data: T,
}

/// Registers the sample tables, and creates the factories.
pub async fn register(api: &Router) -> Result<(), String> {
    for sample in &SAMPLES {
        let new_table = NewTable {
            id: sample.id.parse().map_err(|_| "A sample's id is invalid.".to_owned())?,
            description: sample.description.parse().map_err(|_| "A sample's description is invalid.".to_owned())?,
        };
        let body = serde_json::to_vec(&new_table).map_err(|error| error.to_string())?;
        let _: DataBody<TableState> = send(api, Method::POST, endpoints::TABLES, None, body).await?;
        if !sample.is_free {
            report(api, sample, None, false).await?;
        }
    }
    things::register(api).await
}

/// Gives the sample tables a history.
pub async fn import_history(app: App, seed: u64, stop: CancellationToken) {
    for sample in &SAMPLES {
        let changes = script::history(sample, app.now(), &mut Chance::new(seed));
        let Ok(id) = sample.id.parse::<TableId>() else { continue };
        let imported = tokio::select! {
            imported = app.storage().import_history(&id, &changes) => imported,
            () = stop.cancelled() => return,
        };
        if let Err(error) = imported {
            tracing::warn!(table = sample.id, %error, "the history of a sample table cannot be imported");
        }
    }
}

/// Reports the existing sample tables, and changes two of them and the items, until other clients have changed all of them or the demo
/// is stopped.
pub async fn animate(api: Router, seed: u64, stop: CancellationToken) {
    let tables = SAMPLES.iter().zip(seed..).map(|(sample, seed)| run_table(&api, sample, Chance::new(seed)));
    let items = things::ITEMS.iter().zip(seed..).map(|(key, seed)| things::run_item(&api, key, Chance::new(seed)));
    tokio::select! {
        _ = futures::future::join(futures::future::join_all(tables), futures::future::join_all(items)) => {}
        () = stop.cancelled() => {}
    }
}

/// Reports one table's status in its rhythm until another client changes it.
async fn run_table(api: &Router, sample: &Sample, mut chance: Chance) {
    let address = format!("{}/{}", endpoints::TABLES, sample.id);
    let Ok(DataBody { data: mut table }) = send::<TableState>(api, Method::GET, &address, None, Vec::new()).await
    else {
        return;
    };
    loop {
        tokio::time::sleep(script::pause(sample, &mut chance)).await;
        let is_free = script::next_is_free(sample, table.is_free);
        match report(api, sample, Some(table.rev), is_free).await {
            Ok(changed) => table = changed,
            Err(reason) => {
                tracing::info!(table = sample.id, reason, "the demo no longer changes this table");
                return;
            }
        }
    }
}

async fn report(api: &Router, sample: &Sample, if_match: Option<u64>, is_free: bool) -> Result<TableState, String> {
    let address = format!("{}/{}", endpoints::TABLES, sample.id);
    let body = serde_json::to_vec(&StatusReport { is_free }).map_err(|error| error.to_string())?;
    send(api, Method::PUT, &address, if_match, body).await.map(|body: DataBody<TableState>| body.data)
}

/// One request, as if from this machine.
async fn send<T: DeserializeOwned>(
    api: &Router,
    method: Method,
    address: &str,
    if_match: Option<u64>,
    body: Vec<u8>,
) -> Result<DataBody<T>, String> {
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .header(HOST, "localhost")
        .header(CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
    if let Some(rev) = if_match {
        request = request.header(IF_MATCH, format!("\"{rev}\""));
    }
    let request = request.body(Body::from(body)).map_err(|error| error.to_string())?;
    let response = match api.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), RESPONSE_LIMIT).await.map_err(|error| error.to_string())?;
    if status != StatusCode::OK && status != StatusCode::CREATED {
        return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
    }
    serde_json::from_slice(&body).map_err(|error| error.to_string())
}
