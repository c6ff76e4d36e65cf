//! The rules of Rally, shared by the browser and the server.
//!
//! What is here is decided once and compiled twice: into the Lambda functions and into the site's WebAssembly. So a form
//! and the API refuse the same input with the same words, and the copy of the data that a browser keeps is kept by the
//! code that the server's tests prove.
//!
//! Never here: a clock, chance, input or output, `async`. Time and ids come in as arguments.
//!
//! - [`table`], [`device`]: tables and the devices that report them
//! - [`person`], [`actor`], [`access`]: who asks, and what they may do and watch
//! - [`room`], [`question`], [`pick`], [`answer`]: live questions: the entities, their commands and their rules
//! - [`evaluation`], [`results`]: how right an answer is, and a session's score sheet
//! - [`mod@line`]: the queue for a table
//! - [`event`], [`alert`], [`notice`]: what happens, who asked to be told of it, and what they are told
//! - [`sensor`]: whether a table is free, by what a sensor sees
//! - [`usage`]: how a table was used, worked out of its history
//! - [`topic`]: what can be subscribed to
//! - [`wire`]: everything that travels: frames, envelopes, endpoints, settings
//! - [`digest`], [`replica`]: the browser's copy of a topic, and how it is checked
//! - [`sorted`]: the small map that they keep it in
//! - [`live`]: the life of a connection: subscribe, ping, reconnect, heal
//! - [`sabotage`]: what of these can be left out, to show that it is missed

pub mod access;
pub mod actor;
pub mod alert;
pub mod answer;
pub mod device;
pub mod digest;
pub mod evaluation;
pub mod event;
pub mod factory;
pub mod item;
pub mod line;
pub mod live;
pub mod notice;
pub mod person;
pub mod pick;
pub mod question;
pub mod rate;
pub mod reading;
pub mod replica;
pub mod results;
pub mod room;
pub mod sabotage;
pub mod sensor;
pub mod sorted;
pub mod table;
pub mod time;
pub mod topic;
pub mod usage;
pub mod validation;
pub mod wire;
