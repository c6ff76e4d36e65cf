//! The clipboard.

use wasm_bindgen_futures::JsFuture;

/// Copies a text; false if the browser refuses.
pub(crate) async fn copy(text: &str) -> bool {
    // Undefined on a page that came over plain HTTP from another machine, whatever its type says.
    let clipboard = super::window().map(|window| window.navigator().clipboard());
    match clipboard.filter(|clipboard| !clipboard.is_undefined()) {
        Some(clipboard) => JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}
