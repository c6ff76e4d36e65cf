//! The site's features: a folder each, with its pages, components, view models and texts.

pub(crate) mod admin;
pub(crate) mod factories;
pub(crate) mod host;
pub(crate) mod items;
pub(crate) mod jump;
pub(crate) mod not_found;
pub(crate) mod questions;
pub(crate) mod rooms;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod tables;
