//! Clocks, randomness for timing, and the time zone.

use domain::time::Timestamp;
use js_sys::{Array, Object, Reflect};

/// What this device's wall clock says. For what the server decides (turns, limits, pauses) use `Live::server_now`.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_milliseconds(js_sys::Date::now() as i64)
}

/// Milliseconds on a clock that only goes forward.
pub(crate) fn monotonic() -> u64 {
    super::window().and_then(|window| window.performance()).map_or(0, |performance| performance.now() as u64)
}

/// A random number from 0 to 1, for spreading retries.
pub(crate) fn random_fraction() -> f64 {
    js_sys::Math::random()
}

/// How many minutes local time is ahead of UTC at a moment: it changes with the season.
pub(crate) fn minutes_ahead(at: Timestamp) -> i32 {
    let date = js_sys::Date::new(&(at.milliseconds() as f64).into());
    -date.get_timezone_offset() as i32
}

/// The name of the user's time zone (IANA); empty if the browser does not know it.
pub(crate) fn time_zone() -> String {
    let format = js_sys::Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    let zone = Reflect::get(&format.resolved_options(), &"timeZone".into()).ok();
    zone.and_then(|zone| zone.as_string()).unwrap_or_default()
}

/// A signal that aborts a request after this number of milliseconds.
pub(crate) fn abort_after(milliseconds: u32) -> web_sys::AbortSignal {
    web_sys::AbortSignal::timeout_with_u32(milliseconds)
}
