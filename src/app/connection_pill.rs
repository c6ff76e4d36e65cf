//! The state of the connection, in one word. Announced to screen readers when it changes, but not each second of a countdown.

use leptos::prelude::*;

use super::texts;
use crate::format::LocalTime;
use crate::live::{ConnectionStatus, Live};
use crate::platform::focus;

/// The pill.
#[component]
pub(super) fn ConnectionPill() -> impl IntoView {
    let live = expect_context::<Live>();
    let (status, last_seen_at) = (live.status(), live.last_seen_at());
    let as_of = move || LocalTime::of(last_seen_at.get()).clock();
    let can_try = Memo::new(move |_| can_try(status.get()));
    let offers = Memo::new(move |before: Option<&bool>| {
        let offers = is_lost(status.get());
        if before == Some(&true) && !offers {
            // The button goes, and may have the focus.
            focus::keep();
        }
        offers
    });
    let try_now = move |_| {
        if can_try.get_untracked() {
            live.try_now();
        }
    };
    view! {
        <div class="connection-pill" data-connection=move || name(status.get())>
            <span class="connection-dot" aria-hidden="true"></span>
            <span aria-hidden="true">{move || shown(status.get(), as_of)}</span>
            <span class="visually-hidden" role="status">{move || announced(status.get(), || untrack(as_of))}</span>
            {move || {
                offers.get().then(|| {
                    let is_disabled = move || (!can_try.get()).then_some("true");
                    view! { <button type="button" aria-disabled=is_disabled on:click=try_now>{texts::TRY_NOW}</button> }
                })
            }}
        </div>
    }
}

/// The status as style sheets name it.
const fn name(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Live => "live",
        ConnectionStatus::Connecting => "connecting",
        ConnectionStatus::Reconnecting | ConnectionStatus::Waiting(_) => "reconnecting",
        ConnectionStatus::Offline => "offline",
    }
}

/// Whether the connection is lost: the button stays while it is tried, so that it keeps the focus.
const fn is_lost(status: ConnectionStatus) -> bool {
    !matches!(status, ConnectionStatus::Live | ConnectionStatus::Connecting)
}

/// Whether the user can connect at once: not while that is under way.
const fn can_try(status: ConnectionStatus) -> bool {
    matches!(status, ConnectionStatus::Waiting(_) | ConnectionStatus::Offline)
}

fn shown(status: ConnectionStatus, as_of: impl Fn() -> String) -> String {
    match status {
        ConnectionStatus::Live => texts::LIVE.to_owned(),
        ConnectionStatus::Connecting => texts::CONNECTING.to_owned(),
        ConnectionStatus::Reconnecting => texts::RECONNECTING.to_owned(),
        ConnectionStatus::Waiting(seconds) => texts::reconnecting_in(seconds),
        ConnectionStatus::Offline => texts::offline(&as_of()),
    }
}

fn announced(status: ConnectionStatus, as_of: impl Fn() -> String) -> String {
    match status {
        ConnectionStatus::Live => texts::LIVE.to_owned(),
        ConnectionStatus::Connecting => texts::CONNECTING.to_owned(),
        ConnectionStatus::Reconnecting | ConnectionStatus::Waiting(_) => texts::lost_announced(&as_of()),
        ConnectionStatus::Offline => texts::offline_announced(&as_of()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_is_shown_and_not_announced() {
        let as_of = || "14:05".to_owned();
        let waiting = ConnectionStatus::Waiting;
        assert_eq!(shown(waiting(7), as_of), "Reconnecting in 7 s");
        assert_eq!(announced(waiting(7), as_of), announced(waiting(6), as_of));
        assert_eq!(announced(waiting(7), as_of), announced(ConnectionStatus::Reconnecting, as_of));
        assert_eq!(shown(ConnectionStatus::Offline, as_of), "Offline, as of 14:05");
    }

    #[test]
    fn the_user_can_connect_only_while_nothing_is_under_way() {
        use ConnectionStatus::{Connecting, Live, Offline, Reconnecting, Waiting};
        assert_eq!([Waiting(7), Offline].map(can_try), [true; 2]);
        assert_eq!([Live, Connecting, Reconnecting].map(can_try), [false; 3]);
        assert_eq!(
            [Waiting(7), Offline, Reconnecting].map(is_lost),
            [true; 3],
            "the button stays under the user's finger"
        );
        assert_eq!([Live, Connecting].map(is_lost), [false; 2]);
    }

    #[test]
    fn what_may_be_out_of_date_is_announced_with_its_time() {
        use ConnectionStatus::{Connecting, Live, Offline, Reconnecting, Waiting};
        for status in [Live, Connecting, Reconnecting, Waiting(3), Offline] {
            let sentence = announced(status, || "14:05".to_owned());
            assert_eq!(sentence.contains("14:05"), status.is_stale(), "{sentence}");
            assert!(!name(status).is_empty() && !shown(status, String::new).is_empty());
        }
    }
}
