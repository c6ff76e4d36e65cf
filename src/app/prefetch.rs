//! Loads the chunks of other pages in advance: of a link that is pointed at or focused, and of all pages when the browser is idle.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use crate::platform::page;
use crate::routes;

/// How long the first page has for its own data before anything is loaded ahead, in milliseconds.
const DELAY: u32 = 5_000;

/// Starts prefetching; it runs until the site is closed.
pub(super) fn start() {
    for event in ["pointerover", "focusin"] {
        let handle = window_event_listener_untyped(event, |event| {
            let link = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let link = link.and_then(|target| target.closest("a[href^='/']").ok().flatten());
            if let Some(path) = link.and_then(|link| link.get_attribute("href")) {
                spawn_local(async move { routes::preload(&path).await });
            }
        });
        on_cleanup(move || handle.remove());
    }
    if !page::saves_data() {
        Timeout::new(DELAY, || page::when_idle(|| spawn_local(routes::preload_all()))).forget();
    }
}
