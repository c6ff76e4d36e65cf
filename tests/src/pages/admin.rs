//! The admin's page.

use serde_json::json;

use crate::browser::Browser;
use crate::server::Server;

/// The page, open in a browser.
pub struct AdminPage<'a> {
    browser: &'a Browser,
}

fn row(id: &str) -> String {
    format!(".table-row[data-table=\"{id}\"]")
}

impl<'a> AdminPage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server) -> Self {
        browser.open(&format!("{}/admin", server.address())).await;
        Self { browser }
    }

    /// Fills in the form for a new table and sends it off by the Enter key.
    pub async fn register(&self, id: &str, description: &str) {
        self.browser.fill("#new-table-id", id).await;
        self.browser.fill("#new-table-description", description).await;
        self.browser.press("\u{e007}").await;
    }

    /// Waits until a table's row says something.
    pub async fn wait_for_row(&self, id: &str, words: &str) {
        let expression = format!("document.querySelector('{}')?.innerText.includes({})", row(id), json!(words));
        self.browser.wait_for(&format!("“{words}” in the row of {id}"), &expression).await;
    }

    /// Waits until the form for a new table says something.
    pub async fn wait_for_refusal(&self, words: &str) {
        let expression = format!("document.querySelector('.register-form')?.innerText.includes({})", json!(words));
        self.browser.wait_for(&format!("“{words}” in the form"), &expression).await;
    }

    /// Gives a table another description.
    pub async fn rename(&self, id: &str, description: &str) {
        self.browser.click(&format!("{} .rename", row(id))).await;
        self.browser.fill(&format!("#rename-{id}"), description).await;
        self.browser.press("\u{e007}").await;
    }

    /// Deletes a table, and says yes when asked.
    pub async fn delete(&self, id: &str) {
        self.browser.click(&format!("{} .delete", row(id))).await;
        self.browser.click_text("dialog[open] button", "Delete table").await;
        let expression = format!("!document.querySelector('{}')", row(id));
        self.browser.wait_for(&format!("{id} to be gone"), &expression).await;
    }
}
