//! Items: any value with a key, from any source.

pub(crate) mod api;
pub mod service;
pub mod store;
