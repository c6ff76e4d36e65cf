//! The factory tree.

pub(crate) mod api;
pub mod service;
pub mod store;
