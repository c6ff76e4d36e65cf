//! The frame around the pages in a real browser: the sections, search by name, the user's menu, a lost connection.

use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::sign_in::{sign_in, wait_until_signed_out};
use test_support::pages::tables::TablesPage;
use test_support::pages::{assert_no_sideways_scroll, assert_sound, wait_for_connection, wait_for_page};
use test_support::rooms::continents;
use test_support::server::Server;
use thirtyfour::Key;

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const DOWN: &str = "\u{e015}";

/// A phone in landscape.
const SIDEWAYS: Screen = Screen { width: 844, height: 390, is_dark: false };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anything_is_gone_to_by_its_name() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", false).await;
    ada.question(&continents()).await;
    let bob = server.member("Bob").await;
    let other = bob.room("Bird songs", false).await;
    let browser = Browser::start(Screen::DESK).await;
    sign_in(&browser, &server, "/rooms", "Ada").await;
    browser.click_text("nav a", "Tables").await;
    TablesPage::on(&browser).wait_for("lobby", "free").await;
    browser.watch_focus().await;
    for (typed, group, path) in [
        ("lob", "Tables", "/tables/lobby".to_owned()),
        ("bio", "Rooms", format!("/rooms/{}/control", room.id)),
        ("songs bird", "Rooms", format!("/rooms/{}", other.id)),
        ("continents", "Your questions", "/questions".to_owned()),
        ("factor", "Pages", "/factories".to_owned()),
    ] {
        browser.press(Key::Control + "k").await;
        browser.wait_for("the dialog", "document.activeElement?.id === 'jump-search'").await;
        browser.fill("#jump-search", typed).await;
        let first = "document.querySelector('.jump-results section:not([hidden]) h2')?.innerText";
        browser.wait_for(&format!("{typed} in {group}"), &format!("{first} === {}", json!(group))).await;
        browser.press(ENTER).await;
        browser
            .wait_for(
                &path,
                &format!("location.pathname === {} && !document.querySelector('dialog[open]')", json!(path)),
            )
            .await;
        browser.assert_focus_kept("the dialog is closed").await;
    }
    for path in ["/questions".to_owned(), format!("/rooms/{}", other.id), format!("/rooms/{}/control", room.id)] {
        browser.value("history.back()").await;
        browser
            .wait_for(&path, &format!("location.pathname === {} && document.activeElement.matches('h1')", json!(path)))
            .await;
    }
    browser.assert_focus_was_kept().await;
    browser.press(Key::Control + "k").await;
    browser.wait_for("the dialog", "document.activeElement?.id === 'jump-search'").await;
    assert_sound(&browser, "going to anything").await;
    browser.fill("#jump-search", "no such thing").await;
    browser
        .wait_for("that nothing is found", "document.querySelector('.jump')?.innerText.includes('No matches')")
        .await;
    browser.press(ESCAPE).await;
    browser.wait_for("the dialog to be closed", "!document.querySelector('dialog[open]')").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_has_the_sections_under_the_thumb() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::PHONE).await;
    browser.open(server.address()).await;
    wait_for_connection(&browser, "live").await;
    let bar = "(() => { const bar = document.querySelector('.site-nav').getBoundingClientRect(); return [bar.bottom, bar.height]; })()";
    assert_eq!(browser.value(&format!("{bar}[0]")).await, json!(844));
    assert_no_sideways_scroll(&browser).await;
    browser.click(".nav-more").await;
    browser.wait_for("the list", "document.querySelector('.popover:popover-open .menu-entry')").await;
    assert_sound(&browser, "the sections of a phone").await;
    browser.press(DOWN).await;
    browser.click_text(".popover:popover-open a", "Factories").await;
    wait_for_page(&browser, "/factories", "Factories").await;
    browser.wait_for("the list to be closed", "!document.querySelector('.popover:popover-open')").await;
    let more = browser.value("document.querySelector('.nav-more').getAttribute('aria-current')").await;
    assert_eq!(more, json!("true"), "the page is behind it");
    browser.quit().await;
}

/// Fault: a returning member saw the sign-in button until the server's response with their name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_comes_back_is_not_taken_for_a_visitor() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::PHONE).await;
    sign_in(&browser, &server, "/settings", "Ada").await;
    let watch = "window.offered = 0; new MutationObserver(() => { window.offered += document.querySelectorAll('.account .sign-in').length; })
        .observe(document, { childList: true, subtree: true });";
    browser.before_each_page(watch).await;
    browser.open(&format!("{}/factories", server.address())).await;
    browser.wait_for("the member", "document.querySelector('.account-name')?.innerText === 'Ada'").await;
    assert_eq!(browser.value("window.offered").await, json!(0));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_users_menu_signs_out_and_changes_the_theme() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    sign_in(&browser, &server, "/rooms", "Ada").await;
    browser.click(".account-button").await;
    browser.wait_for("the menu", "document.querySelector('.popover:popover-open')").await;
    assert_sound(&browser, "the user's menu").await;
    browser.click(".menu-theme").await;
    browser.wait_for("the light theme", "document.documentElement.dataset.theme === 'light'").await;
    browser.click(".menu-theme").await;
    browser.wait_for("the dark theme", "document.documentElement.dataset.theme === 'dark'").await;
    browser.press(ESCAPE).await;
    browser.assert_focus_on(".account-button", "after Escape").await;
    browser.press(ENTER).await;
    browser.click_text(".popover:popover-open button", "Sign out").await;
    wait_until_signed_out(&browser).await;
    browser.quit().await;
}

/// The header used to wrap into rows on a phone in landscape, and a lost connection pushed everything down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_moves_nothing() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    for screen in [Screen::PHONE, SIDEWAYS, Screen::DESK, Screen::NARROW] {
        let browser = Browser::start(screen).await;
        browser.remember_connections().await;
        browser.open(server.address()).await;
        wait_for_connection(&browser, "live").await;
        TablesPage::on(&browser).wait_for("lobby", "free").await;
        let places = "[...document.querySelectorAll('.site-header, main h1, .table-card')].map((one) => {
            const place = one.getBoundingClientRect(); return [place.x, place.y, place.width]; })";
        let before = browser.value(places).await;
        browser.set_network(false).await;
        browser.cut_connections().await;
        wait_for_connection(&browser, "offline").await;
        assert_eq!(browser.value(places).await, before, "{screen:?}");
        assert_no_sideways_scroll(&browser).await;
        let pill = "(() => { const pill = document.querySelector('.connection-pill').getBoundingClientRect();
            return pill.left >= 0 && pill.right <= window.innerWidth && pill.height < 60; })()";
        assert_eq!(browser.value(pill).await, json!(true), "{screen:?}");
        browser.quit().await;
    }
}
