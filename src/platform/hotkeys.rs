//! Keys that a page reacts to while the user types nothing.

use leptos::prelude::{StoredValue, on_cleanup};
use leptos::prelude::{UpdateValue, WithValue};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, KeyboardEvent};

/// Calls `on_key` with each key that is pressed, until the current owner is cleaned up; it returns whether it used the key. Keys typed
/// into a field, or together with Ctrl, Alt or Meta, are ignored; in a search field only characters are typed, so that arrows and
/// Enter still work.
pub(crate) fn listen(on_key: impl Fn(&str) -> bool + 'static) {
    let Some(window) = super::window() else { return };
    let handler = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let is_modified = event.ctrl_key() || event.alt_key() || event.meta_key();
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_typed = target.is_some_and(|target| {
            let is_in = |selector: &str| target.closest(selector).is_ok_and(|field| field.is_some());
            let is_named = event.key().len() > 4;
            is_in("textarea, select, input:not([type=radio], [type=checkbox], [type=search]), dialog[open]")
                || (!is_named && is_in("[type=search]"))
        });
        if !is_modified && !is_typed && !event.default_prevented() && on_key(&event.key()) {
            event.prevent_default();
        }
    });
    _ = window.add_event_listener_with_callback("keydown", handler.as_ref().unchecked_ref());
    let stored = StoredValue::new_local(Some(handler));
    on_cleanup(move || {
        stored.try_update_value(|stored| {
            if let Some(handler) = stored.take() {
                _ = window.remove_event_listener_with_callback("keydown", handler.as_ref().unchecked_ref());
            }
        });
    });
    stored.with_value(|_| ());
}
