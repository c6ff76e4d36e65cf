//! The Runtime API ("Lambda runtime API"): next event, response, error. Each process has its own path, which identifies its requests.
//! Never starts or ends a process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::function::FunctionError;
use crate::gateway::event::milliseconds;

/// A function's response has at most 6 MB ("Lambda quotas").
const RESPONSE_LIMIT: usize = 6 * 1024 * 1024;

/// Timeout of a function for one event.
pub(super) const INVOCATION_TIMEOUT: Duration = Duration::from_secs(60);

/// One invocation for a process.
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) event: Value,
    pub(super) reply: oneshot::Sender<Result<Value, FunctionError>>,
}

/// The channels between a process and the caller that invokes it.
struct ProcessChannels {
    /// Notified when the process requests its first event, or reports that it cannot start.
    ready: Option<oneshot::Sender<Result<(), FunctionError>>>,
    next: Arc<tokio::sync::Mutex<mpsc::Receiver<Invocation>>>,
    in_flight: Option<(String, oneshot::Sender<Result<Value, FunctionError>>)>,
}

/// All processes, by their ids.
#[derive(Default)]
pub(super) struct ProcessRegistry(Mutex<HashMap<String, ProcessChannels>>);

/// The other ends of a process's channels, for the code that started it.
pub(super) struct Registration {
    pub(super) name: String,
    pub(super) ready: oneshot::Receiver<Result<(), FunctionError>>,
    pub(super) invoke: mpsc::Sender<Invocation>,
}

impl ProcessRegistry {
    pub(super) fn register(&self) -> Registration {
        let name = Uuid::new_v4().to_string();
        let (ready, is_ready) = oneshot::channel();
        let (invoke, next) = mpsc::channel(1);
        let channels =
            ProcessChannels { ready: Some(ready), next: Arc::new(tokio::sync::Mutex::new(next)), in_flight: None };
        self.with_processes(|processes| processes.insert(name.clone(), channels));
        Registration { name, ready: is_ready, invoke }
    }

    pub(super) fn unregister(&self, name: &str) {
        self.with_processes(|processes| processes.remove(name));
    }

    fn with_processes<T>(&self, update: impl FnOnce(&mut HashMap<String, ProcessChannels>) -> T) -> T {
        update(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn complete(&self, name: &str, id: &str, result: Result<Value, FunctionError>) -> StatusCode {
        let in_flight = self.with_processes(|processes| {
            let channels = processes.get_mut(name)?;
            channels.in_flight.take_if(|(in_flight, _)| in_flight == id)
        });
        let Some((_, reply)) = in_flight else { return StatusCode::NOT_FOUND };
        let _ = reply.send(result);
        StatusCode::ACCEPTED
    }
}

/// The Runtime API.
pub(super) fn router(registry: Arc<ProcessRegistry>) -> Router {
    Router::new()
        .route("/{process}/2018-06-01/runtime/invocation/next", get(next))
        .route("/{process}/2018-06-01/runtime/invocation/{id}/response", post(respond))
        .route("/{process}/2018-06-01/runtime/invocation/{id}/error", post(fail))
        .route("/{process}/2018-06-01/runtime/init/error", post(fail_to_start))
        .layer(DefaultBodyLimit::max(RESPONSE_LIMIT))
        .with_state(registry)
}

async fn next(State(registry): State<Arc<ProcessRegistry>>, Path(process): Path<String>) -> Response {
    let found = registry.with_processes(|processes| {
        let channels = processes.get_mut(&process)?;
        if let Some(ready) = channels.ready.take() {
            let _ = ready.send(Ok(()));
        }
        Some(Arc::clone(&channels.next))
    });
    let Some(next) = found else { return StatusCode::NOT_FOUND.into_response() };
    let Some(Invocation { id, event, reply }) = next.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    registry.with_processes(|processes| {
        if let Some(channels) = processes.get_mut(&process) {
            channels.in_flight = Some((id.clone(), reply));
        }
    });
    let deadline = milliseconds(SystemTime::now() + INVOCATION_TIMEOUT).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", &id),
        ("lambda-runtime-deadline-ms", &deadline),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:local"),
        ("lambda-runtime-trace-id", &trace(&id)),
    ];
    (headers, event.to_string()).into_response()
}

/// A trace that is not sampled ("Tracing header").
fn trace(id: &str) -> String {
    let digits: String = id.chars().filter(char::is_ascii_hexdigit).collect();
    let (time, rest) = digits.split_at_checked(8).unwrap_or(("00000000", "000000000000000000000000"));
    format!("Root=1-{time}-{rest};Sampled=0")
}

async fn respond(
    State(registry): State<Arc<ProcessRegistry>>,
    Path((process, id)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let result = serde_json::from_slice(&body).or_else(|error| match body.is_empty() {
        true => Ok(Value::Null),
        false => Err(FunctionError::new(format!("the function's response is not JSON: {error}"))),
    });
    registry.complete(&process, &id, result)
}

async fn fail(
    State(registry): State<Arc<ProcessRegistry>>,
    Path((process, id)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    registry.complete(&process, &id, Err(error(&body)))
}

async fn fail_to_start(
    State(registry): State<Arc<ProcessRegistry>>,
    Path(process): Path<String>,
    body: Bytes,
) -> StatusCode {
    let ready = registry.with_processes(|processes| processes.get_mut(&process)?.ready.take());
    let Some(ready) = ready else { return StatusCode::NOT_FOUND };
    let _ = ready.send(Err(error(&body)));
    StatusCode::ACCEPTED
}

fn error(body: &[u8]) -> FunctionError {
    let report: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str| report[name].as_str().unwrap_or("?").to_owned();
    FunctionError::new(format!("{}: {}", field("errorType"), field("errorMessage")))
}
