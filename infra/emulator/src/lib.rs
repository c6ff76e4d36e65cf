//! AWS on one machine, with AWS's limits. It knows no application: the functions, the table, the topics and queues are what it is given.
//!
//! An application speaks the AWS SDK and is handed Lambda's events; which AWS that is it cannot tell. Here it is:
//!
//! - [`database`]: DynamoDB on a file, its streams indexed and trimmed
//! - [`gateway`]: API Gateway's WebSocket API: handshake, messages, `@connections`
//! - [`stream`]: the event source mapping from a table's stream to a function
//! - [`messaging`]: SNS and SQS
//! - [`recursion`]: functions that invoke one another for ever
//! - [`schedule`]: the clock
//! - [`connector`], [`clients`]: the SDK's clients for this AWS
//! - [`aws`]: the same AWS for tools, on an address of its own
//! - [`kms`]: a key that seals secrets
//! - [`iot`]: a broker in place of AWS IoT Core's
//! - [`lambda`], [`function`](mod@function): functions, also as programs of their own
//! - [`concurrency`]: how many invocations run at the same time
//! - [`faults`]: what is to fail, for tests
//! - [`data`], [`listener`], [`error`]: where the data is, the sockets, and why it does not start
//! - [`units`]: what DynamoDB would bill

pub mod aws;
mod blocking;
pub mod clients;
pub mod concurrency;
pub mod connector;
pub mod data;
pub mod database;
pub mod error;
pub mod faults;
pub mod function;
pub mod gateway;
pub mod iot;
pub mod kms;
pub mod lambda;
pub mod listener;
pub mod messaging;
pub mod recursion;
pub mod schedule;
pub mod stream;
pub mod units;

pub use clients::{Clients, Trust};
pub use error::StartError;
pub use faults::{Faults, Port, PostFault};
pub use function::{Function, FunctionError, SharedFunction, function};
