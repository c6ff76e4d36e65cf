//! Devices and their keys.

pub(crate) mod api;
pub mod service;
pub mod store;
