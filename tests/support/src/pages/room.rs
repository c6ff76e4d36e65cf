//! The page of one room, as its participants see it, and its projector.

use serde_json::json;

use crate::browser::Browser;
use crate::rooms::Room;
use crate::server::Server;

/// The page, open in a browser.
pub struct RoomPage<'a> {
    browser: &'a Browser,
}

impl<'a> RoomPage<'a> {
    /// Opens it.
    pub async fn open(browser: &'a Browser, server: &Server, room: &str) -> Self {
        browser.open(&format!("{}/rooms/{room}", server.address())).await;
        Self { browser }
    }

    /// Opens it by a link with the room's join code, as it may be sent to a guest.
    pub async fn invited(browser: &'a Browser, server: &Server, room: &Room<'_>) -> Self {
        Self::open(browser, server, &format!("{}#join={}", room.id, room.code)).await
    }

    /// The page that is open.
    pub const fn on(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Joins with a nickname.
    pub async fn join(&self, name: &str) {
        self.browser.fill("#guest-name", name).await;
        self.browser.press("\u{e007}").await;
    }

    /// Waits until the room is in this state: `no_question`, `question_open`, `question_closed`, `room_closed`.
    pub async fn wait_for_state(&self, state: &str) {
        let expression = format!("document.querySelector('[data-room]')?.dataset.state === '{state}'");
        self.browser.wait_for(&format!("the room to be {state}"), &expression).await;
    }

    /// Waits until a pick is shown in this phase: `open`, `closed`, `passed`.
    pub async fn wait_for_pick(&self, pick: u32, phase: &str) {
        let expression = format!("document.querySelector('[data-pick=\"{pick}\"]')?.dataset.phase === '{phase}'");
        self.browser.wait_for(&format!("question {pick} to be {phase}"), &expression).await;
    }

    /// Chooses an option with the mouse.
    pub async fn choose(&self, index: usize) {
        self.browser.click(&format!(".choice[data-option=\"{index}\"]")).await;
    }

    /// Waits until an option is chosen.
    pub async fn wait_until_chosen(&self, index: usize) {
        let expression = format!("document.querySelector('[data-option=\"{index}\"] input')?.checked");
        self.browser.wait_for_soon(&format!("option {index} to be chosen"), &expression).await;
    }

    /// Waits until exactly these options are chosen.
    pub async fn wait_for_choices(&self, indexes: &[usize]) {
        let chosen = "[...document.querySelectorAll('.choice:has(:checked)')].map((one) => +one.dataset.option)";
        let expression = format!("JSON.stringify({chosen}) === JSON.stringify({indexes:?})");
        self.browser.wait_for_soon(&format!("the options {indexes:?} to be chosen"), &expression).await;
    }

    /// The error message of the form; empty if there is none.
    pub async fn failure(&self) -> String {
        let failure = self.browser.value("document.querySelector('.send-answer .failure').innerText").await;
        failure.as_str().unwrap_or_default().to_owned()
    }

    /// Sends what is chosen or typed. A single choice is sent when it is chosen.
    pub async fn send(&self) {
        let has_button = self.browser.value("document.querySelector('.send-answer .primary') !== null").await;
        if has_button == json!(true) {
            self.browser.click(".send-answer .primary").await;
        }
    }

    /// Waits until the page shows that the server has stored the answer.
    pub async fn wait_until_sent(&self) {
        self.browser.wait_for("the answer to be sent", "document.querySelector('[data-status=sent]')").await;
    }

    /// Waits until the server has stored an option as the answer.
    pub async fn wait_until_option_is_sent(&self, index: usize) {
        let expression = format!("document.querySelector('.choice[data-option=\"{index}\"][data-sent]')");
        self.browser.wait_for(&format!("option {index} to be sent"), &expression).await;
    }

    /// Waits until the result shows how much of the answer is correct.
    pub async fn wait_for_verdict(&self, verdict: &str) {
        let expression = format!("document.querySelector('.verdict')?.dataset.verdict === '{verdict}'");
        self.browser.wait_for(&format!("the verdict {verdict}"), &expression).await;
    }

    /// Waits until the page shows this text.
    pub async fn wait_for_words(&self, words: &str) {
        let expression = format!("document.querySelector('main')?.innerText.includes({})", json!(words));
        self.browser.wait_for(&format!("“{words}”"), &expression).await;
    }

    /// Waits until an option has this mark: `correct`, `missed`, `wrong`, `right`.
    pub async fn wait_for_mark(&self, index: usize, mark: &str) {
        let expression = format!("document.querySelector('.bar[data-option=\"{index}\"]')?.dataset.mark === '{mark}'");
        self.browser.wait_for(&format!("option {index} to be {mark}"), &expression).await;
    }

    /// Waits until this number of participants has chosen an option.
    pub async fn wait_for_bar(&self, index: usize, count: u32) {
        let expression =
            format!("document.querySelector('.bar[data-option=\"{index}\"]')?.dataset.count === '{count}'");
        self.browser.wait_for(&format!("{count} on option {index}"), &expression).await;
    }
}
