//! Shared by the routes: reading a request, its caller, rate limits, and the response.

pub(crate) mod audit;
pub(crate) mod body;
pub(crate) mod caching;
pub(crate) mod caller;
pub(crate) mod edge;
pub(crate) mod error_responses;
pub(crate) mod fields;
pub(crate) mod gate;
#[cfg(feature = "lambda")]
pub mod gateway_caller;
pub(crate) mod idempotency;
pub(crate) mod measurements;
pub(crate) mod pages;
pub(crate) mod parameters;
pub(crate) mod rate_limits;
pub(crate) mod request_id;
pub(crate) mod response;
pub(crate) mod security;

pub use caller::Caller;
