//! Scroll positions by history entry, so that going back shows the page where it was left. The router does not restore them.

use std::cell::{Cell, RefCell};

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Event, ScrollRestoration};

use super::page::after_render;
use super::storage::{self, Area};

/// A page that grows while its data arrive is followed for this number of animation frames: about two seconds.
const MAXIMUM_FRAMES: u32 = 120;

/// Where the positions are stored while the page is away.
const STORED_AS: &str = "rally-scroll";

thread_local! {
    static POSITIONS: RefCell<Vec<(String, f64)>> = const { RefCell::new(Vec::new()) };
    /// Whether the navigation under way was one through the history.
    static IS_TRAVERSAL: Cell<bool> = const { Cell::new(false) };
}

/// Records positions from now on, while the site is open.
pub(crate) fn record() {
    let Some(window) = super::window() else { return };
    if let Ok(history) = window.history() {
        _ = history.set_scroll_restoration(ScrollRestoration::Manual);
    }
    load();
    let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if event.type_() == "popstate" {
            IS_TRAVERSAL.set(true);
            expire(MAXIMUM_FRAMES);
        } else if event.type_() == "pagehide" {
            store();
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
    for kind in ["scroll", "popstate", "pagehide"] {
        _ = window.add_event_listener_with_callback(kind, callback);
    }
    handler.forget();
}

/// Something new stands at the top of the page: scrolls there, once it is on the page.
pub(crate) fn to_top_after_render() {
    after_render(|| {
        if let Some(window) = super::window() {
            window.scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
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

/// Ends a traversal that renders no page, such as one to a fragment: positions are recorded again.
fn expire(frames: u32) {
    after_render(move || match frames {
        0 => IS_TRAVERSAL.set(false),
        frames => expire(frames - 1),
    });
}

/// Keeps the positions for a reload, or for coming back from another document.
fn store() {
    let text = POSITIONS.with_borrow(|positions| {
        let lines: Vec<String> = positions.iter().map(|(key, top)| format!("{key} {}", *top as i64)).collect();
        lines.join("\n")
    });
    storage::set(Area::Session, STORED_AS, Some(text.as_str()).filter(|text| !text.is_empty()));
}

/// Reads the kept positions. If this entry has one, the page was reloaded or come back to.
fn load() {
    let text = storage::get(Area::Session, STORED_AS).unwrap_or_default();
    let positions = text.lines().filter_map(|line| {
        let (key, top) = line.split_once(' ')?;
        // Whole pixels: reading and writing fractions would bring 20 KB of code.
        Some((key.to_owned(), top.parse::<i32>().ok()?.into()))
    });
    POSITIONS.set(positions.collect());
    let is_known = |key: String| POSITIONS.with_borrow(|positions| positions.iter().any(|(known, _)| *known == key));
    if entry_key().is_some_and(is_known) {
        IS_TRAVERSAL.set(true);
        expire(MAXIMUM_FRAMES);
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
