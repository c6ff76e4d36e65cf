//! Functions whose instances die, are invoked twice, or lose their response. Knows no function.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use emulator::{Function, FunctionError, SharedFunction};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::chaos::{Chaos, Fault};
use crate::confidentiality::ConfidentialityOracle;

/// The instances of one function: an event goes to any of them.
pub(crate) struct Fleet {
    pub(crate) instances: Vec<SharedFunction>,
    pub(crate) chaos: Arc<Chaos>,
}

impl Function for Fleet {
    fn invoke(&self, event: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        async move {
            let call = |event: Value| {
                let instance = Arc::clone(self.chaos.choose(&self.instances));
                async move { instance.invoke(event).await }
            };
            if self.chaos.occurs(Fault::CallTwice) {
                let first = with_crashes(&self.chaos, call(event.clone())).await;
                tracing::trace!(ok = first.is_some(), "called twice");
            }
            let lost = || FunctionError::new("The invocation was lost.");
            with_crashes(&self.chaos, call(event)).await.ok_or_else(lost)?
        }
        .boxed()
    }
}

/// Runs work that may not be started, may stop at any of its awaits, or may finish and lose its result: `None`.
pub(crate) async fn with_crashes<T>(chaos: &Chaos, work: impl Future<Output = T>) -> Option<T> {
    chaos.network_delay().await;
    if chaos.occurs(Fault::CallLost) {
        return None;
    }
    let response = if chaos.occurs(Fault::Crash) {
        // Mostly early, since most work is short.
        let most = *chaos.choose(&[4, 12, 40]);
        let polls_left = chaos.number(0..most);
        CrashingFuture { work: Box::pin(work), polls_left }.await?
    } else {
        work.await
    };
    chaos.network_delay().await;
    (!chaos.occurs(Fault::AnswerLost)).then_some(response)
}

/// Work that is dropped after this number of polls.
struct CrashingFuture<F> {
    work: Pin<Box<F>>,
    polls_left: u64,
}

impl<F: Future> Future for CrashingFuture<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls_left == 0 {
            return Poll::Ready(None);
        }
        self.polls_left -= 1;
        self.work.as_mut().poll(context).map(Some)
    }
}

/// A function whose responses go to a connection: each is checked.
pub(crate) struct CheckedFunction {
    pub(crate) inner: SharedFunction,
    pub(crate) confidentiality_oracle: Arc<ConfidentialityOracle>,
}

impl Function for CheckedFunction {
    fn invoke(&self, event: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        async move {
            let connection = event["requestContext"]["connectionId"].as_str().unwrap_or_default().to_owned();
            let response = self.inner.invoke(event).await?;
            if let Some(body) = response["body"].as_str().filter(|_| response["statusCode"] == 200) {
                self.confidentiality_oracle.check(&connection, body.as_bytes());
            }
            Ok(response)
        }
        .boxed()
    }
}
