//! The page on which a creator runs a room, and the one on which they write questions.

use serde_json::json;

use crate::browser::Browser;

/// The page, open in a browser.
pub struct HostPage<'a> {
    browser: &'a Browser,
}

impl<'a> HostPage<'a> {
    /// The page that is open.
    pub const fn on(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Opens the form for a new room on the page of all rooms, unless it is open.
    pub async fn open_room_form(browser: &Browser) {
        if browser.value("document.querySelector('#new-room-name') !== null").await != json!(true) {
            browser.click(".new-room").await;
        }
        browser.wait_for("the form for a room", "document.querySelector('dialog[open] #new-room-name')").await;
    }

    /// Creates a room from the page of all rooms, and arrives at its host panel.
    pub async fn make_room(browser: &'a Browser, name: &str) -> Self {
        Self::open_room_form(browser).await;
        browser.fill("#new-room-name", name).await;
        browser.press("\u{e007}").await;
        let expression =
            "location.pathname.endsWith('/control') && document.querySelector('[data-state=\"no_question\"]')";
        browser.wait_for("the new room's control", expression).await;
        Self { browser }
    }

    /// The room's id and join code, which arrives after the room itself.
    pub async fn room(&self) -> (String, String) {
        self.browser.wait_for("the join code", "document.querySelector('.join-code strong')?.innerText").await;
        let found = self
            .browser
            .value("[location.pathname.split('/')[2], document.querySelector('.join-code strong').innerText]");
        let found = found.await;
        let text = |place: usize| found[place].as_str().expect("a text").to_owned();
        (text(0), text(1))
    }

    /// Opens a panel beside the question: `answers`, `people` or `scores`. On a phone it is a sheet over the question.
    pub async fn open_tab(&self, tab: &str) {
        let is_hidden = "getComputedStyle(document.querySelector('.control-side')).display === 'none'";
        self.browser.wait_for("the panel", "document.querySelector('.control-side')").await;
        if self.browser.value(is_hidden).await == json!(true) {
            self.browser.click(".open-side").await;
        }
        self.browser.click(&format!("#tab-{tab}")).await;
    }

    /// Chooses an entry of the room's menu, by its class.
    pub async fn choose(&self, entry: &str) {
        self.browser.click(".control .host-tools > .menu-button").await;
        self.browser.click(&format!(".popover:popover-open {entry}")).await;
    }

    /// Waits until the bar shows this progress of the session.
    pub async fn wait_for_session(&self, name: &str) {
        let expression = format!("document.querySelector('.state-chip')?.dataset.session === '{name}'");
        self.browser.wait_for(&format!("the session to be {name}"), &expression).await;
    }

    /// Waits until the main button has this action: `pick`, `feedback`, `choose` or `reopen`.
    pub async fn wait_for_step(&self, name: &str) {
        let expression =
            format!("document.querySelector('.next-step:not([aria-disabled])')?.dataset.step === '{name}'");
        self.browser.wait_for(&format!("the next step to be {name}"), &expression).await;
    }

    /// Presses the main button, which is disabled for a moment when a question has just opened.
    pub async fn press_step(&self) {
        self.wait_until_settled().await;
        self.browser.click(".next-step").await;
    }

    /// Waits until the main button and its keys work again after a pick.
    pub async fn wait_until_settled(&self) {
        self.browser.wait_for("the main button", "document.querySelector('.next-step:not([aria-disabled])')").await;
    }

    /// Waits until the texts of the run list, in order, contain these words.
    pub async fn wait_for_run_list(&self, words: &[&str]) {
        let expression = format!(
            "((rows, words) => rows.length === words.length && rows.every((row, place) => row.innerText.includes(words[place])))
                ([...document.querySelectorAll('.run-row')], {})",
            json!(words)
        );
        self.browser.wait_for(&format!("the run list {words:?}"), &expression).await;
    }

    /// Waits until this number of people is present, and this number has answered.
    pub async fn wait_for_people(&self, here: usize, answered: Option<usize>) {
        if answered.is_some() {
            self.open_tab("answers").await;
        }
        let expression = match answered {
            None => format!("document.querySelector('[data-here]')?.dataset.here === '{here}'"),
            Some(answered) => format!(
                "document.querySelector('.answered-count[data-here=\"{here}\"][data-answered=\"{answered}\"]') && \
                 document.querySelectorAll('[data-person][data-answered=\"true\"]').length === {answered}"
            ),
        };
        self.browser.wait_for(&format!("{here} here, {answered:?} answered"), &expression).await;
    }

    /// Waits until a person's row contains this text.
    pub async fn wait_for_row(&self, name: &str, words: &str) {
        let expression = format!(
            "[...document.querySelectorAll('[data-person]')].some((row) => row.innerText.includes({}) && row.innerText.includes({}))",
            json!(name),
            json!(words)
        );
        self.browser.wait_for(&format!("“{words}” beside {name}"), &expression).await;
    }

    /// Picks the question whose text contains these words.
    pub async fn pick(&self, words: &str) {
        self.browser.click_text(".pick-question", words).await;
    }

    /// Waits until the page shows a confirmation, and the focus is on its confirm button.
    pub async fn wait_for_question(&self, words: &str) {
        let expression = format!(
            "document.querySelector('dialog[open]')?.innerText.includes({}) &&
             document.activeElement.matches('dialog[open] [type=submit]')",
            json!(words)
        );
        self.browser.wait_for_soon(&format!("“{words}”"), &expression).await;
    }

    /// Waits until the page shows this pick as the current one.
    pub async fn wait_for_pick(&self, pick: u32, phase: &str) {
        let expression = format!("document.querySelector('[data-pick=\"{pick}\"]')?.dataset.phase === '{phase}'");
        self.browser.wait_for(&format!("question {pick} to be {phase}"), &expression).await;
    }

    /// Waits until the score sheet shows this number of answers for a person.
    pub async fn wait_for_answered(&self, name: &str, count: usize) {
        self.open_tab("scores").await;
        let expression = format!(
            "[...document.querySelectorAll('.score-sheet tr')].some((row) => row.innerText.includes({})
                && row.dataset.answers === '{count}')",
            json!(name)
        );
        self.browser.wait_for(&format!("{count} answers of {name}"), &expression).await;
    }

