//! Measurements and pictures of the whole system, with the clients and the browser that its tests use.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "what fails here fails a test, in words")]

pub mod meetups;
pub mod pictures;
pub mod reads;
pub mod soak;
pub mod storm;
pub mod tasks;
