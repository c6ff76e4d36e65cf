//! Keys that a page listens to while nobody types. Never knows what they do.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, KeyboardEvent, Window};

use crate::reactive::*;

/// Hears keys for as long as the part of the page is there that asks; `work` says whether the key was for it. What is
/// typed into a field, or pressed together with Ctrl, Alt or the like, is none of ours; but in a field to search by only
/// characters are typed.
pub(crate) fn listen(work: impl Fn(&str) -> bool + 'static) {
    let Some(window) = super::window() else { return };
    let handler = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.alt_key() || event.meta_key();
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_typed = target.is_some_and(|target| {
            let is_in = |selector: &str| target.closest(selector).is_ok_and(|field| field.is_some());
            let is_named = event.key().len() > 4;
            is_in("textarea, select, input:not([type=radio], [type=checkbox], [type=search]), dialog[open]")
                || (!is_named && is_in("[type=search]"))
        });
        if !modified && !is_typed && !event.default_prevented() && work(&event.key()) {
            event.prevent_default();
        }
    });
    _ = window.add_event_listener_with_callback("keydown", handler.as_ref().unchecked_ref());
    // Stored with the part of the page that is being made: it ends with it.
    StoredValue::new(Listener { window, handler });
}

/// Hears keys until it is dropped.
struct Listener {
    window: Window,
    handler: Closure<dyn Fn(KeyboardEvent)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Removing a listener cannot fail.
        _ = self.window.remove_event_listener_with_callback("keydown", self.handler.as_ref().unchecked_ref());
    }
}
