//! What the browser knows of scripts, so that the site need not bring it along.

/// The text in lower case.
#[cfg(target_arch = "wasm32")]
pub(crate) fn lower_case(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// The text in lower case, where there is no browser: in tests.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn lower_case(text: &str) -> String {
    text.to_lowercase()
}
