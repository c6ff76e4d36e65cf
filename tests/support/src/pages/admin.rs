//! The admin's page.

use serde_json::json;

use crate::browser::Browser;
use crate::server::Server;

/// The page, open in a browser.
pub struct AdminPage<'a> {
    browser: &'a Browser,
}

fn row(id: &str) -> String {
    format!(".admin-row[data-table=\"{id}\"]")
}

impl<'a> AdminPage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server) -> Self {
        browser.open(&format!("{}/admin", server.address())).await;
        Self { browser }
    }

    /// Shows a tab of the page: tables, device keys, Slack.
    pub async fn show(&self, part: &str) {
        self.browser.click_text("[role=tab]", part).await;
    }

    /// Opens the form of a dialog by its button, unless it is open.
    pub async fn open_form(&self, button: &str, form: &str) {
        self.browser.wait_for(button, &format!("document.querySelector({})", json!(button))).await;
        if !self.browser.is_shown(form).await {
            self.browser.click(button).await;
        }
        let shown = format!("document.activeElement.closest({})", json!(form));
        self.browser.wait_for_soon(&format!("the focus in {form}"), &shown).await;
    }

    /// Fills in the form for a new table and submits it by the Enter key.
    pub async fn register(&self, id: &str, description: &str) {
        self.open_form(".add-table", ".register-form").await;
        self.browser.fill("#new-table-id", id).await;
        self.browser.fill("#new-table-description", description).await;
        self.browser.press("\u{e007}").await;
    }

    /// Waits until a table's row contains this text.
    pub async fn wait_for_row(&self, id: &str, words: &str) {
        let expression = format!(
            "document.querySelector('{}')?.innerText.includes({}) && !document.querySelector('dialog[open]')",
            row(id),
            json!(words)
        );
        self.browser.wait_for(&format!("“{words}” in the row of {id}"), &expression).await;
    }

    /// Waits until the form for a new table shows this text.
    pub async fn wait_for_refusal(&self, words: &str) {
        let expression = format!("document.querySelector('.register-form')?.innerText.includes({})", json!(words));
        self.browser.wait_for(&format!("“{words}” in the form"), &expression).await;
    }

    /// Chooses an entry of a table's menu.
    pub async fn choose(&self, id: &str, entry: &str) {
        self.browser.click(&format!("{} .menu-button", row(id))).await;
        self.browser.click_shown(&format!("{} {entry}", row(id))).await;
    }

    /// Types another description of a table, but does not submit it.
    pub async fn begin_rename(&self, id: &str, description: &str) {
        self.choose(id, ".rename").await;
        self.browser.fill("#rename-table", description).await;
    }

    /// Gives a table another description.
    pub async fn rename(&self, id: &str, description: &str) {
        self.begin_rename(id, description).await;
        self.browser.press("\u{e007}").await;
    }

    /// Deletes a table, and confirms.
    pub async fn delete(&self, id: &str) {
        self.choose(id, ".delete").await;
        self.browser.click_text("dialog[open] button", "Delete table").await;
        let expression = format!("!document.querySelector('{}')", row(id));
        self.browser.wait_for(&format!("{id} to be gone"), &expression).await;
    }
}
