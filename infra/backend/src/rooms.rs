//! Question rooms: rooms, their picks and answers, and the admitted people.

pub(crate) mod access;
pub mod answer_service;
pub mod answer_store;
pub(crate) mod api;
pub(crate) mod entrant_api;
pub mod entrant_service;
pub mod entrant_store;
pub(crate) mod lookalikes;
pub(crate) mod pick_api;
pub mod presence_store;
pub mod service;
pub mod session_file;
pub mod store;
