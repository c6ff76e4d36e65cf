//! The browser's own interfaces. Only this module uses `web_sys` for more than element types; nothing here knows Rally.

pub(crate) mod binary_socket;
pub(crate) mod broadcast;
pub(crate) mod chunk;
pub(crate) mod clipboard;
pub(crate) mod clock;
pub(crate) mod download;
pub(crate) mod drag;
pub(crate) mod fit;
pub(crate) mod focus;
pub(crate) mod fullscreen;
pub(crate) mod hotkeys;
pub(crate) mod idle;
pub(crate) mod intl;
pub(crate) mod page;
pub(crate) mod push;
pub(crate) mod random;
pub(crate) mod scroll;
pub(crate) mod socket;
pub(crate) mod storage;
pub(crate) mod url;
pub(crate) mod web_locks;

use web_sys::{Document, Window};

/// None in native tests, where there is no browser.
fn window() -> Option<Window> {
    if cfg!(target_arch = "wasm32") { web_sys::window() } else { None }
}

fn document() -> Option<Document> {
    window()?.document()
}
