//! How the site starts: what is loaded beside what, and what a visitor sees if it cannot be loaded.

use journeys::browser::{Browser, Screen};
use journeys::pages::wait_for_connection;
use journeys::server::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_cannot_be_loaded_says_so_and_can_be_reloaded() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::PHONE).await;
    for part in ["*/assets/rally-*.js", "*/assets/rally-*.wasm"] {
        browser.block(&[part]).await;
        browser.open(server.address()).await;
        let message = "document.querySelector('[role=alert]')?.innerText.includes('could not be loaded')";
        browser.wait_for(&format!("the message that {part} is missing"), message).await;
        browser.block(&[]).await;
        browser.click_text("[role=alert] button", "Reload").await;
        wait_for_connection(&browser, "live").await;
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_first_page_needs_is_preloaded_and_fetched_once() {
    let server = Server::start().await;
    for path in ["/", "/tables/lobby", "/rooms", "/items"] {
        let browser = Browser::start(Screen::DESK).await;
        browser.open(&format!("{}{path}", server.address())).await;
        wait_for_connection(&browser, "live").await;
        let late = browser
            .value(
                "performance.getEntriesByType('resource')
                    .filter((entry) => entry.name.endsWith('.wasm') && entry.initiatorType !== 'link')
                    .map((entry) => entry.name)",
            )
            .await;
        assert_eq!(late, json!([]), "{path} waits for what no preload names");
        browser.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_knows_the_version_that_is_served() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    browser.open(server.address()).await;
    let served = browser.value("fetch('/version.json').then((response) => response.json())").await;
    let known = browser.value("document.querySelector('meta[name=rally-version]').content").await;
    assert_eq!(served["version"], known);
    assert_eq!(known.as_str().unwrap().len(), 16, "{known}");
    browser.quit().await;
}
