//! AWS on one machine.
pub mod data;
pub mod database;
pub mod error;
pub mod faults;
pub mod function;
pub mod gateway;
pub mod stream;
