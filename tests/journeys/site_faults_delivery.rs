//! How the site's parts are loaded while it is open: a chunk that cannot be loaded, a new version, navigation between pages.

use reqwest::Method;
use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::sign_in::sign_in;
use test_support::pages::tables::TablesPage;
use test_support::pages::{main_heading, wait_for_connection, wait_for_page};
use test_support::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_whose_code_cannot_be_loaded_says_so_and_is_tried_again() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    browser.block(&["*/assets/factories-*"]).await;
    browser.open(server.address()).await;
    wait_for_connection(&browser, "live").await;
    browser.value("window.isSamePage = true").await;
    browser.click_text("nav a", "Factories").await;
    wait_for_page(&browser, "/factories", "This page couldn't be loaded").await;
    browser.wait_for("what to do", "document.querySelector('main').innerText.includes('Check your network')").await;
    browser.block(&[]).await;
    browser.click_text("main button", "Try again").await;
    browser.wait_for("the page", "document.querySelector('.factory-tree')").await;
    assert_eq!(main_heading(&browser).await, "Factories");
    // A page that cannot be loaded does not affect the others.
    browser.click_text("nav a", "Rooms").await;
    wait_for_page(&browser, "/rooms", "Rooms").await;
    assert_eq!(browser.value("window.isSamePage").await, json!(true), "no page was loaded anew");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_is_offered_and_the_open_page_goes_on() {
    let (server, site) = Server::start_with_own_site().await;
    server.api().register("lobby", "Lobby").await;
    let browser = Browser::start(Screen::DESK).await;
    browser.remember_connections().await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "free").await;
    wait_for_connection(&browser, "live").await;
    // A connection that is lost and restored, without a change.
    browser.cut_connections().await;
    wait_for_connection(&browser, "reconnecting").await;
    wait_for_connection(&browser, "live").await;
    assert_eq!(browser.value("document.querySelector('.new-version')").await, json!(null));

    std::fs::write(site.path().join("version.json"), r#"{"version":"0123456789abcdef"}"#).unwrap();
    browser.cut_connections().await;
    browser
        .wait_for(
            "the offer",
            "document.querySelector('.new-version')?.innerText.includes('A new version is available')",
        )
        .await;
    wait_for_connection(&browser, "live").await;
    server.api().report("lobby", false).await;
    page.shows("lobby", "busy").await;
    browser.click_text(".new-version button", "Later").await;
    browser.wait_for("the offer to go", "!document.querySelector('.new-version')").await;
    browser.assert_focus_kept("the offer is closed").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn navigation_does_not_reload_the_site() {
    let server = Server::start().await;
    for number in 0..20 {
        server.api().register(&format!("table-{number:02}"), "").await;
    }
    let item = server.api().call_with(Method::PUT, "/v1/items/vehicle:3", &json!({"value": 1})).await;
    assert_eq!(item.status, 200, "{}", item.body);
    let bo = server.member("Bo").await;
    let room = bo.room("Biology", true).await;
    let browser = Browser::start(Screen::PHONE).await;
    sign_in(&browser, &server, "/questions", "Ada").await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("table-19", "free").await;
    wait_for_connection(&browser, "live").await;
    browser.value("window.isSamePage = true").await;
    let room_path = format!("/rooms/{}", room.id);
    let room_link = format!("a[href='{room_path}']");
    let ways = [
        ("nav a[href='/rooms']", "/rooms", "Rooms"),
        (room_link.as_str(), room_path.as_str(), "Biology"),
        (".room-back", "/rooms", "Rooms"),
        ("nav a[href='/items']", "/items", "Items"),
        ("a[href='/items/vehicle:3']", "/items/vehicle:3", "vehicle:3"),
        ("nav a[href='/factories']", "/factories", "Factories"),
        ("nav a[href='/settings']", "/settings", "Settings"),
        ("nav a[href='/questions']", "/questions", "Questions"),
        ("a.site-name", "/", "Tables"),
    ];
    for (link, path, heading) in ways {
        if link.starts_with("nav") && !browser.is_shown(link).await {
            browser.click(".nav-more").await;
        }
        browser.click_shown(link).await;
        wait_for_page(&browser, path, heading).await;
        browser.wait_for_soon("the focus on the heading", "document.activeElement.tagName === 'H1'").await;
        assert_eq!(browser.value("window.isSamePage").await, json!(true), "{path} was loaded anew");
    }

    page.wait_for("table-19", "free").await;
    browser.value("window.scrollTo(0, 700)").await;
    browser.wait_for_soon("the page to be scrolled", "window.scrollY === 700").await;
    let seen = "(() => { const all = [...document.querySelectorAll('a.table-card')];
        return all.find((one) => one.getBoundingClientRect().top > 100).getAttribute('href'); })()";
    let link = browser.value(seen).await;
    browser.value(&format!("document.querySelector('a[href=\"{}\"]').click()", link.as_str().unwrap())).await;
    browser.wait_for("the table's page", "document.querySelector('.line-panel')").await;
    browser.wait_for_soon("the page from its top", "window.scrollY === 0").await;
    browser.value("history.back()").await;
    wait_for_page(&browser, "/", "Tables").await;
    browser.wait_for_soon("the page where it was left", "Math.abs(window.scrollY - 700) < 2").await;
    assert_eq!(browser.value("window.isSamePage").await, json!(true));
    browser.quit().await;
}
