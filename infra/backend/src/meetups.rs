//! Meetups, which people call events: their states, their guests, and their seats.

pub(crate) mod access;
pub(crate) mod api;
pub(crate) mod calendar;
pub(crate) mod guest_service;
pub mod guest_store;
pub mod listing_store;
pub(crate) mod page;
pub(crate) mod service;
pub mod store;
mod zones;
