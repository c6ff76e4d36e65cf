//! The bell, toasts, desktop notifications, and the settings of notifications.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::fake_services::PushBrowser;
use crate::server::Server;

/// Allows notifications for the site, and replaces Chromium's own push service, which cannot be reached, by the test's. The rest is the
/// browser's.
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

/// Delivers the push service's message to the real service worker.
pub async fn deliver(browser: &Browser, server: &Server, notice: &Value) {
    // Chromium drops messages that are delivered before a worker is active.
    browser.value("navigator.serviceWorker.ready.then(() => true)").await;
    browser.devtools("ServiceWorker.enable", json!({})).await;
    // A fresh profile has one worker, and Chromium counts them from 0.
    let origin = format!("{}/", server.address());
    let push = json!({"origin": origin, "registrationId": "0", "data": notice.to_string()});
    browser.devtools("ServiceWorker.deliverPushMessage", push).await;
}

/// Waits until the worker has handled this notification, the last that it shows, and checks the titles on the desktop.
///
/// The worker's stored state shows when it is done, and the desktop is read once: Chromium drops a notification that is queried while
/// it is on its way to the desktop.
pub async fn assert_desktop(browser: &Browser, last: &Value, titles: &[&str]) {
    // Without timers: those of a hidden page may stop on a busy machine. Each check is a request to the browser.
    let script = "const done = arguments[arguments.length - 1];
        const look = async () => {
            const memory = await caches.open('rally-notices');
            do {
                const found = await memory.match(`/notices/${encodeURIComponent(TAG)}`);
                window.lastSeen = (await found?.json())?.event;
            } while (window.lastSeen !== EVENT);
            done(true);
        };
        look().catch((error) => { window.lastSeen = String(error); });";
    let script = script.replace("TAG", &last["tag"].to_string()).replace("EVENT", &last["event"].to_string());
    browser.wait_with("the notice to be dealt with", &last.to_string(), &script).await;
    let shown = "navigator.serviceWorker.ready.then((worker) => worker.getNotifications())
        .then((all) => all.map((one) => one.title).sort())";
    assert_eq!(browser.value(shown).await, json!(titles), "on the desktop after {last}");
}

/// Waits until the page's only bell is set or not set.
pub async fn wait_for_bell(browser: &Browser, is_set: bool) {
    let expression = format!("document.querySelector('.notify:not([aria-busy])')?.dataset.set === '{is_set}'");
    browser.wait_for("the bell", &expression).await;
}

/// Opens the dialog of the page's only bell, if it is not open.
pub async fn open_choice(browser: &Browser) {
    let is_open = "Boolean(document.querySelector('.notify-form'))";
    if browser.value(is_open).await == json!(false) {
        browser.click(".bell").await;
    }
    browser.wait_for("the choice", is_open).await;
}

/// Saves the dialog.
pub async fn save_choice(browser: &Browser) {
    browser.click(".notify-form [type=submit]").await;
}

/// Presses the page's only bell: saves the proposed alert; a set bell is turned off.
pub async fn press_bell(browser: &Browser) {
    open_choice(browser).await;
    let is_set = browser.value("document.querySelector('.notify').dataset.set").await == json!("true");
    if is_set {
        browser.click(&choice("Off")).await;
    }
    save_choice(browser).await;
}

/// Answers the page's dialog before the browser's own permission dialog.
pub async fn answer_question(browser: &Browser, answer: &str) {
    let words = "document.querySelector('dialog[open]')?.innerText.includes('Your browser will ask')";
    browser.wait_for("the explanation", words).await;
    browser.click_text("dialog[open] button", answer).await;
}

/// Waits until a toast shows this text.
pub async fn wait_for_message(browser: &Browser, words: &str) {
    let expression = format!("document.querySelector('.message')?.innerText.includes({})", json!(words));
    browser.wait_for("a message", &expression).await;
}

/// Whether the page shows a toast.
pub async fn has_message(browser: &Browser) -> bool {
    browser.value("Boolean(document.querySelector('.message'))").await == json!(true)
}

/// Closes the toast.
pub async fn close_message(browser: &Browser) {
    browser.click_text(".message button", "Close").await;
}

/// Waits until these words are somewhere on the page.
pub async fn wait_for_words(browser: &Browser, words: &str) {
    let expression = format!("document.querySelector('main').innerText.includes({})", json!(words));
    browser.wait_for(&format!("“{words}”"), &expression).await;
}

/// Presses a button of the page.
pub async fn press(browser: &Browser, words: &str) {
    browser.click_text("main button", words).await;
}

fn choice(words: &str) -> String {
    format!("input[value={}]", json!(words))
}

/// Chooses when to notify, on a table's own page, and saves it.
pub async fn choose(browser: &Browser, words: &str) {
    open_choice(browser).await;
    browser.click(&choice(words)).await;
    save_choice(browser).await;
}

/// Waits until the server has stored it: the bell shows a summary.
pub async fn wait_for_choice(browser: &Browser, words: &str) {
    let short = match words {
        "Off" => "Notify me",
        "Next time it's free" => "On · until free",
        "Every change" => "On · every change",
        "When it's free, at these times" => "On · at set times",
        other => panic!("no bell says {other}"),
    };
    let bell = "document.querySelector('.notify:not([aria-busy]) .bell')";
    let expression = format!("{bell}?.innerText.trim() === {}", json!(short));
    browser.wait_for_soon(&format!("“{words}” to be chosen"), &expression).await;
}
