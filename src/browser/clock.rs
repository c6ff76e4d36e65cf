//! Clocks, timers, chance and the time zone. Never formats.

use domain::time::Timestamp;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

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
pub(crate) struct Timer {
    handle: Option<i32>,
    /// Is called when the time has come.
    _work: Closure<dyn FnMut()>,
}

impl Timer {
    /// Does `work` in so many milliseconds.
    pub(crate) fn after(milliseconds: u64, work: impl FnOnce() + 'static) -> Self {
        let work = Closure::once(work);
        let function = work.as_ref().unchecked_ref();
        // Browsers take 31 bits: 24 days.
        let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
        let set = |window: web_sys::Window| {
            window.set_timeout_with_callback_and_timeout_and_arguments_0(function, milliseconds).ok()
        };
        Self { handle: super::window().and_then(set), _work: work }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let (Some(handle), Some(window)) = (self.handle, super::window()) {
            window.clear_timeout_with_handle(handle);
        }
    }
}

/// Does `work` each second, as long as the page lives.
pub(crate) fn each_second(work: impl Fn() + 'static) {
    let work = Closure::<dyn Fn()>::new(work);
    if let Some(window) = super::window() {
        let function = work.as_ref().unchecked_ref();
        // It fails only for what is no function.
        _ = window.set_interval_with_callback_and_timeout_and_arguments_0(function, 1_000);
    }
    work.forget();
}
