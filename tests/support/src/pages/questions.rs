//! The page on which a member writes questions.

use serde_json::{Value, json};

use super::host::{begin_question, choose_answer_type};
use super::sign_in::sign_in;
use crate::browser::Browser;
use crate::server::Server;

/// The page, open in a browser.
pub struct QuestionsPage<'a> {
    browser: &'a Browser,
}

impl<'a> QuestionsPage<'a> {
    /// Opens it for a member of this name.
    pub async fn open(browser: &'a Browser, server: &Server, name: &str) -> Self {
        sign_in(browser, server, "/questions", name).await;
        let page = Self { browser };
        page.browser.wait_for("the list", "document.querySelector('.question-bank :is(.bank, .hint)')").await;
        page
    }

    /// Opens the form for a new question of this type.
    pub async fn begin(&self, answer_type: &str) {
        begin_question(self.browser).await;
        choose_answer_type(self.browser, answer_type).await;
    }

    /// Types the text of a question.
    pub async fn ask(&self, text: &str) {
        self.browser.fill("#question-text", text).await;
    }

    /// Types options one after the other, with the Enter key between them.
    pub async fn type_options(&self, options: &[&str]) {
        self.browser.click("#option-0-text").await;
        for (index, option) in options.iter().enumerate() {
            let focused = format!("document.activeElement.id === 'option-{index}-text'");
            self.browser.wait_for_soon(&format!("the focus on option {index}"), &focused).await;
            self.browser.press(format!("{option}{}", if index + 1 < options.len() { "\u{e007}" } else { "" })).await;
        }
    }

    /// The options: text, and whether it is correct.
    pub async fn options(&self) -> Value {
        self.browser
            .value(
                "[...document.querySelectorAll('.question-option')].map((row) =>
                    [row.querySelector('input').value, row.querySelector('.correct-toggle').ariaPressed === 'true'])",
            )
            .await
    }

    /// Waits until the form has exactly these options.
    pub async fn wait_for_options(&self, options: &Value) {
        let expression = format!(
            "JSON.stringify([...document.querySelectorAll('.question-option input[id$=text]')].map((one) => one.value)) === {}",
            json!(options.to_string())
        );
        self.browser.wait_for_soon(&format!("the options {options}"), &expression).await;
    }

    /// Marks the option at this index as correct, or removes the mark.
    pub async fn mark(&self, index: usize) {
        self.browser.click(&format!("#option-{index}-correct")).await;
    }

    /// Waits until the preview contains these words.
    pub async fn wait_for_preview(&self, words: &str) {
        let expression = format!("document.querySelector('.phone')?.innerText.includes({})", json!(words));
        self.browser.wait_for(&format!("“{words}” in the preview"), &expression).await;
    }

    /// Saves the question.
    pub async fn save(&self) {
        self.browser.click(".save-question button").await;
    }

    /// Waits until this number of questions is listed.
    pub async fn wait_for_rows(&self, number: usize) {
        let expression = format!("document.querySelectorAll('.bank-row').length === {number}");
        self.browser.wait_for(&format!("{number} questions"), &expression).await;
    }

    /// Opens the first question whose text contains these words.
    pub async fn edit(&self, words: &str) {
        self.browser.click_text(".open-question", words).await;
    }

    /// Deletes the first question; until the undo time is over only on this page.
    pub async fn delete_first(&self) {
        self.browser.click(".bank-row .menu-button").await;
        self.browser.click_shown(".bank-row .delete-question").await;
    }

    /// Undoes the deletion.
    pub async fn undo(&self) {
        self.browser.click_text(".message button", "Undo").await;
    }
}
