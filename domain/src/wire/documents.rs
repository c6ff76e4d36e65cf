//! The documents that the site is served as: each has the WebAssembly of its own pages, so that nobody waits for the pages of
//! the others. Never knows what is on a page.

/// The document of the pages that everybody comes to.
pub const FRONT: &str = "index.html";

/// The document of the pages of those who run rooms and tables.
pub const DESK: &str = "desk.html";

/// The document of the settings, items and factories: what one comes to now and then.
pub const OFFICE: &str = "office.html";

/// The document that has the page at this path.
pub fn of(path: &str) -> &'static str {
    let mut parts = path.trim_matches('/').split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("admin" | "questions"), None, ..) => DESK,
        (Some("rooms"), Some(_), Some("control" | "screen"), None) => DESK,
        (Some("settings" | "factories" | "items"), None, ..) => OFFICE,
        (Some("items"), Some(_), None, _) => OFFICE,
        _ => FRONT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_in_one_document() {
        for path in ["/admin", "/admin/", "/questions", "/rooms/k3j9x0a2bc/control", "/rooms/k3j9x0a2bc/screen/"] {
            assert_eq!(of(path), DESK, "{path}");
        }
        for path in ["/settings", "/settings/", "/items", "/items/vehicle:3", "/factories/"] {
            assert_eq!(of(path), OFFICE, "{path}");
        }
        for path in
            ["/", "/rooms", "/rooms/k3j9x0a2bc", "/tables/admin", "/signed-in", "/nothing", "/admin/x", "/items/a/b"]
        {
            assert_eq!(of(path), FRONT, "{path}");
        }
    }
}
