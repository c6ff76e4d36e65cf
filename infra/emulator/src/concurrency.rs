//! Concurrent invocations: an account's limit, which all functions share ("Understanding Lambda function scaling"). Above it, a request
//! whose caller waits for the response is rejected; an invocation by a queue, a topic, a stream or the clock waits, as AWS retries it.
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

/// The permits for concurrent invocations.
#[derive(Debug, Clone)]
pub struct Concurrency(Arc<Semaphore>);

impl Concurrency {
    /// This number of permits.
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))))
    }

    /// Wraps a function whose caller waits for the response: the invocation is rejected if no permit is free.
    pub fn reject_above_limit(&self, function: SharedFunction) -> SharedFunction {
        Arc::new(Limited { function, concurrency: self.clone(), waits: false })
    }

    /// Wraps a function that is invoked by a service: the invocation waits for a permit.
    pub fn wait_above_limit(&self, function: SharedFunction) -> SharedFunction {
        Arc::new(Limited { function, concurrency: self.clone(), waits: true })
    }

    /// Responds as API Gateway's HTTP API does if the function behind it is throttled.
    pub async fn layer(State(Self(permits)): State<Self>, request: Request, next: Next) -> Response {
        let Ok(_permit) = permits.try_acquire() else {
            tracing::warn!("the function behind the HTTP API is throttled");
            return (StatusCode::SERVICE_UNAVAILABLE, axum::Json(json!({"message": "Service Unavailable"})))
                .into_response();
        };
        next.run(request).await
    }
}

struct Limited {
    function: SharedFunction,
    concurrency: Concurrency,
    waits: bool,
}

impl Function for Limited {
    fn invoke(&self, event: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(async move {
            let permit = if self.waits {
                self.concurrency.0.acquire().await.ok()
            } else {
                self.concurrency.0.try_acquire().ok()
            };
            let Some(_permit) = permit else { return Err(FunctionError::new("Rate Exceeded.")) };
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
    async fn above_the_limit_a_caller_is_rejected_and_a_service_waits() {
        let (started, resume) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = {
            let (started, resume) = (Arc::clone(&started), Arc::clone(&resume));
            function(move |_| {
                let (started, resume) = (Arc::clone(&started), Arc::clone(&resume));
                async move {
                    started.notify_one();
                    resume.notified().await;
                    Ok(json!("done"))
                }
            })
        };
        let concurrency = Concurrency::new(1);
        let (called, delivered) =
            (concurrency.reject_above_limit(Arc::clone(&slow)), concurrency.wait_above_limit(slow));
        let api = Router::new().route("/", get(async || "done"));
        let api = api.layer(middleware::from_fn_with_state(concurrency, Concurrency::layer));
        let request = || api.clone().oneshot(Request::new(Body::empty()));
        assert_eq!(request().await.unwrap().status(), StatusCode::OK);

        let first = tokio::spawn(async move { delivered.invoke(Value::Null).await });
        started.notified().await;
        assert_eq!(called.invoke(Value::Null).await.unwrap_err().message, "Rate Exceeded.");
        assert_eq!(request().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);

        resume.notify_one();
        assert_eq!(first.await.unwrap(), Ok(json!("done")));
        assert_eq!(request().await.unwrap().status(), StatusCode::OK);
        resume.notify_one();
        assert_eq!(called.invoke(Value::Null).await, Ok(json!("done")));
    }
}
