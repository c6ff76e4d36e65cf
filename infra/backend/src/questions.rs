//! An author's question library, and the files that questions are read from and written to.

pub(crate) mod api;
pub mod files;
pub mod service;
pub(crate) mod spreadsheet;
pub mod store;
