//! AWS on one machine, with AWS's limits. It knows no application: functions, tables, topics and queues are passed in.
//!
//! An application uses the AWS SDK and handles Lambda's events; it does not know which AWS it runs on. The modules:
//!
//! - [`database`]: DynamoDB on a file, its streams indexed and trimmed
//! - [`gateway`]: API Gateway's WebSocket API: handshake, messages, `@connections`
//! - [`stream`]: the event source mapping from a table's stream to a function
//! - [`messaging`]: SNS and SQS
//! - [`recursion`]: detection of functions that invoke one another in a loop
//! - [`schedule`]: scheduled invocations
//! - [`connector`], [`clients`]: the SDK's clients for this AWS
//! - [`aws`]: the same AWS for tools, on a separate address
//! - [`kms`]: a key that encrypts secrets
//! - [`iot`]: an MQTT broker in place of AWS IoT Core's
//! - [`lambda`], [`function`](mod@function): functions, also as programs of their own
//! - [`concurrency`]: the limit of concurrent invocations
//! - [`faults`]: faults for tests
//! - [`data`], [`listener`], [`error`]: the data directory, the sockets, and errors at the start
//! - [`units`]: the read units that DynamoDB would bill
//!
//! These limits of AWS are imitated:
//!
//! | limit | where |
//! |---|---|
//! | WebSocket frames of 32 KB and messages of 128 KB, 10 minutes without traffic, 2 hours of age | [`gateway::Limits`] |
//! | SNS and SQS: 10 messages and 256 KiB in a batch, a delay of 900 seconds, FIFO parameters | `messaging::limits` |
//! | asynchronous invocations: three tries; queues: visibility timeout and maximum receives | `messaging::delivery` |
//! | request and response of a function: 6 MB | [`lambda::http_event`], `lambda::runtime` |
//! | concurrent invocations of an account: 1,000 | [`concurrency`] |
//! | a recursive loop: 16 invocations | [`recursion`] |
//! | an event source mapping's batch size, retries and record age | [`stream::policy`] |
//! | DynamoDB Streams: records of 24 hours | [`database`] |
//! | plaintext for `Encrypt`: 4,096 bytes | [`kms`] |

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
pub use faults::{FaultPoint, Faults, PostFault};
pub use function::{Function, FunctionError, SharedFunction, function};
