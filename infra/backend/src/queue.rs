//! The queue for a table.

pub(crate) mod api;
pub mod service;
pub mod store;
