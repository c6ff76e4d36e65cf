//! Thin clients of AWS services, and the start of a function.

pub mod events;
pub mod gateway;
pub mod job_queue;
#[cfg(feature = "lambda")]
pub mod lambda;
