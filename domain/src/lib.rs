//! The rules of Rally, shared by the browser and the server.
//!
//! What is here is decided once and compiled twice: into the Lambda functions and into the site's WebAssembly. So a form
//! and the API refuse the same input with the same words, and the copy of the data that a browser keeps is kept by the
//! code that the server's tests prove.
//!
//! Never here: a clock, chance, input or output, `async`. Time and ids come in as arguments.
//!
//! - [`table`], [`device`]: the entities, their commands and their rules
//! - [`usage`]: how a table was used, worked out of its history
//! - [`topic`]: what can be subscribed to
//! - [`wire`]: everything that travels: frames, envelopes, endpoints, settings
//! - [`digest`], [`replica`]: the browser's copy of a topic, and how it is checked
//! - [`live`]: the life of a connection: subscribe, ping, reconnect, heal

pub mod device;
pub mod digest;
pub mod live;
pub mod replica;
pub mod table;
pub mod time;
pub mod topic;
pub mod usage;
pub mod validation;
pub mod wire;
