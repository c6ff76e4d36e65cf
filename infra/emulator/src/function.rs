//! A Lambda function, as Lambda invokes it.

use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

/// A function's error, in place of a result: Lambda's `errorType` and `errorMessage`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// The message, for the log and for the dead-letter store.
    pub message: String,
}

impl FunctionError {
    /// An error with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// A Lambda function: a JSON event in, a JSON response or an error out.
pub trait Function: Send + Sync + 'static {
    /// Handles one event.
    fn invoke(&self, event: Value) -> BoxFuture<'_, Result<Value, FunctionError>>;
}

/// A [`Function`] that several callers share.
pub type SharedFunction = Arc<dyn Function>;

/// Makes a [`Function`] of a closure.
pub fn function<F, HandlerFuture>(handler: F) -> SharedFunction
where
    F: Fn(Value) -> HandlerFuture + Send + Sync + 'static,
    HandlerFuture: Future<Output = Result<Value, FunctionError>> + Send + 'static,
{
    Arc::new(Closure(handler))
}

struct Closure<F>(F);

impl<F, HandlerFuture> Function for Closure<F>
where
    F: Fn(Value) -> HandlerFuture + Send + Sync + 'static,
    HandlerFuture: Future<Output = Result<Value, FunctionError>> + Send + 'static,
{
    fn invoke(&self, event: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin((self.0)(event))
    }
}
