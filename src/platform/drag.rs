//! Dragging the rows of a list: where they are, and the pointer that moves one.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent};

/// The rows of the list around `inside`: where each begins and how high it is, in pixels, whatever style sheets move.
pub(crate) fn row_spans(inside: &Element) -> Vec<(f64, f64)> {
    let Ok(Some(list)) = inside.closest("ol, ul") else { return Vec::new() };
    let Ok(rows) = list.query_selector_all(":scope > li") else { return Vec::new() };
    let rows = (0..rows.length()).filter_map(|index| rows.get(index)?.dyn_into::<HtmlElement>().ok());
    rows.map(|row| (f64::from(row.offset_top()), f64::from(row.offset_height()))).collect()
}

/// Sends all that the pointer does until it is let go to the element that it was pressed on.
pub(crate) fn capture_pointer(element: &Element, event: &PointerEvent) {
    // It fails only for a pointer that is gone.
    _ = element.set_pointer_capture(event.pointer_id());
}
