//! Tables: what the API takes, what a request does, how they are stored.

pub(crate) mod api;
pub mod service;
pub mod store;
