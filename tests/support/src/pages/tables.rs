//! The page of all tables.

use serde_json::json;

use crate::A_SECOND;
use crate::browser::Browser;
use crate::server::Server;

/// The page, open in a browser.
pub struct TablesPage<'a> {
    browser: &'a Browser,
}

fn card(id: &str) -> String {
    format!("document.querySelector('[data-table=\"{id}\"]')")
}

impl<'a> TablesPage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server) -> Self {
        browser.open(server.address()).await;
        Self::on(browser)
    }

    /// The page that is open in this browser.
    pub const fn on(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Waits until a table is shown in this status: `free`, `busy`, `no_signal`.
    pub async fn wait_for(&self, id: &str, status: &str) {
        let expression = format!("{}?.dataset.status === '{status}'", card(id));
        self.browser.wait_for(&format!("{id} to be {status}"), &expression).await;
    }

    /// The same for a status that has just been reported: it is shown within a second.
    pub async fn shows(&self, id: &str, status: &str) {
        let expression = format!("{}?.dataset.status === '{status}'", card(id));
        self.browser.within(A_SECOND, &format!("{id} to be {status}"), &expression).await;
    }

    /// Waits until the page is shown without this table.
    pub async fn wait_for_absence(&self, id: &str) {
        let expression = format!("!{} && !document.querySelector('[aria-busy=\"true\"]')", card(id));
        self.browser.wait_for(&format!("{id} to vanish"), &expression).await;
    }

    /// Waits until a table's card contains this text.
    pub async fn wait_for_word(&self, id: &str, word: &str) {
        let expression = format!("{}?.innerText.toLowerCase().includes({})", card(id), json!(word.to_lowercase()));
        self.browser.wait_for(&format!("“{word}” on {id}"), &expression).await;
    }

    /// Asserts that no card lies over another one.
    pub async fn assert_apart(&self) {
        let overlaps = "(() => { const all = [...document.querySelectorAll('.tables > li')].map((one) => one.getBoundingClientRect());
            return all.some((one, place) => all.slice(place + 1).some((other) => one.width && other.width &&
                one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)); })()";
        if self.browser.value(overlaps).await == serde_json::json!(true) {
            let picture = self.browser.keep_screenshot("overlap").await;
            panic!("two cards lie over each other: {}", picture.display());
        }
    }

    /// The title of the window.
    pub async fn title(&self) -> String {
        self.browser.value("document.title").await.as_str().unwrap_or_default().to_owned()
    }

    /// Opens a table's own page.
    pub async fn follow(&self, id: &str) {
        self.browser.click(&format!("a[href=\"/tables/{id}\"]")).await;
    }

    /// Waits until this number of tables has a bell.
    pub async fn wait_for_bells(&self, number: usize) {
        let expression = format!("document.querySelectorAll('.tables .bell').length === {number}");
        self.browser.wait_for(&format!("{number} bells"), &expression).await;
    }

    /// Waits until this number of bells is set.
    pub async fn wait_for_set_bells(&self, number: usize) {
        let expression = format!("document.querySelectorAll('.tables .notify[data-set=true]').length === {number}");
        self.browser.wait_for(&format!("{number} bells to be set"), &expression).await;
    }

    /// Presses a table's bell, and saves the proposed alert.
    pub async fn press_bell_of(&self, id: &str) {
        let bell = format!("li:has([data-table=\"{id}\"]) .bell");
        self.browser.click(&bell).await;
        self.browser.click(".notify-form [type=submit]").await;
    }

    /// Focuses a table's bell.
    pub async fn focus_bell_of(&self, id: &str) {
        let expression = format!("{}.closest('li').querySelector('.bell').focus() ?? 0", card(id));
        self.browser.value(&expression).await;
        let has_focus = self.browser.value("document.activeElement.classList.contains('bell')").await;
        assert_eq!(has_focus, json!(true));
    }

    /// The positions of the elements that must not move when a table changes.
    pub async fn places(&self) -> serde_json::Value {
        let script =
            "JSON.stringify([...document.querySelectorAll('h1, .tables > li, .table-card, .bell, .surface-name')]
            .map((one) => one.getBoundingClientRect()).map((one) => [one.x, one.y, one.width, one.height]))";
        self.browser.value(script).await
    }
}
