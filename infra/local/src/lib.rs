//! AWS on one machine: runs a backend, unchanged, for development and for small offices.
//!
//! The backend speaks the AWS SDK and is handed Lambda's events; which AWS that is it cannot tell. Here it is:
//!
//! - [`database`]: DynamoDB on a file, its streams indexed and trimmed
//! - [`gateway`]: API Gateway's WebSocket API: handshake, messages, `@connections`
//! - [`stream`]: the event source mapping from a table's stream to a function
//! - [`messaging`]: SNS and SQS
//! - [`recursion`]: functions that invoke one another for ever
//! - [`schedule`]: the clock
//! - [`connector`], [`clients`]: the SDK's clients for this AWS
//! - [`aws`]: the same AWS for tools, on a second address
//! - [`kms`]: a key that seals secrets
//! - [`iot`]: a broker in place of AWS IoT Core's
//! - [`lambda`]: functions as programs of their own
//! - [`concurrency`]: how many invocations run at the same time
//! - [`issuer`]: an OpenID Connect issuer in place of Cognito
//! - [`http_server`], [`site`], [`listener`]: the main address
//! - [`local`]: all of it, started and stopped
//! - [`units`]: what DynamoDB would bill
//! - [`deployment`], [`demo`]: Rally's backend on it, and sample tables
//!
//! Never here: a rule of Rally's, or a table's key.

pub mod aws;
mod blocking;
pub mod clients;
pub mod concurrency;
pub mod connector;
pub mod data;
pub mod database;
pub mod demo;
pub mod deployment;
pub mod error;
pub mod faults;
pub mod function;
pub mod gateway;
pub mod http_server;
pub mod iot;
pub mod issuer;
pub mod kms;
pub mod lambda;
pub mod listener;
pub mod local;
pub mod messaging;
pub mod recursion;
pub mod schedule;
pub mod settings;
pub mod site;
pub mod stream;
pub mod units;

pub use clients::{Clients, Trust};
pub use error::StartError;
pub use faults::{Faults, Port, PostFault};
pub use function::{Function, FunctionError, SharedFunction, function};
pub use local::{Deployment, Local};
pub use settings::{CommandLine, Demo, Settings, SignIn};
