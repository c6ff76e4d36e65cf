//! Tables: API, service and storage.

pub(crate) mod api;
pub mod service;
pub mod store;
