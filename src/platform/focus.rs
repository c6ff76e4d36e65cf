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

/// The user has just closed or removed something: if the focus is lost once the change is on the page, moves it to the first match of
/// `fallback`. For what changes by itself use [`keep_or`]: a user who had the focus nowhere would be moved to a place they did not
/// choose.
pub(crate) fn rescue_to(fallback: &'static str) {
    rescue_with(move || focus(fallback));
}

/// The same, without scrolling to what gets the focus.
pub(crate) fn rescue_in_place(fallback: &'static str) {
    rescue_with(move || find(fallback).inspect(focus_in_place).is_some());
}

/// The same as [`rescue_to`] with `move_focus`; if that returns false, the page's heading gets the focus.
pub(crate) fn rescue_with(move_focus: impl FnOnce() -> bool + 'static) {
    after_render(move || {
        if is_lost() && !move_focus() {
            _ = focus("h1");
        }
    });
}

/// Called just before a change that may move, remove or disable what has the focus: if the focus is lost once the change is on the page,
/// gives it back if its element is still there; else calls `move_focus`; if that returns false, the page's heading gets the focus. Does
/// nothing if nothing has the focus now.
pub(crate) fn keep_or(move_focus: impl FnOnce() -> bool + 'static) {
    if let Some(focused) = focused().filter(|_| !is_lost()) {
        let focused = focused.dyn_into::<HtmlElement>().ok();
        rescue_with(move || focused.is_some_and(|focused| focused.focus().is_ok() && !is_lost()) || move_focus());
    }
}

/// The same, where the page's heading gets the focus that would be lost.
pub(crate) fn keep() {
    keep_or(|| false);
}

/// Whether no usable control has the focus.
fn is_lost() -> bool {
    focused().is_none_or(|focused| focused.matches("body, :disabled").unwrap_or_default())
}

/// What has the focus; the body if nothing else has it.
fn focused() -> Option<Element> {
    super::document()?.active_element()
}

/// Once the current change is on the page: if the form around `inside` has a field that says what is wrong with it, that field gets the
/// focus, unless the user has left the form.
pub(crate) fn focus_invalid_after_render(inside: &Element) {
    let Ok(Some(form)) = inside.closest("form") else { return };
    after_render(move || {
        if is_lost() || is_within(&form) {
            let invalid = form.query_selector("[aria-invalid='true']").ok().flatten();
            _ = invalid.and_then(|field| field.dyn_into::<HtmlElement>().ok()).map(|field| field.focus());
        }
    });
}

/// Whether the focus is in an element.
pub(crate) fn is_within(element: &Element) -> bool {
    focused().is_some_and(|focused| element.contains(Some(&focused)))
}

/// Whether the focus is on no control that a key could be meant for.
pub(crate) fn is_idle() -> bool {
    let control = focused().map(|focused| focused.closest("a, button, summary, input, textarea, select, dialog"));
    !matches!(control, Some(Ok(Some(_))))
}

/// Whether what has the focus matches a selector.
pub(crate) fn is_on(selector: &str) -> bool {
    focused().is_some_and(|focused| focused.matches(selector).unwrap_or_default())
}

/// Whether an element matches a selector.
pub(crate) fn exists(selector: &str) -> bool {
    find(selector).is_some()
}

/// Clicks the first element that matches a selector; false if there is none.
pub(crate) fn click(selector: &str) -> bool {
    find(selector).map(|found| found.click()).is_some()
}

/// Moves the focus to the next or previous element that matches a selector. False if the focus is on another control, or nothing matches.
pub(crate) fn move_among(selector: &str, forward: bool) -> bool {
    let Some(document) = super::document() else { return false };
    let Ok(all) = document.query_selector_all(selector) else { return false };
    let focused = focused();
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
