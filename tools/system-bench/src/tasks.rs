//! The effort of people's tasks in a room: clicks, keys, and scrolling. For `cargo xtask bench tasks`.

use anyhow::Result;
use serde_json::{Value, json};

use test_support::browser::{Browser, Screen};
use test_support::pages::host::HostPage;
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::sign_in;
use test_support::rooms::{Room, continents, essay, primes};
use test_support::server::Server;

const ENTER: &str = "\u{e007}";

/// Counts the user's actions, across the documents of a tab. A click caused by a key has no detail.
const COUNTER: &str = "(() => {
    const kept = JSON.parse(sessionStorage.getItem('counted') ?? '{\"presses\":0,\"keys\":0,\"letters\":0,\"scrolled\":0}');
    const keep = () => sessionStorage.setItem('counted', JSON.stringify(kept));
    const places = new WeakMap();
    addEventListener('click', (event) => { if (event.isTrusted && event.detail > 0) { kept.presses += 1; keep(); } }, true);
    addEventListener('keydown', (event) => {
        if (event.key === 'Shift') return;
        const isWriting = event.key.length === 1 && event.target.matches('input, textarea');
        kept[isWriting ? 'letters' : 'keys'] += 1; keep(); }, true);
    addEventListener('scroll', ({ target }) => {
        const box = target === document ? document.scrollingElement : target;
        kept.scrolled += Math.abs(box.scrollTop - (places.get(box) ?? 0)); places.set(box, box.scrollTop); keep(); }, true);
})();";

/// The effort of a task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Clicks or taps.
    pub presses: u64,
    /// Keys other than letters in a field.
    pub keys: u64,
    /// Letters typed into fields.
    pub letters: u64,
    /// Pixels scrolled, over all scroll containers.
    pub scrolled: u64,
}

impl Effort {
    /// The time of a practised person in seconds, by the keystroke-level model of Card, Moran and Newell: 1.3 s for pointing and
    /// pressing, 0.28 s for a key, 1.35 s for mental preparation before each step; 2 s for each screen that is scrolled.
    pub fn seconds(self, screen: Screen) -> f64 {
        let Self { presses, keys, letters, scrolled } = self;
        let count = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        let screens = count(scrolled) / f64::from(screen.height);
        count(presses).mul_add(1.3 + 1.35, count(keys) * (0.28 + 1.35)) + count(letters).mul_add(0.28, screens * 2.0)
    }
}

/// A task, its device, and its effort.
#[derive(Debug)]
pub struct Counted {
    /// The task.
    pub task: &'static str,
    /// The device.
    pub screen: Screen,
    /// The effort.
    pub effort: Effort,
}

/// Does every task on a desktop and on a phone.
///
/// # Errors
/// The counts cannot be read.
pub async fn count() -> Result<Vec<Counted>> {
    let mut counted = Vec::new();
    for (screen, has_keyboard) in [(Screen::DESK, true), (Screen::DESK, false), (Screen::PHONE, false)] {
        let task = match has_keyboard {
            true => "host: create a room, ask three questions, show feedback, export; with keys",
            false => "host: the same by pressing alone",
        };
        counted.push(Counted { task, screen, effort: host(screen, has_keyboard).await? });
    }
    counted.push(Counted {
        task: "guest: join by the code, answer one, several and in words, see each verdict",
        screen: Screen::PHONE,
        effort: guest(Screen::PHONE).await?,
    });
    Ok(counted)
}

async fn host(screen: Screen, has_keyboard: bool) -> Result<Effort> {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    for question in [continents(), primes(), essay()] {
        ada.question(&question).await;
    }
    let browser = Browser::start(screen).await;
    sign_in(&browser, &server, "/rooms", "Ada").await;
    begin(&browser, &format!("{}/rooms", server.address())).await;
    browser.click_shown(".new-room").await;
    browser.wait_for("the form", "document.activeElement?.id === 'new-room-name'").await;
    browser.press("Biology").await;
    browser.press(ENTER).await;
    browser.wait_for("the panel", "document.querySelector('.control[data-state=no_question]')").await;
    let host_page = HostPage::on(&browser);
    host_page.wait_for_step("choose").await;
    if !browser.is_shown(".add-all").await {
        browser.click_shown(".next-step").await;
    }
    browser.click_shown(".add-all").await;
    for pick in 1..=3 {
        host_page.wait_for_step("pick").await;
        step(&browser, has_keyboard).await;
        host_page.wait_for_pick(pick, "open").await;
        host_page.wait_until_settled().await;
        step(&browser, has_keyboard).await;
        host_page.wait_for_pick(pick, "closed").await;
    }
    browser.click_shown(".host-tools > .menu-button").await;
    browser.click_shown(".popover:popover-open .export-session").await;
    let effort = end(&browser).await;
    browser.quit().await;
    effort
}

