//! Going from page to page without loading the site anew. Never knows which pages there are.

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, MouseEvent, Window};

/// The path of the page's address.
pub(crate) fn path() -> String {
    super::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// Scheme, host and port of the page's address.
pub(crate) fn origin() -> String {
    super::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// The query of the page's address, taken apart.
pub(crate) fn query() -> Vec<(String, String)> {
    let search = super::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    let decode = |text: &str| {
        let text = js_sys::decode_uri_component(&text.replace('+', " "));
        text.map(String::from).unwrap_or_default()
    };
    let pairs = search.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// A query or a form made of these.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| String::from(js_sys::encode_uri_component(text));
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| [name, "=", &encode(value)].concat()).collect();
    pairs.join("&")
}

/// Leaves the site for an address.
pub(crate) fn leave(address: &str) {
    if let Some(window) = super::window() {
        // It fails only for what is no address.
        _ = window.location().assign(address);
    }
}

/// Goes to another page of the site; `replace` leaves no way back to this one.
pub(crate) fn go(path: &str, replace: bool) {
    let Some(window) = super::window() else { return };
    let Ok(history) = window.history() else { return };
    _ = if replace {
        history.replace_state_with_url(&JsValue::NULL, "", Some(path))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(path))
    };
    // As if the browser had gone there: whoever listens hears it.
    if let Ok(event) = Event::new("popstate") {
        _ = window.dispatch_event(&event);
    }
}

/// Calls `arrive` with the new path when a link within the site is followed, or the browser goes back or forward.
pub(crate) fn listen(arrive: impl Fn(String) + 'static) {
    let Some(window) = super::window() else { return };
    let inner = window.clone();
    let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if event.type_() == "popstate" || follow(&inner, &event).is_some() {
            arrive(path());
        }
    });
    for kind in ["click", "popstate"] {
        // Adding a listener to the window cannot fail.
        _ = window.add_event_listener_with_callback(kind, handler.as_ref().unchecked_ref());
    }
    handler.forget();
}

/// Follows the link that was clicked, if it is for us: a plain click on a plain link to another page of this site.
fn follow(window: &Window, event: &Event) -> Option<()> {
    let mouse = event.dyn_ref::<MouseEvent>()?;
    let modified = mouse.ctrl_key() || mouse.shift_key() || mouse.alt_key() || mouse.meta_key();
    if event.default_prevented() || mouse.button() != 0 || modified {
        return None;
    }
    let link = event.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok()??;
    let address = link.get_attribute("href")?;
    // An address that begins with two slashes is another host's.
    let ours = address.starts_with('/') && !address.starts_with("//");
    if !ours || link.has_attribute("target") || link.has_attribute("download") {
        return None;
    }
    event.prevent_default();
    window.history().ok()?.push_state_with_url(&JsValue::NULL, "", Some(&address)).ok()?;
    window.scroll_to_with_x_and_y(0.0, 0.0);
    Some(())
}
