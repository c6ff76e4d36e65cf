//! What comes in, each by its own way. Never decides anything: reads, calls, answers.

mod audit;
mod edge;
pub mod fanout;
pub mod http;
pub mod ingest;
pub mod jobs;
pub mod notify;
pub mod stream;
pub mod sweep;
pub mod websocket;
