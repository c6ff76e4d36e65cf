//! What follows from a write: the table's stream, jobs for later, and the scheduled sweep.

pub mod handler;
pub mod job_runner;
pub mod stream;
pub mod sweep;