    /// Opens the room's menu.
    pub async fn open_settings(&self) {
        self.choose(".open-settings").await;
    }

    /// Types another name for the room.
    pub async fn rename(&self, name: &str) {
        self.browser.fill("#room-name", name).await;
    }

    /// Allows guests, or forbids them.
    pub async fn press_guests(&self) {
        self.browser.click_text(".room-settings form label", "Allow guests").await;
    }

    /// Saves the settings.
    pub async fn save_settings(&self) {
        self.browser.click(".room-settings form button[type=submit]").await;
    }

    /// Waits until the form of the settings shows this text.
    pub async fn wait_for_settings_words(&self, words: &str) {
        let expression = format!("document.querySelector('.room-settings form')?.innerText.includes({})", json!(words));
        self.browser.wait_for(&format!("“{words}”"), &expression).await;
    }

    /// Waits until the form shows this name, and whether guests are allowed.
    pub async fn wait_for_settings(&self, name: &str, guests_allowed: bool) {
        let expression = format!(
            "document.querySelector('#room-name').value === {} &&
             document.querySelector('.room-settings form input[type=checkbox]').checked === {guests_allowed}",
            json!(name)
        );
        self.browser.wait_for_soon(&format!("{name} in the settings"), &expression).await;
    }
}

/// Opens the form for a new question, and waits until it has the focus.
pub async fn begin_question(browser: &Browser) {
    browser.click(".new-question").await;
    browser.wait_for_soon("the focus in the form", "document.activeElement.id === 'question-text'").await;
}

/// Chooses the type of a question: `One answer`, `Several`, `Open text`.
pub async fn choose_answer_type(browser: &Browser, name: &str) {
    browser.click(&format!("input[name=question-kind][value={}]", json!(name))).await;
}

/// Writes a question with these options, each correct or not, on the page of questions, and waits until it is in the library.
pub async fn write_question(browser: &Browser, text: &str, options: &[(&str, bool)]) {
    let before = browser.value("document.querySelectorAll('.bank-row').length").await.as_u64().expect("a number");
    begin_question(browser).await;
    browser.fill("#question-text", text).await;
    let correct = options.iter().filter(|(_, is_correct)| *is_correct).count();
    choose_answer_type(
        browser,
        match (options.len(), correct) {
            (0, _) => "Open text",
            (_, 0 | 1) => "One answer",
            _ => "Several",
        },
    )
    .await;
    if !options.is_empty() {
        browser.click(".add-feedback").await;
    }
    for (place, (option, is_correct)) in options.iter().enumerate() {
        if place >= 2 {
            browser.click(".add-option").await;
        }
        browser.fill(&format!("#option-{place}-text"), option).await;
        browser.fill(&format!("#option-{place}-feedback"), &format!("said of {option}")).await;
        if *is_correct {
            browser.click(&format!("#option-{place}-correct")).await;
        }
    }
    browser.click(".save-question button").await;
    let expression = format!("document.querySelectorAll('.bank-row').length === {}", before + 1);
    browser.wait_for("the question in the bank", &expression).await;
}
