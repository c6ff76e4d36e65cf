//! Signing in and out, as a person does it: through the issuer's page.

use serde_json::json;

use crate::browser::Browser;
use crate::server::Server;

/// Signs in from a page that requires it, and waits until that page is back.
pub async fn sign_in(browser: &Browser, server: &Server, path: &str, name: &str) {
    browser.open(&format!("{}{path}", server.address())).await;
    browser.click_text("main button", "Sign in").await;
    match server.deployment() {
        None => give_name(browser, name).await,
        Some(deployment) => {
            for (field, text) in deployment.credentials(name) {
                browser.fill(&format!("#{field}"), &text).await;
            }
            browser.press("\u{e007}").await;
        }
    }
    wait_until_back(browser, path).await;
}

/// Enters a name on the issuer's page.
pub async fn give_name(browser: &Browser, name: &str) {
    browser.wait_for("the issuer's page", "document.querySelector('#name')").await;
    browser.fill("#name", name).await;
    browser.press("\u{e007}").await;
}

/// Waits until the site shows this page again with a person signed in.
pub async fn wait_until_back(browser: &Browser, path: &str) {
    let expression = format!("location.pathname === {} && document.querySelector('.account-name')", json!(path));
    browser.wait_for(&format!("to be signed in and back at {path}"), &expression).await;
}

/// Waits until no person is signed in.
pub async fn wait_until_signed_out(browser: &Browser) {
    let expression = "document.querySelector('.sign-in') && !document.querySelector('.account-name')";
    browser.wait_for("no user to be signed in", expression).await;
}
