//! Everything that travels between browser, server and devices: the bodies and paths of the HTTP API, the frames of a live
//! connection and the site's settings. This crate decides nothing: the rules are in `domain`.
//!
//! - [`envelope`]: what every HTTP response looks like, and its errors
//! - [`endpoints`], [`factories`], [`items`], [`notifications`], [`rooms`], [`slack`]: paths and bodies of the HTTP API
//! - [`frames`], [`digest`]: the messages on a live connection, and the check that a copy is whole
//! - [`broker`]: live connections through an MQTT broker
//! - [`settings`]: what `/config.json` tells the site

pub mod broker;
pub mod digest;
pub mod endpoints;
pub mod envelope;
pub mod factories;
pub mod frames;
pub mod items;
pub mod notifications;
pub mod rooms;
pub mod settings;
pub mod slack;
