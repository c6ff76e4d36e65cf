//! Rally on one machine: its backend, unchanged, on an emulated AWS, for development and for small offices.
//!
//! - [`local`]: the emulated AWS and the site, started and stopped
//! - [`deployment`], [`demo`]: Rally's backend on it, and sample data
//! - [`issuer`]: an OpenID Connect issuer in place of Cognito
//! - [`http_server`], [`site`]: the main address
//! - [`settings`]: the options of the command line
//!
//! Rules of Rally and keys of its table do not belong here, nor does AWS's behaviour, which is in `emulator`.

pub mod demo;
pub mod deployment;
pub mod http_server;
pub mod issuer;
pub mod local;
pub mod settings;
pub mod site;

pub use local::{Deployment, Local};
pub use settings::{CommandLine, Demo, Settings, SignIn};
