//! The client's actions for its caller, and its events.

use domain::topic::Topic;

/// What the caller must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a connection; then call `handle_opened` or `handle_closed`.
    Open,
    /// Send this text.
    Send(String),
    /// Close the connection without waiting for it: do not call `handle_closed` for it.
    Close,
}

/// What has changed and is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// [`crate::LiveClient::connection`] has changed.
    Connection,
    /// A subscribed topic has changed: read it from [`crate::LiveClient::subscription`].
    Topic {
        /// The topic.
        topic: Topic,
        /// What of it.
        update: Update,
    },
    /// The server is of a later version than this client, which cannot rely on what it reads any more. Reported once for each version.
    NewerServer {
        /// The server's version.
        version: u32,
    },
}

/// How a topic has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// A whole snapshot has replaced the state: any entity may be new, changed or gone.
    Reset,
    /// The entities with these ids were added, changed or removed. Sorted, each id once.
    Entities(Vec<String>),
    /// The server has denied the topic: the reason is in [`crate::Subscription::denied`].
    Denied,
}

impl Update {
    /// This update and a later one of the same topic as one.
    #[must_use]
    pub fn merge(self, later: Self) -> Self {
        match (self, later) {
            (Self::Entities(mut ids), Self::Entities(later)) => {
                ids.extend(later);
                ids.sort();
                ids.dedup();
                Self::Entities(ids)
            }
            (Self::Reset, Self::Entities(_)) => Self::Reset,
            (_, later) => later,
        }
    }
}

/// The state of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Being opened, for the first time or again.
    Connecting,
    /// Open: what is shown is up to date.
    Live,
    /// Lost.
    Waiting {
        /// When the next attempt is due, in milliseconds of the caller's clock.
        until: u64,
    },
    /// The device has no network.
    Offline,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_are_merged_without_losing_an_entity() {
        let entities = |ids: &[&str]| Update::Entities(ids.iter().map(|&id| id.to_owned()).collect());
        assert_eq!(entities(&["a", "c"]).merge(entities(&["b", "c"])), entities(&["a", "b", "c"]));
        assert_eq!(Update::Reset.merge(entities(&["a"])), Update::Reset);
        assert_eq!(entities(&["a"]).merge(Update::Reset), Update::Reset);
        assert_eq!(entities(&["a"]).merge(Update::Denied), Update::Denied);
    }
}
