//! The page of all items, and that of one.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::pages::notifications::{open_choice, save_choice};
use crate::server::Server;

/// The page of all items, open in a browser.
pub struct ItemsPage<'a> {
    browser: &'a Browser,
}

impl<'a> ItemsPage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server) -> Self {
        Self::open_at(browser, server.address()).await
    }

    /// Opens it on a server at this address.
    pub async fn open_at(browser: &'a Browser, address: &str) -> Self {
        browser.open(&format!("{address}/items")).await;
        Self { browser }
    }

    /// Waits until an item is shown with this text in its value: `speed 40`.
    pub async fn wait_for(&self, key: &str, words: &str) {
        let row = format!("document.querySelector('[data-item=\"{key}\"] .item-fields')");
        let expression = format!("{row}?.textContent.includes({})", json!(words));
        self.browser.wait_for(&format!("{key} to be {words}"), &expression).await;
    }

    /// Waits until exactly these items are shown.
    pub async fn wait_for_keys(&self, keys: &[&str]) {
        let expression = format!(
            "JSON.stringify([...document.querySelectorAll('[data-item]')].map((row) => row.dataset.item)) === {}",
            json!(json!(keys).to_string())
        );
        self.browser.wait_for(&format!("{keys:?} alone"), &expression).await;
    }

    /// Waits until the page shows this text.
    pub async fn wait_for_words(&self, words: &str) {
        let expression = format!("document.querySelector('main').innerText.includes({})", json!(words));
        self.browser.wait_for(words, &expression).await;
    }

    /// Searches for items whose keys contain this text.
    pub async fn seek(&self, text: &str) {
        self.browser.fill("#prefix", text).await;
    }

    /// Chooses a group.
    pub async fn choose_group(&self, name: &str) {
        let all = "[...document.querySelectorAll('.item-group')]";
        let script =
            format!("{all}.find((one) => one.querySelector('bdi').innerText === {}).click() ?? 0", json!(name));
        self.browser.value(&script).await;
    }

    /// Waits until these groups are shown, each with its number of items: `van 4`.
    pub async fn wait_for_groups(&self, groups: &[&str]) {
        let expression = format!(
            "JSON.stringify([...document.querySelectorAll('.item-group')].map((one) => one.innerText.replace(/\\s+/g, ' ').trim())) === {}",
            json!(json!(groups).to_string())
        );
        self.browser.wait_for(&format!("{groups:?}"), &expression).await;
    }

    /// Opens an item's page.
    pub async fn follow(&self, key: &str) -> ItemPage<'a> {
        self.browser.click(&format!("[data-item=\"{key}\"] a")).await;
        ItemPage { browser: self.browser }
    }
}

/// The page of one item, open in a browser.
pub struct ItemPage<'a> {
    browser: &'a Browser,
}

impl<'a> ItemPage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server, key: &str) -> Self {
        browser.open(&format!("{}/items/{key}", server.address())).await;
        Self { browser }
    }

    /// Waits until a line of the value has this text and this mark: `none`, `new`, `was` or `gone`.
    pub async fn wait_for_line(&self, line: &str, change: &str) {
        let expression = format!(
            "[...document.querySelectorAll('.json-line[data-change=\"{change}\"]')]
                .some((line) => line.textContent.trim() === {})",
            json!(line)
        );
        self.browser.wait_for(&format!("“{line}” as {change}"), &expression).await;
    }

    /// The value as shown, without removed lines.
    pub async fn value(&self) -> Value {
        let text = "(() => { const view = document.querySelector('.json-view').cloneNode(true);
            view.querySelectorAll('del').forEach((gone) => gone.remove()); return view.textContent; })()";
        let text = self.browser.value(text).await;
        serde_json::from_str(text.as_str().expect("a text")).expect("JSON")
    }

    /// Waits until the history has this number of values, and the newest is this JSON: its row is opened.
    pub async fn wait_for_history(&self, newest: &str, count: usize) {
        let expression = format!(
            "(() => {{ const rows = document.querySelectorAll('.past-values > li');
                if (rows.length !== {count}) return false;
                const details = rows[0].querySelector('details');
                // Once: a repeated set is a change, after which this is evaluated again.
                if (!details.open) details.open = true;
                const shown = details.querySelector('.json-view')?.textContent;
                return Boolean(shown) && JSON.stringify(JSON.parse(shown)) === {}; }})()",
            json!(newest)
        );
        self.browser.wait_for(&format!("{count} values, the last {newest}"), &expression).await;
    }

    /// Waits until the newest row of the history shows this summary of the change.
    pub async fn wait_for_newest_change(&self, words: &str) {
        let shown =
            "document.querySelector('.past-values > li .past-changes')?.textContent.replace(/\\s+/g, ' ').trim()";
        self.browser.wait_for(words, &format!("{shown} === {}", json!(words))).await;
    }

    /// Chooses the number of the chart.
    pub async fn choose_number(&self, path: &str) {
        self.browser.click(&format!("#path option[value=\"{path}\"]")).await;
    }

    /// Waits until the chart of a number is drawn and has this text.
    pub async fn wait_for_trend(&self, words: &str) {
        let expression = format!(
            "document.querySelector('.sparkline polyline').getAttribute('points').length > 5
                && document.querySelector('.sparkline figcaption').innerText.includes({})",
            json!(words)
        );
        self.browser.wait_for(&format!("a line, {words}"), &expression).await;
    }

    /// Waits until the page shows this text.
    pub async fn wait_for_words(&self, words: &str) {
        let expression = format!("document.body.innerText.includes({})", json!(words));
        self.browser.wait_for(words, &expression).await;
    }

    /// Sets an alert for a number above a bound; shown on this page, not by the browser.
    pub async fn tell_me_above(&self, bound: &str) {
        open_choice(self.browser).await;
        self.browser.click_text(".notify-form label", "When a value crosses a threshold").await;
        self.browser.fill(".item-threshold input", bound).await;
        save_choice(self.browser).await;
        self.browser.click_text("dialog[open] button", "Not now").await;
        self.browser.wait_for("the dialog to close", "!document.querySelector('dialog[open]')").await;
    }
}
