//! The page's address, and addresses made from parts.

/// Scheme, host and port of the page's address.
pub(crate) fn origin() -> String {
    super::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Host and port of the page's address, as people type it.
pub(crate) fn host() -> String {
    super::window().and_then(|window| window.location().host().ok()).unwrap_or_default()
}

/// The path of the page's address.
pub(crate) fn path() -> String {
    super::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// What stands after the `#` in the page's address.
pub(crate) fn fragment() -> String {
    let hash = super::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// Takes what stands after the `#` out of the page's address, and out of the history.
pub(crate) fn forget_fragment() {
    let Some(window) = super::window() else { return };
    let Ok(history) = window.history() else { return };
    let search = window.location().search().unwrap_or_default();
    let state = history.state().unwrap_or_default();
    // It fails only for an address of another site.
    _ = history.replace_state_with_url(&state, "", Some(&[path(), search].concat()));
}

/// The query of the page's address as pairs of name and value, decoded.
pub(crate) fn query() -> Vec<(String, String)> {
    let search = super::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    decode_pairs(search.trim_start_matches('?'))
}

/// The pairs of name and value of a query, decoded.
pub(crate) fn decode_pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Percent-encodes pairs into a query or a form body.
pub(crate) fn encode_pairs(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| [name, "=", &encode(value)].concat()).collect();
    pairs.join("&")
}

/// Percent-encodes one component of an address.
pub(crate) fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Decodes one component of an address; what is not valid stays empty.
pub(crate) fn decode(text: &str) -> String {
    js_sys::decode_uri_component(&text.replace('+', " ")).map(String::from).unwrap_or_default()
}

/// Leaves the site for another address.
pub(crate) fn leave_to(address: &str) {
    if let Some(window) = super::window() {
        // It fails only for what is no address.
        _ = window.location().assign(address);
    }
}

/// Loads the page again.
pub(crate) fn reload() {
    if let Some(window) = super::window() {
        _ = window.location().reload();
    }
}
