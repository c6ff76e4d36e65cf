//! What a connection's life asks of its caller, and what it tells those who look. Never does any of it.

use domain::topic::Topic;

/// What the caller is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a connection; then `handle_opened` or `handle_closed`.
    Open,
    /// Send this text.
    Send(String),
    /// Close the connection, without waiting for anything from it: no `handle_closed` for it any more.
    Close,
}

/// What has changed for those who look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// [`super::LiveClient::connection`] says something else.
    Connection,
    /// What is known of this topic is another.
    Topic(Topic),
}

/// How the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Being opened for the first time, or again just now.
    Connecting,
    /// All that is shown is being kept in step.
    Live,
    /// Lost; the next try is at this moment of the caller's clock, in milliseconds.
    Waiting {
        /// When the next try is due.
        until: u64,
    },
    /// The device has no network.
    Offline,
}
