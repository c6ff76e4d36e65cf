//! What goes out of the server. Never decides who hears of what.

pub mod posts;
