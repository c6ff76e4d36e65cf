//! How the connection is, in the few ways that the page shows. Never changes it.

use domain::live::Connection;

/// How the connection is, as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// What is shown is kept in step.
    Live,
    /// Being made for the first time.
    Connecting,
    /// Lost, and being made again.
    Reconnecting,
    /// Lost; the next try is in so many seconds.
    Waiting(u64),
    /// The device has no network.
    Offline,
}

impl Link {
    /// How it is after what it was `before`, at a moment of the clock that the client goes by.
    pub(super) fn of(connection: Connection, before: Self, now: u64) -> Self {
        match connection {
            Connection::Live => Self::Live,
            Connection::Connecting if before == Self::Connecting => Self::Connecting,
            Connection::Connecting => Self::Reconnecting,
            Connection::Waiting { until } => Self::Waiting(until.saturating_sub(now).div_ceil(1_000)),
            Connection::Offline => Self::Offline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_counts_down_and_is_made_again() {
        let waiting = Connection::Waiting { until: 5_000 };
        assert_eq!(Link::of(waiting, Link::Live, 0), Link::Waiting(5));
        assert_eq!(Link::of(waiting, Link::Waiting(2), 4_001), Link::Waiting(1));
        assert_eq!(Link::of(waiting, Link::Waiting(1), 9_000), Link::Waiting(0));
        assert_eq!(Link::of(Connection::Connecting, Link::Waiting(0), 9_000), Link::Reconnecting);
        assert_eq!(Link::of(Connection::Connecting, Link::Reconnecting, 9_000), Link::Reconnecting);
        assert_eq!(Link::of(Connection::Connecting, Link::Connecting, 0), Link::Connecting);
    }
}
