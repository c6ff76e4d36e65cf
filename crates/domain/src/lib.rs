//! The rules of Rally, shared by the browser and the server.
//!
//! A rule is written once and compiled twice: into the Lambda functions and into the site's WebAssembly. So a form and the
//! API reject the same input with the same words.
//!
//! This crate has no clock, no randomness, no input or output and no `async`. Time and ids are arguments.
//!
//! - [`table`], [`device`]: tables and the devices that report them
//! - [`person`], [`actor`], [`access`]: the authenticated caller, and what it may do and subscribe to
//! - [`name`]: what people and rooms are called
//! - [`room`], [`question`], [`pick`], [`answer`]: live questions: the entities, their commands and their rules
//! - [`grading`], [`score_sheet`]: how right an answer is, and a session's score sheet
//! - [`queue`]: the queue for a table
//! - [`item`], [`json_pointer`], [`factory`]: values by key, the numbers in them, and the factory tree
//! - [`meetup`]: events that a host announces and guests answer
//! - [`event`], [`alert`], [`notification_payload`]: what happens, the alerts on it, and the payload of a notification
//! - [`usage`]: how a table was used, computed from its history
//! - [`topic`]: what can be subscribed to
//! - [`time`], [`validation`], [`hash`]: what the other modules share
//! - `schema`: how the forms of texts are described

pub mod access;
pub mod actor;
pub mod alert;
pub mod answer;
pub mod device;
pub mod event;
pub mod factory;
pub mod grading;
pub mod hash;
pub mod item;
pub mod json_pointer;
pub mod meetup;
pub mod name;
pub mod notification_payload;
pub mod person;
pub mod pick;
pub mod question;
pub mod queue;
pub mod room;
pub mod room_id;
pub mod run_list;
#[cfg(feature = "openapi")]
pub mod schema;
pub mod score_sheet;
pub mod table;
pub mod time;
pub mod topic;
pub mod usage;
pub mod validation;
