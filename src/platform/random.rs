//! Random bytes, and base64url.

/// 256 random bits in base64url, for a state, nonce, verifier or key.
pub(crate) fn token() -> String {
    let mut bytes = [0_u8; 32];
    if let Some(crypto) = super::window().and_then(|window| window.crypto().ok()) {
        // It fails only for more than 64 KiB.
        _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    base64url(&bytes)
}

/// Base64url without padding (RFC 4648, section 5).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    let binary: String = bytes.iter().copied().map(char::from).collect();
    let text = super::window().and_then(|window| window.btoa(&binary).ok()).unwrap_or_default();
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// The UTF-8 text that base64url without padding encodes; `None` if it encodes none.
pub(crate) fn decode_base64url(base64url: &str) -> Option<String> {
    let text = base64url.replace('-', "+").replace('_', "/");
    let binary = super::window()?.atob(&text).ok()?;
    // One character stands for one byte.
    String::from_utf8(binary.chars().map(|character| character as u8).collect()).ok()
}
