//! Functions whose instances die, are invoked twice, or lose their response. Knows no function.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use emulator::{Function, FunctionError, SharedFunction};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::chaos::{Chaos, Fault};
use crate::confidentiality::Guard;

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
            if self.chaos.strikes(Fault::CallTwice) {
                let first = mortal(&self.chaos, call(event.clone())).await;
                tracing::trace!(ok = first.is_some(), "called twice");
            }
            let lost = || FunctionError::new("The function was not heard.");
            mortal(&self.chaos, call(event)).await.ok_or_else(lost)?
        }
        .boxed()
    }
}

/// Runs work that may not be started, may stop at any of its awaits, or may finish and lose its result: `None`.
pub(crate) async fn mortal<T>(chaos: &Chaos, work: impl Future<Output = T>) -> Option<T> {
    chaos.travel().await;
    if chaos.strikes(Fault::CallLost) {
        return None;
    }
    let answer = if chaos.strikes(Fault::Crash) {
        // Mostly early, since most work is short.
        let most = *chaos.choose(&[4, 12, 40]);
        let left = chaos.number(0..most);
        Mortal { work: Box::pin(work), left }.await?
    } else {
        work.await
    };
    chaos.travel().await;
    (!chaos.strikes(Fault::AnswerLost)).then_some(answer)
}

/// Work that is dropped after this number of polls.
struct Mortal<F> {
    work: Pin<Box<F>>,
    left: u64,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.work.as_mut().poll(context).map(Some)
    }
}

/// A function whose responses go to a connection: each is checked.
pub(crate) struct Overheard {
    pub(crate) inner: SharedFunction,
    pub(crate) guard: Arc<Guard>,
}

impl Function for Overheard {
    fn invoke(&self, event: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        async move {
            let connection = event["requestContext"]["connectionId"].as_str().unwrap_or_default().to_owned();
            let answer = self.inner.invoke(event).await?;
            if let Some(body) = answer["body"].as_str().filter(|_| answer["statusCode"] == 200) {
                self.guard.look(&connection, body.as_bytes());
            }
            Ok(answer)
        }
        .boxed()
    }
}
