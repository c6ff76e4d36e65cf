//! Page objects: what a user of the site's pages can see and do, independent of the markup. Only this module contains selectors.

pub mod admin;
pub mod factories;
pub mod host;
pub mod items;
pub mod notifications;
pub mod questions;
pub mod room;
pub mod sign_in;
pub mod table;
pub mod tables;

use serde_json::json;

use crate::browser::Browser;

/// The connection status in the header: `live`, `connecting`, `reconnecting`, `offline`.
pub async fn wait_for_connection(browser: &Browser, state: &str) {
    let expression = format!("document.querySelector('[data-connection]')?.dataset.connection === '{state}'");
    browser.wait_for(&format!("the connection to be {state}"), &expression).await;
}

/// Waits until the page at this path is shown under this heading.
pub async fn wait_for_page(browser: &Browser, path: &str, heading: &str) {
    let expression = format!(
        "location.pathname === {} && document.querySelector('main h1')?.innerText.trim() === {}",
        json!(path),
        json!(heading)
    );
    browser.wait_for(&format!("{path} under “{heading}”"), &expression).await;
}

/// The heading of the page that is shown.
pub async fn main_heading(browser: &Browser) -> String {
    browser.value("document.querySelector('main h1').innerText.trim()").await.as_str().unwrap_or_default().to_owned()
}

/// Whether the page can be read without scrolling sideways.
pub async fn assert_no_sideways_scroll(browser: &Browser) {
    let widths = browser.value("[document.documentElement.scrollWidth, window.innerWidth]").await;
    let (needed, there) = (widths[0].as_u64(), widths[1].as_u64());
    if needed > there {
        let picture = browser.keep_screenshot("too-wide").await;
        panic!("the page is {needed:?} wide on a screen of {there:?}: {}", picture.display());
    }
}

/// Asserts that axe-core finds nothing and the page has logged no error.
pub async fn assert_sound(browser: &Browser, what: &str) {
    let violations = browser.violations().await;
    if !violations.is_empty() {
        let picture = browser.keep_screenshot("violations").await;
        panic!("{what}: {violations:#?}\n{}", picture.display());
    }
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{what}: {complaints:#?}");
}
