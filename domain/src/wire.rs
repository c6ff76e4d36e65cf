//! Everything that travels between browser, server and devices: one place for each message. Never decides anything.

pub mod broker;
pub mod documents;
pub mod endpoints;
pub mod envelope;
pub mod factories;
pub mod fields;
pub mod frames;
pub mod items;
pub mod notifications;
pub mod read;
pub mod rooms;
pub mod settings;
pub mod slack;
