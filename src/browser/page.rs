//! The page as a whole: its title, focus, theme, printing, and whether it is seen and has a network. Never draws.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Event, HtmlElement, VisibilityState};

/// What happens to the page as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageEvent {
    /// It is seen (true), or hidden.
    Visible(bool),
    /// The device has a network (true), or none.
    Online(bool),
    /// It is left; the browser may keep it for coming back.
    Left,
}

/// Calls `tell` with each event.
pub(crate) fn listen(tell: impl Fn(PageEvent) + 'static) {
    let (Some(window), Some(document)) = (super::window(), document()) else { return };
    let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
        "online" => tell(PageEvent::Online(true)),
        "offline" => tell(PageEvent::Online(false)),
        "pagehide" => tell(PageEvent::Left),
        // Coming back to a page that the browser kept changes no visibility.
        _ => tell(PageEvent::Visible(is_visible())),
    });
    let callback = handler.as_ref().unchecked_ref();
    // Adding a listener cannot fail.
    for kind in ["online", "offline", "pagehide", "pageshow"] {
        _ = window.add_event_listener_with_callback(kind, callback);
    }
    _ = document.add_event_listener_with_callback("visibilitychange", callback);
    handler.forget();
}

/// Whether the page is seen.
pub(crate) fn is_visible() -> bool {
    document().is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Whether the device believes that it has a network.
pub(crate) fn is_online() -> bool {
    super::window().is_none_or(|window| window.navigator().on_line())
}

/// Names the page in the browser's tab.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Does `work` once what is being changed is on the page.
pub(crate) fn after_changes(work: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(work);
    if let Some(window) = super::window() {
        // It fails only for what is no function.
        _ = window.request_animation_frame(callback.unchecked_ref());
    }
}

/// Moves the focus to the page's heading, once it is there: so a screen reader reads the new page from its beginning.
pub(crate) fn focus_heading() {
    after_changes(|| {
        let heading = document().and_then(|document| document.query_selector("h1").ok().flatten());
        if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
            _ = heading.focus();
        }
    });
}

/// Shows the named theme; none is the system's own.
pub(crate) fn set_theme(name: Option<&str>) {
    let Some(root) = document().and_then(|document| document.document_element()) else { return };
    _ = match name {
        Some(name) => root.set_attribute("data-theme", name),
        None => root.remove_attribute("data-theme"),
    };
}

/// Marks a moment for whoever measures, once what has just changed is on the screen.
pub(crate) fn mark_after_paint(name: &'static str) {
    // What runs before a frame is painted asks for the next one: then this one is on the screen.
    after_changes(move || {
        after_changes(move || {
            if let Some(performance) = super::window().and_then(|window| window.performance()) {
                _ = performance.mark(name);
            }
        });
    });
}

/// Sends a text that nobody answers, also from a page that is being left (Beacon, W3C).
pub(crate) fn send_last(path: &str, text: &str) {
    if let Some(window) = super::window() {
        _ = window.navigator().send_beacon_with_opt_str(path, Some(text));
    }
}

/// Opens the browser's print dialog.
pub(crate) fn print() {
    if let Some(window) = super::window() {
        _ = window.print();
    }
}

/// Puts a text on the clipboard; false if the browser refuses.
pub(crate) async fn copy(text: &str) -> bool {
    // Undefined on a page that came over plain HTTP from another machine, whatever its type says.
    let clipboard = super::window().map(|window| window.navigator().clipboard());
    match clipboard.filter(|clipboard| !clipboard.is_undefined()) {
        Some(clipboard) => JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}

fn document() -> Option<Document> {
    super::window()?.document()
}

/// Gives the focus to the first element of a selector; false if there is none.
pub(crate) fn focus(selector: &str) -> bool {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    found.and_then(|found| found.dyn_into::<HtmlElement>().ok()).is_some_and(|found| found.focus().is_ok())
}

/// Whether the focus is on nothing that a key could be meant for.
pub(crate) fn is_idle() -> bool {
    let focused = document().and_then(|document| document.active_element());
    let meant = focused.map(|focused| focused.closest("a, button, summary, input, textarea, select, dialog"));
    !matches!(meant, Some(Ok(Some(_))))
}

/// Presses the first element of a selector; false if there is none.
pub(crate) fn press(selector: &str) -> bool {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    found.and_then(|found| found.dyn_into::<HtmlElement>().ok()).map(|found| found.click()).is_some()
}

/// Moves the focus among the elements of a selector: on, or back. False if it is elsewhere, or there are none.
pub(crate) fn move_focus(selector: &str, forward: bool) -> bool {
    let Some(document) = document() else { return false };
    let Ok(all) = document.query_selector_all(selector) else { return false };
    let focused = document.active_element();
    let place = (0..all.length()).find(|place| all.get(*place).map(JsCast::unchecked_into) == focused);
    let next = match (place, forward) {
        (None, _) if !is_idle() => return false,
        (None, _) => 0,
        (Some(place), true) => (place + 1).min(all.length().saturating_sub(1)),
        (Some(place), false) => place.saturating_sub(1),
    };
    all.get(next).is_some_and(|element| element.unchecked_into::<HtmlElement>().focus().is_ok())
}

/// Fills the screen with the page, or no longer.
pub(crate) fn toggle_fullscreen() {
    let Some(document) = document() else { return };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        // A browser may forbid it.
        _ = root.request_fullscreen();
    }
}
