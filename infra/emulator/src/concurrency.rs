//! Concurrent invocations: an account's limit, which all functions share ("Understanding Lambda function scaling"). Above it, a request
//! whose caller waits for the response is refused; an invocation by a queue, a topic, a stream or the clock waits, as AWS retries it.
//! Knows no function.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::function::{Function, FunctionError, SharedFunction};

/// An account's limit ("Lambda quotas"); a new account may have a lower one.
pub const DEFAULT: usize = 1_000;

/// The places for concurrent invocations.
#[derive(Debug, Clone)]
pub struct Concurrency(Arc<Semaphore>);

impl Concurrency {
    /// As many places as this limit.
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))))
    }

    /// Wraps a function whose caller waits for the response: the invocation is refused if there is no place.
    pub fn refusing(&self, function: SharedFunction) -> SharedFunction {
        Arc::new(Limited { function, places: self.clone(), waits: false })
    }

    /// Wraps a function that is invoked by a service: the invocation waits for a place.
    pub fn waiting(&self, function: SharedFunction) -> SharedFunction {
        Arc::new(Limited { function, places: self.clone(), waits: true })
    }

    /// Responds as API Gateway's HTTP API does if the function behind it is throttled.
    pub async fn layer(State(Self(places)): State<Self>, request: Request, next: Next) -> Response {
        let Ok(_place) = places.try_acquire() else {
            tracing::warn!("the function behind the HTTP API is throttled");
            return (StatusCode::SERVICE_UNAVAILABLE, axum::Json(json!({"message": "Service Unavailable"})))
                .into_response();
        };
        next.run(request).await
    }
}

struct Limited {
    function: SharedFunction,
    places: Concurrency,
    waits: bool,
}

impl Function for Limited {
    fn invoke(&self, event: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(async move {
            let place = if self.waits { self.places.0.acquire().await.ok() } else { self.places.0.try_acquire().ok() };
            let Some(_place) = place else { return Err(FunctionError::new("Rate Exceeded.")) };
            self.function.invoke(event).await
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use axum::{Router, body::Body, middleware};
    use tokio::sync::Notify;
    use tower::ServiceExt;

    use super::*;
    use crate::function::function;

    #[tokio::test]
    async fn above_the_limit_a_caller_is_refused_and_a_service_waits() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = {
            let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
            function(move |_| {
                let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
                async move {
                    begun.notify_one();
                    go_on.notified().await;
                    Ok(json!("done"))
                }
            })
        };
        let places = Concurrency::new(1);
        let (called, delivered) = (places.refusing(Arc::clone(&slow)), places.waiting(slow));
        let api = Router::new().route("/", get(async || "answered"));
        let api = api.layer(middleware::from_fn_with_state(places, Concurrency::layer));
        let ask = || api.clone().oneshot(Request::new(Body::empty()));
        assert_eq!(ask().await.unwrap().status(), StatusCode::OK);

        let first = tokio::spawn(async move { delivered.invoke(Value::Null).await });
        begun.notified().await;
        assert_eq!(called.invoke(Value::Null).await.unwrap_err().message, "Rate Exceeded.");
        assert_eq!(ask().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);

        go_on.notify_one();
        assert_eq!(first.await.unwrap(), Ok(json!("done")));
        assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
        go_on.notify_one();
        assert_eq!(called.invoke(Value::Null).await, Ok(json!("done")));
    }
}
