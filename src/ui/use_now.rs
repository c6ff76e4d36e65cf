//! The current time as a signal that changes each second.

use domain::time::Timestamp;
use gloo_timers::callback::Interval;
use leptos::prelude::*;

use crate::format::LocalTime;
use crate::live::Live;
use crate::platform::clock;

/// The clock of the page, as a context. One timer for all.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    device: RwSignal<Timestamp>,
    today: Memo<i64>,
}

impl Now {
    /// Starts the clock; it runs until the site is closed.
    pub(crate) fn start() -> Self {
        let device = RwSignal::new(clock::now());
        Interval::new(1_000, move || device.set(clock::now())).forget();
        Self { device, today: Memo::new(move |_| LocalTime::of(device.get()).day()) }
    }

    /// This device's time: for ages in minutes and the calendar.
    pub(crate) fn device(self) -> Signal<Timestamp> {
        self.device.into()
    }

    /// The server's time as far as it is known: for countdowns, turns and pauses.
    pub(crate) fn server(self, live: Live) -> Signal<Timestamp> {
        Signal::derive(move || {
            self.device.track();
            live.server_now()
        })
    }

    /// The local day, which changes at midnight.
    pub(crate) fn today(self) -> Memo<i64> {
        self.today
    }
}

/// The page's clock.
pub(crate) fn use_now() -> Now {
    expect_context()
}
