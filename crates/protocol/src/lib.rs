//! Everything that travels between browser, server and devices: the bodies and paths of the HTTP API, the frames of a live
//! connection and the site's settings. This crate decides nothing: the rules are in `domain`.
//!
//! - [`envelope`]: what every HTTP response looks like, and its errors
//! - [`endpoints`], [`factories`], [`items`], [`meetups`], [`notifications`], [`rooms`], [`slack`]: paths and bodies of the HTTP API
//! - [`frames`], [`digest`]: the messages on a live connection, and the check that a copy is whole
//! - [`broker`]: live connections through an MQTT broker
//! - [`settings`]: the site's settings in `/config.json`

/// The major version of what clients and servers send to each other, in frames and answers alike. It is raised only with a change that an
/// older client cannot read; an addition that may be left out raises nothing. A client that receives a higher version than its own cannot
/// rely on what it reads, and must be loaded again.
pub const VERSION: u32 = 1;

/// The header of each answer of the API that has the server's [`VERSION`].
pub const VERSION_HEADER: &str = "rally-version";

pub mod broker;
pub mod digest;
pub mod endpoints;
pub mod envelope;
pub mod factories;
pub mod frames;
pub mod items;
pub mod meetups;
pub mod notifications;
pub mod rooms;
pub mod settings;
pub mod slack;
