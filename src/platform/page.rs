//! The page as a whole: its visibility and network, title, theme, printing, measurements.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Event, VisibilityState};

/// What happens to the page as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageEvent {
    /// It became visible (true) or hidden.
    Visible(bool),
    /// The device got a network (true) or lost it.
    Online(bool),
    /// It is being left; the browser may keep it for coming back.
    Left,
}

/// Calls `on_event` with each event, while the site is open.
pub(crate) fn listen(on_event: impl Fn(PageEvent) + 'static) {
    let (Some(window), Some(document)) = (super::window(), super::document()) else { return };
    let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
        "online" => on_event(PageEvent::Online(true)),
        "offline" => on_event(PageEvent::Online(false)),
        "pagehide" => on_event(PageEvent::Left),
        // Coming back to a page that the browser kept changes no visibility.
        _ => on_event(PageEvent::Visible(is_visible())),
    });
    let callback = handler.as_ref().unchecked_ref();
    // Adding a listener cannot fail.
    for kind in ["online", "offline", "pagehide", "pageshow"] {
        _ = window.add_event_listener_with_callback(kind, callback);
    }
    _ = document.add_event_listener_with_callback("visibilitychange", callback);
    handler.forget();
}

/// Whether the page is visible.
pub(crate) fn is_visible() -> bool {
    super::document().is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Whether the device believes that it has a network.
pub(crate) fn is_online() -> bool {
    super::window().is_none_or(|window| window.navigator().on_line())
}

/// Sets the title in the browser's tab.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = super::document() {
        document.set_title(title);
    }
}

/// The content of a `<meta name=…>` of the document.
pub(crate) fn meta(name: &str) -> Option<String> {
    let selector = ["meta[name='", name, "']"].concat();
    super::document()?.query_selector(&selector).ok()??.get_attribute("content")
}

/// Removes the element of this id, if it is there.
pub(crate) fn remove_element(id: &str) {
    if let Some(element) = super::document().and_then(|document| document.get_element_by_id(id)) {
        element.remove();
    }
}

/// Calls `work` in the next animation frame, when the current change is on the page.
pub(crate) fn after_render(work: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(work);
    if let Some(window) = super::window() {
        // It fails only for what is no function.
        _ = window.request_animation_frame(callback.unchecked_ref());
    }
}

/// Calls `work` when the browser has nothing else to do, or within five seconds.
pub(crate) fn when_idle(work: impl FnOnce() + 'static) {
    use js_sys::{Function, Reflect};
    let callback = Closure::once_into_js(work);
    let Some(window) = super::window() else { return };
    // Safari has no requestIdleCallback: there a timer does.
    let request = Reflect::get(&window, &"requestIdleCallback".into()).ok().and_then(|f| f.dyn_into::<Function>().ok());
    _ = match request {
        Some(request) => request.call1(&window, &callback).is_ok(),
        None => window.set_timeout_with_callback_and_timeout_and_arguments_0(callback.unchecked_ref(), 2_000).is_ok(),
    };
}

/// Shows the theme of this name; none is the system's own.
pub(crate) fn set_theme(name: Option<&str>) {
    let Some(root) = super::document().and_then(|document| document.document_element()) else { return };
    _ = match name {
        Some(name) => root.set_attribute("data-theme", name),
        None => root.remove_attribute("data-theme"),
    };
}

/// Sets a performance mark once what has just changed is on the screen.
pub(crate) fn mark_after_paint(name: &'static str) {
    // Code that runs before a frame is painted requests the next frame: then this one is on the screen.
    after_render(move || {
        after_render(move || {
            if let Some(performance) = super::window().and_then(|window| window.performance()) {
                _ = performance.mark(name);
            }
        });
    });
}

/// Sends a text without waiting for an answer, also from a page that is being left (Beacon, W3C).
pub(crate) fn send_beacon(path: &str, text: &str) {
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

/// Whether the user prefers to save data (Network Information API, by name since web-sys has it only behind a flag).
pub(crate) fn saves_data() -> bool {
    let flag = |window: web_sys::Window| {
        let connection = js_sys::Reflect::get(&window.navigator(), &"connection".into()).ok()?;
        js_sys::Reflect::get(&connection, &"saveData".into()).ok()?.as_bool()
    };
    super::window().and_then(flag).unwrap_or_default()
}
