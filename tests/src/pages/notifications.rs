//! The bell, what the page says over everything, what the desktop shows, and the settings of all that.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::outside::PushBrowser;
use crate::server::Server;

/// Lets the site ring, and puts the test's push service in place of Chromium's own, which cannot be reached. Everything
/// else is the browser's.
pub async fn allow_push(browser: &Browser, server: &Server, device: &PushBrowser) {
    let permissions = json!({"permissions": ["notifications"], "origin": server.address()});
    browser.devtools("Browser.grantPermissions", permissions).await;
    let source = format!(
        "PushManager.prototype.subscribe = async function (options) {{
           if (!options.userVisibleOnly || !options.applicationServerKey) throw new Error('not as it must be');
           return {{ toJSON: () => ({}) }};
         }};",
        device.subscription()
    );
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
}

/// Hands the real service worker what the push service got.
pub async fn deliver(browser: &Browser, server: &Server, notice: &Value) {
    browser.devtools("ServiceWorker.enable", json!({})).await;
    // A fresh profile has one worker, and Chromium counts them from 0.
    let origin = format!("{}/", server.address());
    let push = json!({"origin": origin, "registrationId": "0", "data": notice.to_string()});
    browser.devtools("ServiceWorker.deliverPushMessage", push).await;
}

/// Waits until the desktop shows notifications of these titles, and no others.
pub async fn wait_for_desktop(browser: &Browser, titles: &[&str]) {
    let script = "const done = arguments[arguments.length - 1]; const look = async () => {
            const registration = await navigator.serviceWorker.getRegistration();
            const all = await registration.getNotifications();
            const titles = window.lastSeen = JSON.stringify(all.map((one) => one.title).sort());
            titles === EXPECTED ? done(true) : setTimeout(look, 50);
        }; look().catch((error) => { window.lastSeen = String(error); });";
    let expected = json!(json!(titles).to_string()).to_string();
    browser
        .wait_with(&format!("{titles:?} on the desktop"), "getNotifications()", &script.replace("EXPECTED", &expected))
        .await;
}

/// Waits until the bell of the only table is set, or not.
pub async fn wait_for_bell(browser: &Browser, is_set: bool) {
    let expression =
        format!("document.querySelector('.bell:not([aria-busy])')?.getAttribute('aria-pressed') === '{is_set}'");
    browser.wait_for("the bell", &expression).await;
}

/// Waits until there is no bell: the table is free, and nobody waits for it.
pub async fn wait_for_no_bell(browser: &Browser) {
    browser.wait_for("no bell", "document.querySelector('[data-table]') && !document.querySelector('.bell')").await;
}

/// Presses the bell.
pub async fn press_bell(browser: &Browser) {
    browser.click(".bell").await;
}

/// Answers the question that comes before the browser's own.
pub async fn answer_question(browser: &Browser, answer: &str) {
    let words = "document.querySelector('dialog[open]')?.innerText.includes('Your browser will ask')";
    browser.wait_for("the explanation", words).await;
    browser.click_text("dialog[open] button", answer).await;
}

/// Waits until the page says this over everything.
pub async fn wait_for_message(browser: &Browser, words: &str) {
    let expression = format!("document.querySelector('.message')?.innerText.includes({})", json!(words));
    browser.wait_for("a message", &expression).await;
}

/// Whether the page says anything over everything.
pub async fn has_message(browser: &Browser) -> bool {
    browser.value("Boolean(document.querySelector('.message'))").await == json!(true)
}

/// Closes what the page says.
pub async fn close_message(browser: &Browser) {
    browser.click_text(".message button", "Close").await;
}

/// Waits until these words stand somewhere on the page.
pub async fn wait_for_words(browser: &Browser, words: &str) {
    let expression = format!("document.querySelector('main').innerText.includes({})", json!(words));
    browser.wait_for(&format!("“{words}”"), &expression).await;
}

/// Does what a button of the page says.
pub async fn press(browser: &Browser, words: &str) {
    browser.click_text("main button", words).await;
}

fn choice(words: &str) -> String {
    format!("input[value={}]", json!(words))
}

/// Chooses when to be told, on a table's own page.
pub async fn choose(browser: &Browser, words: &str) {
    browser.click(&choice(words)).await;
}

/// Waits until that is chosen.
pub async fn wait_for_choice(browser: &Browser, words: &str) {
    let selector = format!("input[value={}]", json!(words));
    let is_saved = "!document.querySelector('fieldset[aria-busy=true]')";
    let expression = format!("document.querySelector({})?.checked && {is_saved}", json!(selector));
    browser.wait_for_soon(&format!("“{words}” to be chosen"), &expression).await;
}
