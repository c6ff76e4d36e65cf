//! The bell, what the page says over everything, what the desktop shows, and the settings of all that.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::fake_services::PushBrowser;
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
    // Chromium drops what is delivered before a worker is active.
    browser.value("navigator.serviceWorker.ready.then(() => true)").await;
    browser.devtools("ServiceWorker.enable", json!({})).await;
    // A fresh profile has one worker, and Chromium counts them from 0.
    let origin = format!("{}/", server.address());
    let push = json!({"origin": origin, "registrationId": "0", "data": notice.to_string()});
    browser.devtools("ServiceWorker.deliverPushMessage", push).await;
}

/// Waits until the worker is done with this notice, the last that it shows, and checks the titles on the desktop.
///
/// It is known by what the worker remembers, and the desktop is looked at once: Chromium drops a notification that
/// is asked for while it is on its way to the desktop.
pub async fn assert_desktop(browser: &Browser, last: &Value, titles: &[&str]) {
    // Without timers: those of a hidden page stand still on a busy machine. Each look is a request to the browser.
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

/// Waits until the page's only bell is set, or not.
pub async fn wait_for_bell(browser: &Browser, is_set: bool) {
    let expression = format!("document.querySelector('.notify:not([aria-busy])')?.dataset.set === '{is_set}'");
    browser.wait_for("the bell", &expression).await;
}

/// Opens the choice behind the page's only bell, if it is not open.
pub async fn open_choice(browser: &Browser) {
    let is_open = "Boolean(document.querySelector('.notify-form'))";
    if browser.value(is_open).await == json!(false) {
        browser.click(".bell").await;
    }
    browser.wait_for("the choice", is_open).await;
}

/// Saves what is chosen.
pub async fn save_choice(browser: &Browser) {
    browser.click(".notify-form [type=submit]").await;
}

/// Presses the page's only bell: saves what it proposes; a bell that is set is turned off.
pub async fn press_bell(browser: &Browser) {
    open_choice(browser).await;
    let is_set = browser.value("document.querySelector('.notify').dataset.set").await == json!("true");
    if is_set {
        browser.click(&choice("Off")).await;
    }
    save_choice(browser).await;
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

/// Chooses when to be told, on a table's own page, and saves it.
pub async fn choose(browser: &Browser, words: &str) {
    open_choice(browser).await;
    browser.click(&choice(words)).await;
    save_choice(browser).await;
}

/// Waits until that is what the server has: the bell says it in short.
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
