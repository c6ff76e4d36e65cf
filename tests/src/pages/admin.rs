//! The admin's page.

use crate::browser::Browser;
use crate::server::Server;

/// The page, open in a browser.
pub struct AdminPage<'a> {
    browser: &'a Browser,
}

impl<'a> AdminPage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server) -> Self {
        browser.open(&format!("{}/admin", server.address())).await;
        Self { browser }
    }
}

#[expect(dead_code, reason = "the journeys that use it follow")]
impl AdminPage<'_> {
    fn browser(&self) -> &Browser {
        self.browser
    }
}
