//! The two documents that the site is served as: each has the WebAssembly of its own pages, so that nobody waits for the
//! pages of the others. Never knows what is on a page.

/// The document of the pages that everybody comes to.
pub const FRONT: &str = "index.html";

/// The document of the pages of those who run rooms and tables.
pub const DESK: &str = "desk.html";

/// Whether the page at this path is in [`DESK`]: the admin's, the bank of questions, a room's control and projector.
pub fn is_desk(path: &str) -> bool {
    let mut parts = path.trim_matches('/').split('/');
    let parts = (parts.next(), parts.next(), parts.next(), parts.next());
    matches!(
        parts,
        (Some("admin" | "questions"), None, ..) | (Some("rooms"), Some(_), Some("control" | "screen"), None)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_in_one_document() {
        for path in ["/admin", "/admin/", "/questions", "/rooms/k3j9x0a2bc/control", "/rooms/k3j9x0a2bc/screen/"] {
            assert!(is_desk(path), "{path}");
        }
        for path in
            ["/", "/rooms", "/rooms/k3j9x0a2bc", "/tables/admin", "/signed-in", "/settings", "/nothing", "/admin/x"]
        {
            assert!(!is_desk(path), "{path}");
        }
    }
}
