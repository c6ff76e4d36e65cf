//! The status of the connection, as the page shows it.

use live_client::ConnectionState;

/// The status of the connection, as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionStatus {
    /// What is shown is up to date.
    Live,
    /// Being opened for the first time.
    Connecting,
    /// Lost, and being opened again.
    Reconnecting,
    /// Lost; with the seconds until the next try.
    Waiting(u64),
    /// The device has no network.
    Offline,
}

impl ConnectionStatus {
    /// The status after what it was `before`, at a moment of the client's clock in milliseconds.
    pub(super) fn of(connection: ConnectionState, before: Self, now: u64) -> Self {
        match connection {
            ConnectionState::Live => Self::Live,
            ConnectionState::Connecting if before == Self::Connecting => Self::Connecting,
            ConnectionState::Connecting => Self::Reconnecting,
            ConnectionState::Waiting { until } => Self::Waiting(until.saturating_sub(now).div_ceil(1_000)),
            ConnectionState::Offline => Self::Offline,
        }
    }

    /// What to show of several connections: the first that is not live. None is as good as being opened.
    pub(super) fn worst(all: impl Iterator<Item = Self>) -> Self {
        let mut worst = None;
        for status in all {
            if status != Self::Live {
                return status;
            }
            worst = Some(status);
        }
        worst.unwrap_or(Self::Connecting)
    }

    /// Whether what the page shows may be out of date.
    pub(crate) const fn is_stale(self) -> bool {
        matches!(self, Self::Waiting(_) | Self::Reconnecting | Self::Offline)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_lost_connection_counts_down_and_is_opened_again() {
        let waiting = ConnectionState::Waiting { until: 5_000 };
        let of = ConnectionStatus::of;
        assert_eq!(of(waiting, ConnectionStatus::Live, 0), ConnectionStatus::Waiting(5));
        assert_eq!(of(waiting, ConnectionStatus::Waiting(2), 4_001), ConnectionStatus::Waiting(1));
        assert_eq!(of(waiting, ConnectionStatus::Waiting(1), 9_000), ConnectionStatus::Waiting(0));
        assert_eq!(
            of(ConnectionState::Connecting, ConnectionStatus::Waiting(0), 9_000),
            ConnectionStatus::Reconnecting
        );
        assert_eq!(of(ConnectionState::Connecting, ConnectionStatus::Connecting, 0), ConnectionStatus::Connecting);
    }

    #[test]
    fn of_two_connections_the_worse_is_shown() {
        use ConnectionStatus::{Connecting, Live, Offline};
        assert_eq!(ConnectionStatus::worst([Live, Offline].into_iter()), Offline);
        assert_eq!(ConnectionStatus::worst([Live, Live].into_iter()), Live);
        assert_eq!(ConnectionStatus::worst([].into_iter()), Connecting);
    }

    #[test]
    fn what_is_shown_may_be_out_of_date_only_after_a_connection_was_lost() {
        use ConnectionStatus::{Connecting, Live, Offline, Reconnecting, Waiting};
        assert_eq!([Live, Connecting].map(ConnectionStatus::is_stale), [false; 2]);
        assert_eq!([Waiting(3), Reconnecting, Offline].map(ConnectionStatus::is_stale), [true; 3]);
    }

    #[test]
    fn of_several_that_are_not_live_the_first_is_shown() {
        use ConnectionStatus::{Live, Offline, Waiting};
        assert_eq!(ConnectionStatus::worst([Live, Waiting(3), Offline].into_iter()), Waiting(3));
        assert_eq!(ConnectionStatus::worst([Live].into_iter()), Live);
    }

    proptest! {
        #[test]
        fn a_countdown_never_goes_up_and_ends_at_zero(until in 0_u64..100_000, now in 0_u64..100_000, later in 0_u64..5_000) {
            let seconds = |now| match ConnectionStatus::of(ConnectionState::Waiting { until }, ConnectionStatus::Live, now) {
                ConnectionStatus::Waiting(seconds) => seconds,
                other => panic!("{other:?} has no countdown"),
            };
            prop_assert!(seconds(now + later) <= seconds(now));
            prop_assert_eq!(seconds(now) == 0, now >= until);
        }
    }
}
