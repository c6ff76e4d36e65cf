//! What the server does after a write: the handler of the table's stream, delayed jobs, and the scheduled function.

pub mod handler;
pub mod job_runner;
pub mod stream;
pub mod sweep;
