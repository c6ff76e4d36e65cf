//! Shared code of tests of the whole system: a real server as a process of its own, clients for it, and a real browser.
//!
//! Nothing here uses the product's internals: all requests go over HTTP, over a WebSocket, through the AWS endpoint or through the
//! browser. Waits are for events, each with a timeout, and name what they wait for.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "what fails here fails a test, in words")]

pub mod api;
pub mod browser;
pub mod deployment;
pub mod dynamodb;
pub mod fake_services;
pub mod memory;
pub mod messages;
pub mod mosquitto;
pub mod pages;
pub mod people;
pub mod rooms;
pub mod server;
pub mod socket;

use std::time::Duration;

/// Timeout for events without a promised time, on any machine.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// The time in which a change is shown on every open page, counted from the server's response to the writer.
pub const A_SECOND: Duration = Duration::from_secs(1);
