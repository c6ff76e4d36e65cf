//! What the site knows and how it changes. Never draws.

pub(crate) mod api;
pub(crate) mod attempt;
pub(crate) mod charts;
pub(crate) mod live;
pub(crate) mod local_time;
pub(crate) mod news;
pub(crate) mod session;
pub(crate) mod theme;
pub(crate) mod ticking;
pub(crate) mod wall_code;
pub(crate) mod words;
