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
const ANSWER_LIMIT: usize = 6 * 1024 * 1024;

/// Timeout of a function for one event.
pub(super) const INVOCATION_TIMEOUT: Duration = Duration::from_secs(60);

/// One invocation for a process.
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) event: Value,
    pub(super) reply: oneshot::Sender<Result<Value, FunctionError>>,
}

/// The channels between a process and the caller that invokes it.
struct Place {
    /// Notified when the process requests its first event, or reports that it cannot start.
    ready: Option<oneshot::Sender<Result<(), FunctionError>>>,
    next: Arc<tokio::sync::Mutex<mpsc::Receiver<Invocation>>>,
    under_way: Option<(String, oneshot::Sender<Result<Value, FunctionError>>)>,
}

/// All processes, by their ids.
#[derive(Default)]
pub(super) struct Desk(Mutex<HashMap<String, Place>>);

/// The other ends of a process's channels, for the code that started it.
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) ready: oneshot::Receiver<Result<(), FunctionError>>,
    pub(super) invoke: mpsc::Sender<Invocation>,
}

impl Desk {
    pub(super) fn seat(&self) -> Seat {
        let name = Uuid::new_v4().to_string();
        let (ready, is_ready) = oneshot::channel();
        let (invoke, next) = mpsc::channel(1);
        let place = Place { ready: Some(ready), next: Arc::new(tokio::sync::Mutex::new(next)), under_way: None };
        self.with(|places| places.insert(name.clone(), place));
        Seat { name, ready: is_ready, invoke }
    }

    pub(super) fn leave(&self, name: &str) {
        self.with(|places| places.remove(name));
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Place>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn finish(&self, name: &str, id: &str, answer: Result<Value, FunctionError>) -> StatusCode {
        let under_way = self.with(|places| {
            let place = places.get_mut(name)?;
            place.under_way.take_if(|(under_way, _)| under_way == id)
        });
        let Some((_, reply)) = under_way else { return StatusCode::NOT_FOUND };
        let _ = reply.send(answer);
        StatusCode::ACCEPTED
    }
}

/// The Runtime API.
pub(super) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/{process}/2018-06-01/runtime/invocation/next", get(next))
        .route("/{process}/2018-06-01/runtime/invocation/{id}/response", post(respond))
        .route("/{process}/2018-06-01/runtime/invocation/{id}/error", post(fail))
        .route("/{process}/2018-06-01/runtime/init/error", post(fail_to_start))
        .layer(DefaultBodyLimit::max(ANSWER_LIMIT))
        .with_state(desk)
}

async fn next(State(desk): State<Arc<Desk>>, Path(process): Path<String>) -> Response {
    let found = desk.with(|places| {
        let place = places.get_mut(&process)?;
        if let Some(ready) = place.ready.take() {
            let _ = ready.send(Ok(()));
        }
        Some(Arc::clone(&place.next))
    });
    let Some(next) = found else { return StatusCode::NOT_FOUND.into_response() };
    let Some(Invocation { id, event, reply }) = next.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    desk.with(|places| {
        if let Some(place) = places.get_mut(&process) {
            place.under_way = Some((id.clone(), reply));
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
    State(desk): State<Arc<Desk>>,
    Path((process, id)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let answer = serde_json::from_slice(&body).or_else(|error| match body.is_empty() {
        true => Ok(Value::Null),
        false => Err(FunctionError::new(format!("the function's answer is no JSON: {error}"))),
    });
    desk.finish(&process, &id, answer)
}

async fn fail(State(desk): State<Arc<Desk>>, Path((process, id)): Path<(String, String)>, body: Bytes) -> StatusCode {
    desk.finish(&process, &id, Err(error(&body)))
}

async fn fail_to_start(State(desk): State<Arc<Desk>>, Path(process): Path<String>, body: Bytes) -> StatusCode {
    let ready = desk.with(|places| places.get_mut(&process)?.ready.take());
    let Some(ready) = ready else { return StatusCode::NOT_FOUND };
    let _ = ready.send(Err(error(&body)));
    StatusCode::ACCEPTED
}

fn error(body: &[u8]) -> FunctionError {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |name: &str| said[name].as_str().unwrap_or("?").to_owned();
    FunctionError::new(format!("{}: {}", word("errorType"), word("errorMessage")))
}
