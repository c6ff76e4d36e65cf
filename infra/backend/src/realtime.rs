//! Live connections: how they are opened, what they are sent, and how a topic is kept in step.

pub mod connection_store;
pub(crate) mod digest_store;
pub(crate) mod digests;
pub(crate) mod endings;
pub mod fanout;
pub mod iot;
pub(crate) mod iot_api;
pub mod pong;
pub mod publisher;
pub(crate) mod resync;
pub mod shard_store;
pub mod snapshots;
pub(crate) mod ticket_api;
pub mod ticket_service;
pub mod ticket_store;
pub mod websocket;
