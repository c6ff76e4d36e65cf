//! The page of one table.

use serde_json::json;

use crate::A_SECOND;
use crate::browser::Browser;
use crate::pages::notifications::{open_choice, save_choice};
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

    /// The same for a status that has just been reported: it is shown within a second.
    pub async fn shows(&self, id: &str, status: &str) {
        let expression = format!("document.querySelector('main [data-table=\"{id}\"]')?.dataset.status === '{status}'");
        self.browser.within(A_SECOND, &format!("{id} to be {status}"), &expression).await;
    }

    /// Waits until the page shows this text.
    pub async fn wait_for_words(&self, words: &str) {
        let words = words.to_lowercase();
        let expression = format!("document.querySelector('main')?.innerText.toLowerCase().includes({})", json!(words));
        self.browser.wait_for(&format!("“{words}”"), &expression).await;
    }

    /// Waits until the three charts are drawn.
    pub async fn wait_for_charts(&self) {
        let expression = "document.querySelectorAll('main .chart [role=\"slider\"] svg path').length >= 3";
        self.browser.wait_for("three charts", expression).await;
    }

    /// Opens the bell's dialog and waits until exactly these days are ticked, with these start and end times.
    pub async fn wait_for_hours(&self, days: &[&str], from: &str, to: &str) {
        open_choice(self.browser).await;
        let expression = format!(
            "JSON.stringify([...document.querySelectorAll('.days label')].filter((one) => one.querySelector(':checked'))
                .map((one) => one.innerText.trim())) === {} &&
             JSON.stringify([...document.querySelectorAll('.alert-hours input[type=time]')].map((one) => one.value)) === {}",
            json!(json!(days).to_string()),
            json!(json!([from, to]).to_string())
        );
        self.browser.wait_for_soon(&format!("{days:?} from {from} to {to}"), &expression).await;
    }

    /// Opens the bell's dialog and waits for the proposed hours of a new alert.
    pub async fn wait_for_hours_of_new_alert(&self) {
        open_choice(self.browser).await;
        self.browser.click_text(".notify-form label", "When it's free, at these times").await;
        self.wait_for_hours(&["Mon", "Tue", "Wed", "Thu", "Fri"], "09:00", "17:00").await;
    }

    /// Ticks or unticks days in the bell's dialog, and saves them.
    pub async fn press_days(&self, days: &[&str]) {
        open_choice(self.browser).await;
        for day in days {
            self.browser.click_text(".days label", day).await;
        }
        save_choice(self.browser).await;
    }

    /// The shown duration of the turn.
    pub async fn seconds_left(&self) -> u32 {
        let shown = "/\\d+:\\d\\d/.exec(document.querySelector('.line-clock').innerText)";
        self.browser.wait_for("a countdown", shown).await;
        let shown = self.browser.value(&format!("{shown}[0]")).await;
        let (minutes, seconds) = shown.as_str().and_then(|text| text.split_once(':')).expect("minutes and seconds");
        minutes.parse::<u32>().expect("minutes") * 60 + seconds.parse::<u32>().expect("seconds")
    }
}
