//! Showing the page over the whole screen.

/// Fills the screen with the page, or leaves that mode.
pub(crate) fn toggle() {
    let Some(document) = super::document() else { return };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        // A browser may forbid it.
        _ = root.request_fullscreen();
    }
}
