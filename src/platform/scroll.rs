//! Scroll positions by history entry, so that going back shows the page where it was left. The router does not restore them.

use std::cell::{Cell, RefCell};

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Event, ScrollRestoration};

use super::page::after_render;

/// A page that grows while its data arrive is followed for so many animation frames: about two seconds.
const MAXIMUM_FRAMES: u32 = 120;

thread_local! {
    static POSITIONS: RefCell<Vec<(String, f64)>> = const { RefCell::new(Vec::new()) };
    /// Whether the navigation under way was one through the history.
    static IS_TRAVERSAL: Cell<bool> = const { Cell::new(false) };
}

/// Records positions from now on, as long as the site is open.
pub(crate) fn record() {
    let Some(window) = super::window() else { return };
    if let Ok(history) = window.history() {
        _ = history.set_scroll_restoration(ScrollRestoration::Manual);
    }
    let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if event.type_() == "popstate" {
            IS_TRAVERSAL.set(true);
        } else if let (Some(key), Some(top)) = (entry_key(), top())
            && !IS_TRAVERSAL.get()
        {
            POSITIONS.with_borrow_mut(|positions| match positions.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = top,
                None => positions.push((key, top)),
            });
        }
    });
    let callback = handler.as_ref().unchecked_ref();
    for kind in ["scroll", "popstate"] {
        _ = window.add_event_listener_with_callback(kind, callback);
    }
    handler.forget();
}

/// The page has been rendered: if the user came to it through the history, scrolls to where they left it.
pub(crate) fn restore() {
    if IS_TRAVERSAL.get() {
        let wanted = entry_key().and_then(|key| {
            POSITIONS.with_borrow(|positions| positions.iter().find(|(known, _)| *known == key).map(|(_, top)| *top))
        });
        follow(wanted.unwrap_or_default(), MAXIMUM_FRAMES);
    }
}

/// Scrolls to `wanted` as soon as the page is long enough for it.
fn follow(wanted: f64, frames: u32) {
    after_render(move || {
        let Some(window) = super::window() else { return };
        window.scroll_to_with_x_and_y(0.0, wanted);
        if frames > 0 && top().is_some_and(|top| top + 1.0 < wanted) {
            follow(wanted, frames - 1);
        } else {
            IS_TRAVERSAL.set(false);
        }
    });
}

fn top() -> Option<f64> {
    super::window()?.scroll_y().ok()
}

/// The history entry's key (Navigation API, by name since web-sys has it only behind a flag); without it nothing is restored.
fn entry_key() -> Option<String> {
    let navigation = Reflect::get(&super::window()?.into(), &"navigation".into()).ok()?;
    let entry = Reflect::get(&navigation, &"currentEntry".into()).ok()?;
    Reflect::get(&entry, &"key".into()).ok()?.as_string()
}
