//! One screen a file: each asks `state` for what it shows, and puts `components` together.

pub(crate) mod admin;
pub(crate) mod not_found;
pub(crate) mod settings;
pub(crate) mod table;
pub(crate) mod tables;
