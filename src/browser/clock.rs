//! Clocks, timers, chance and the time zone. Never formats.

use std::time::Duration;

use domain::time::Timestamp;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_interval, set_timeout_with_handle};

/// What the wall clock says.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_milliseconds(js_sys::Date::now() as i64)
}

/// Milliseconds on a clock that only goes forward.
pub(crate) fn monotonic() -> u64 {
    super::window().and_then(|window| window.performance()).map_or(0, |performance| performance.now() as u64)
}

/// A number between 0 and 1.
pub(crate) fn chance() -> f64 {
    js_sys::Math::random()
}

/// How many minutes local time is ahead of UTC at a moment: it changes with the season.
pub(crate) fn minutes_ahead(at: Timestamp) -> i32 {
    let date = js_sys::Date::new(&(at.milliseconds() as f64).into());
    -date.get_timezone_offset() as i32
}

/// Something that will be done, unless this is dropped before.
pub(crate) struct Timer(Option<TimeoutHandle>);

impl Timer {
    /// Does `work` in so many milliseconds.
    pub(crate) fn after(milliseconds: u64, work: impl FnOnce() + 'static) -> Self {
        Self(set_timeout_with_handle(work, Duration::from_millis(milliseconds)).ok())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.clear();
        }
    }
}

/// Does `work` each second, as long as the page lives.
pub(crate) fn each_second(work: impl Fn() + 'static) {
    set_interval(work, Duration::from_secs(1));
}
