//! The browser's knowledge of calendars and scripts (`Intl`), so that the site does not contain these data.

use std::cell::RefCell;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// What a format of `Intl.DateTimeFormat` shows: the names and values of its options.
pub(crate) type Parts = &'static [(&'static str, &'static str)];

thread_local! {
    /// The formats that have been made: making one takes the browser longer than formatting a hundred dates.
    static FORMATS: RefCell<Vec<(Parts, Function)>> = const { RefCell::new(Vec::new()) };
}

/// A local day by `Intl.DateTimeFormat`. The texts are in English, and so are the dates; day numbers are local already, so the zone is UTC.
pub(crate) fn format_day(day: i64, parts: Parts) -> String {
    let known = FORMATS
        .with_borrow(|formats| formats.iter().find(|(known, _)| *known == parts).map(|(_, format)| format.clone()));
    let format = known.unwrap_or_else(|| {
        let options = Object::new();
        for (name, value) in parts.iter().chain(&[("timeZone", "UTC")]) {
            // Setting a property of a plain object cannot fail.
            _ = Reflect::set(&options, &(*name).into(), &(*value).into());
        }
        let format = Intl::DateTimeFormat::new(&Array::of1(&"en-GB".into()), &options).format();
        FORMATS.with_borrow_mut(|formats| formats.push((parts, format.clone())));
        format
    });
    let date = Date::new(&((day * DAY) as f64).into());
    let text = format.call1(&wasm_bindgen::JsValue::NULL, &date);
    text.ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// Whether a local day is the first of its month.
pub(crate) fn is_first_of_month(day: i64) -> bool {
    Date::new(&((day * DAY) as f64).into()).get_utc_date() == 1
}

/// A text in lower case, for sorting and searching.
#[cfg(target_arch = "wasm32")]
pub(crate) fn lower_case(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// The same where there is no browser: in tests.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn lower_case(text: &str) -> String {
    text.to_lowercase()
}
