//! Live connections: handshakes, subscriptions, the fan-out of changes, snapshots, and the digests by which a client detects lost changes.

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
