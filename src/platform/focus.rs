//! Moving the keyboard focus.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::page::after_render;

/// Focuses the first element that matches a selector; false if there is none.
pub(crate) fn focus(selector: &str) -> bool {
    find(selector).is_some_and(|found| found.focus().is_ok())
}

/// Focuses an element without scrolling to it.
pub(crate) fn focus_in_place(element: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    _ = element.focus_with_options(&options);
}

/// Focuses the first element that matches, once the current change is on the page.
pub(crate) fn focus_after_render(selector: &'static str) {
    after_render(move || _ = focus(selector));
}

/// If the focus is on the body once the current change is on the page, since what had it was removed or disabled, moves it to the first
/// match of `fallback`.
pub(crate) fn rescue_to(fallback: &'static str) {
    rescue_with(move || focus(fallback));
}

/// If the focus is on the body once the current change is on the page, calls `move_focus`; if that returns false, the page's heading gets
/// the focus.
pub(crate) fn rescue_with(move_focus: impl FnOnce() -> bool + 'static) {
    after_render(move || {
        let focused = super::document().and_then(|document| document.active_element());
        if focused.is_none_or(|focused| focused.tag_name() == "BODY") && !move_focus() {
            _ = focus("h1");
        }
    });
}

/// To be called just before a change that removes or disables what has the focus: if the focus is in `area` now, and is on no usable
/// control once the change is on the page, moves it to the first match of `fallback`. Unlike [`rescue_to`] it leaves the focus alone if it
/// was elsewhere, so that a page does not scroll under a reader who uses no keyboard.
pub(crate) fn keep_within(area: &'static str, fallback: &'static str) {
    let focused = || super::document().and_then(|document| document.active_element());
    let is_within = focused().is_some_and(|focused| focused.closest(area).is_ok_and(|found| found.is_some()));
    if is_within {
        after_render(move || {
            let is_lost = focused().is_none_or(|focused| focused.matches("body, :disabled").unwrap_or_default());
            if is_lost && !focus(fallback) {
                _ = focus("h1");
            }
        });
    }
}

/// Once the current change is on the page: if the form around `inside` has a field that says what is wrong with it, that field gets the
/// focus, unless the user has left the form.
pub(crate) fn focus_invalid_after_render(inside: &Element) {
    let Ok(Some(form)) = inside.closest("form") else { return };
    after_render(move || {
        let focused = super::document().and_then(|document| document.active_element());
        if focused.is_none_or(|focused| focused.tag_name() == "BODY" || form.contains(Some(&focused))) {
            let invalid = form.query_selector("[aria-invalid='true']").ok().flatten();
            _ = invalid.and_then(|field| field.dyn_into::<HtmlElement>().ok()).map(|field| field.focus());
        }
    });
}

/// Whether the focus is in an element.
pub(crate) fn is_within(element: &Element) -> bool {
    let focused = super::document().and_then(|document| document.active_element());
    focused.is_some_and(|focused| element.contains(Some(&focused)))
}

/// The change that follows may move or remove the element that has the focus, and the focus with it: gives it back if the element is still on
/// the page then; else calls `move_focus`; if that returns false, the page's heading gets the focus.
pub(crate) fn keep_or(move_focus: impl FnOnce() -> bool + 'static) {
    let focused = super::document().and_then(|document| document.active_element());
    let focused = focused
        .filter(|focused| focused.tag_name() != "BODY")
        .and_then(|focused| focused.dyn_into::<HtmlElement>().ok());
    if let Some(focused) = focused {
        rescue_with(move || focused.is_connected() && focused.focus().is_ok() || move_focus());
    }
}

/// Whether the focus is on no control that a key could be meant for.
pub(crate) fn is_idle() -> bool {
    let focused = super::document().and_then(|document| document.active_element());
    let control = focused.map(|focused| focused.closest("a, button, summary, input, textarea, select, dialog"));
    !matches!(control, Some(Ok(Some(_))))
}

/// Clicks the first element that matches a selector; false if there is none.
pub(crate) fn click(selector: &str) -> bool {
    find(selector).map(|found| found.click()).is_some()
}

/// Moves the focus to the next or previous element that matches a selector. False if the focus is on another control, or nothing matches.
pub(crate) fn move_among(selector: &str, forward: bool) -> bool {
    let Some(document) = super::document() else { return false };
    let Ok(all) = document.query_selector_all(selector) else { return false };
    let focused = document.active_element();
    let index = (0..all.length()).find(|index| all.get(*index).map(JsCast::unchecked_into) == focused);
    let next = match (index, forward) {
        (None, _) if !is_idle() => return false,
        (None, _) => 0,
        (Some(index), true) => (index + 1).min(all.length().saturating_sub(1)),
        (Some(index), false) => index.saturating_sub(1),
    };
    all.get(next).is_some_and(|element| element.unchecked_into::<HtmlElement>().focus().is_ok())
}

fn find(selector: &str) -> Option<HtmlElement> {
    super::document()?.query_selector(selector).ok()??.dyn_into().ok()
}
