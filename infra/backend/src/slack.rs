//! Slack: webhooks, slash commands, and the messages that are posted there.

pub(crate) mod api;
pub(crate) mod message;
pub mod service;
pub mod store;
pub mod webhook;
