//! The start of the site: what is loaded in parallel, and what a visitor sees if it cannot be loaded.

use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::wait_for_connection;
use test_support::server::Server;

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
        let data = "performance.getEntriesByType('resource')
            .filter((entry) => entry.name.includes('/v1/live/snapshot')).map((entry) => entry.initiatorType)";
        let expected = if path == "/" { json!(["link"]) } else { json!([]) };
        assert_eq!(browser.value(data).await, expected, "{path} reads its data once, and as early as it can");
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

/// The server reports a later version, as after a deployment; the reloaded page is the old one, as from a cache.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_too_old_for_the_server_reloads_once_and_then_offers_it() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    browser
        .before_each_page(
            "sessionStorage.setItem('loads', 1 + Number(sessionStorage.getItem('loads')));
             const send = window.fetch;
             window.fetch = async (...request) => {
                 const answer = await send.apply(window, request);
                 const headers = new Headers(answer.headers);
                 if (headers.has('rally-version')) headers.set('rally-version', '2');
                 return new Response(answer.body, {status: answer.status, headers});
             };",
        )
        .await;
    browser.open(server.address()).await;
    let says = |words: &str| format!("document.querySelector('.new-version')?.innerText.includes('{words}')");
    let loads = "sessionStorage.getItem('loads')";
    browser.wait_for("the page to be loaded again", &format!("{loads} === '2'")).await;
    wait_for_connection(&browser, "live").await;
    browser.wait_for("the offer", &says("A new version is available")).await;
    browser.wait_until_later(3_000).await;
    assert_eq!(browser.value(loads).await, json!("2"), "once for each version");
    browser.quit().await;
}
