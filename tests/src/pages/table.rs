//! The page of one table.

use crate::browser::Browser;
use crate::server::Server;

/// The page, open in a browser.
pub struct TablePage<'a> {
    browser: &'a Browser,
}

impl<'a> TablePage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server, id: &str) -> Self {
        browser.open(&format!("{}/tables/{id}", server.address())).await;
        Self { browser }
    }

    /// The page that is open.
    pub const fn on(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Waits until the table is shown in this status.
    pub async fn wait_for(&self, id: &str, status: &str) {
        let expression = format!("document.querySelector('main [data-table=\"{id}\"]')?.dataset.status === '{status}'");
        self.browser.wait_for(&format!("{id} to be {status}"), &expression).await;
    }

    /// Waits until the page says something.
    pub async fn wait_for_words(&self, words: &str) {
        let words = words.to_lowercase();
        let expression = format!("document.querySelector('main')?.innerText.toLowerCase().includes('{words}')");
        self.browser.wait_for(&format!("“{words}”"), &expression).await;
    }

    /// Waits until the three charts are drawn.
    pub async fn wait_for_charts(&self) {
        let expression = "document.querySelectorAll('main svg[role=\"img\"]').length >= 3";
        self.browser.wait_for("three charts", expression).await;
    }
}
