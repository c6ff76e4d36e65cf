//! The one home of what browsers offer: everything else is plain Rust. Never decides anything.

pub(crate) mod clock;
pub(crate) mod early;
pub(crate) mod element;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod keys;
pub(crate) mod navigation;
pub(crate) mod packets;
pub(crate) mod page;
pub(crate) mod push;
pub(crate) mod secrets;
pub(crate) mod socket;
pub(crate) mod storage;
pub(crate) mod tabs;
pub(crate) mod words;

use std::pin::Pin;

use web_sys::Window;

/// Does work that waits for the browser.
pub(crate) fn run(work: impl Future<Output = ()> + 'static) {
    // Boxed, so that what drives it is there once, not once for each kind of work.
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    wasm_bindgen_futures::spawn_local(work);
}

/// The window; `None` where there is none, as in a worker.
fn window() -> Option<Window> {
    web_sys::window()
}