/// The main button, or its keyboard shortcut.
async fn step(browser: &Browser, has_keyboard: bool) {
    if has_keyboard {
        browser.press_on_page(" ").await;
    } else {
        browser.click_shown(".next-step").await;
    }
}

async fn guest(screen: Screen) -> Result<Effort> {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room: Room<'_> = ada.room("Biology", true).await;
    let browser = Browser::start(screen).await;
    begin(&browser, &format!("{}/rooms", server.address())).await;
    browser.click_shown("#join-code").await;
    browser.press(&room.code).await;
    browser.wait_for("the room", "document.querySelector('#guest-name')").await;
    browser.click_shown("#guest-name").await;
    browser.press("Eve").await;
    browser.press(ENTER).await;
    let page = RoomPage::on(&browser);
    page.wait_for_state("no_question").await;
    room.pick(&json!({"text": "Which is a prime?", "options": [{"text": "4"}, {"text": "5", "isCorrect": true}]}))
        .await;
    page.wait_for_pick(1, "open").await;
    browser.click_shown(".choice[data-option=\"1\"]").await;
    page.wait_until_sent().await;
    room.show_feedback(1).await;
    verdict(&browser, 1).await;
    let several = json!({"text": "Which are primes?", "type": "multiple_answer",
        "options": [{"text": "2", "isCorrect": true}, {"text": "3", "isCorrect": true}, {"text": "4"}]});
    room.pick(&several).await;
    page.wait_for_pick(2, "open").await;
    for option in 0..2 {
        browser.click_shown(&format!(".choice[data-option=\"{option}\"]")).await;
    }
    browser.click_shown(".send-answer .primary").await;
    page.wait_until_sent().await;
    room.show_feedback(2).await;
    verdict(&browser, 2).await;
    room.pick(&essay()).await;
    page.wait_for_pick(3, "open").await;
    browser.click_shown(".answer-form textarea").await;
    browser.press("Because").await;
    browser.click_shown(".send-answer .primary").await;
    page.wait_until_sent().await;
    let effort = end(&browser).await;
    browser.quit().await;
    effort
}

/// The verdict must be visible without scrolling.
async fn verdict(browser: &Browser, pick: u32) {
    let seen = format!(
        "(() => {{ const place = document.querySelector('[data-pick=\"{pick}\"] .verdict, .verdict')?.getBoundingClientRect();
            return document.querySelector('[data-pick=\"{pick}\"]')?.dataset.phase === 'closed' && place
                && place.top >= 0 && place.bottom <= innerHeight; }})()"
    );
    browser.wait_for("the verdict in sight", &seen).await;
}

/// Opens the start page of a task, with all counts at zero.
async fn begin(browser: &Browser, address: &str) {
    browser.before_each_page(COUNTER).await;
    browser.open(address).await;
    browser.wait_for("the page", "document.querySelector('main h1') && !document.querySelector('#shell')").await;
}

async fn end(browser: &Browser) -> Result<Effort> {
    let counted = browser.value("sessionStorage.getItem('counted')").await;
    let counted: Value = serde_json::from_str(counted.as_str().unwrap_or_default())?;
    let number = |name: &str| counted[name].as_f64().map_or(0, |number| number.round() as u64);
    let [presses, keys, letters, scrolled] = ["presses", "keys", "letters", "scrolled"].map(number);
    Ok(Effort { presses, keys, letters, scrolled })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_scrolled_and_pressed_takes_time() {
        let effort = Effort { presses: 2, keys: 0, letters: 0, scrolled: 900 };
        assert!((effort.seconds(Screen::DESK) - 7.3).abs() < 0.01, "{}", effort.seconds(Screen::DESK));
        let none = Effort { presses: 0, keys: 0, letters: 0, scrolled: 0 };
        assert!(none.seconds(Screen::PHONE).abs() < f64::EPSILON);
    }
}
