//! Sign-in in a real browser: silent renewal, expiry, and sign-out in every tab.

use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::{give_name, sign_in, wait_until_back, wait_until_signed_out};
use test_support::pages::tables::TablesPage;
use test_support::pages::wait_for_connection;
use test_support::rooms::continents;
use test_support::server::Server;

const ESCAPE: &str = "\u{e00c}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ends_in_the_middle_of_an_answer_is_renewed_unseen() {
    let server = Server::start_with(&["--token-lifetime", "4"]).await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", false).await;
    room.pick(&continents()).await;
    let browser = Browser::start(Screen::DESK).await;
    let path = format!("/rooms/{}", room.id);
    sign_in(&browser, &server, &path, "Bob").await;
    let page = RoomPage::on(&browser);
    page.wait_for_pick(1, "open").await;
    browser.wait_until_later(4_500).await;
    page.choose(1).await;
    page.wait_until_sent().await;
    let asked = browser.value("document.querySelector('dialog[open]') !== null").await;
    assert_eq!(asked, json!(false), "no sign-in dialog is shown");
    assert_eq!(
        server.member("Ada").await.api.call(reqwest::Method::GET, &room.path("/picks/1/attempts")).await.data()[0]["name"],
        "Bob"
    );
    browser.wait_until_later(4_500).await;
    browser.open(&format!("{}{path}", server.address())).await;
    wait_until_back(&browser, &path).await;
    page.wait_until_chosen(1).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_session_shows_one_dialog_and_loses_no_input() {
    let server = Server::start_with(&["--token-lifetime", "4"]).await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", false).await;
    room.pick(&continents()).await;
    let browser = Browser::start(Screen::PHONE).await;
    let path = format!("/rooms/{}", room.id);
    sign_in(&browser, &server, &path, "Bob").await;
    let page = RoomPage::on(&browser);
    page.wait_for_pick(1, "open").await;
    server.revoke(&browser.value("localStorage.getItem('rally-refresh')").await).await;
    browser.wait_until_later(4_500).await;
    page.choose(2).await;
    page.wait_until_chosen(2).await;
    browser
        .wait_for(
            "to be asked",
            "document.querySelector('dialog[open]')?.innerText.includes('Your sign-in has expired')",
        )
        .await;
    // The console shows the refusals, which this test provokes.
    assert_eq!(browser.violations().await, Vec::<String>::new());
    browser.click_text("dialog[open] button", "Sign in again").await;
    give_name(&browser, "Bob").await;
    wait_until_back(&browser, &path).await;
    page.wait_until_chosen(2).await;
    page.send().await;
    page.wait_until_sent().await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_new_sign_in_the_user_is_a_visitor() {
    for escapes in [true, false] {
        let server = Server::start_with(&["--token-lifetime", "4"]).await;
        server.api().register("lobby", "Lobby").await;
        let browser = Browser::start(Screen::DESK).await;
        sign_in(&browser, &server, "/rooms", "Ada").await;
        server.revoke(&browser.value("localStorage.getItem('rally-refresh')").await).await;
        browser.wait_until_later(4_500).await;
        browser.open(&format!("{}/rooms", server.address())).await;
        browser.wait_for("to be asked", "document.querySelector('dialog[open]')").await;
        match escapes {
            true => browser.press(ESCAPE).await,
            false => browser.click_text("dialog[open] button", "Not now").await,
        }
        wait_until_signed_out(&browser).await;
        wait_for_connection(&browser, "live").await;
        browser.assert_focus_kept("the dialog is closed").await;
        browser.click_text("nav a", "Tables").await;
        TablesPage::on(&browser).wait_for("lobby", "free").await;
        // Earlier refusals are expected in this test.
        _ = browser.complaints().await;
        // It is not requested again, and nothing is refused.
        browser.open(server.address()).await;
        TablesPage::on(&browser).wait_for("lobby", "free").await;
        wait_for_connection(&browser, "live").await;
        assert_eq!(browser.value("document.querySelector('dialog[open]') === null").await, json!(true));
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        // The issuer requires a name, even if it remembers a person.
        browser.click_text("header button", "Sign in").await;
        give_name(&browser, "Ada").await;
        wait_until_back(&browser, "/").await;
        browser.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_in_one_tab_ends_it_in_every_tab() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    sign_in(&browser, &server, "/questions", "Ada").await;
    browser.open_tab(&format!("{}/settings", server.address())).await;
    wait_until_back(&browser, "/settings").await;
    browser.click_text("main button", "Sign out").await;
    wait_until_signed_out(&browser).await;
    browser.switch_to_tab(0).await;
    wait_until_signed_out(&browser).await;
    RoomPage::on(&browser).wait_for_words("Sign in to continue").await;
    let kept = browser.value("localStorage.getItem('rally-refresh')").await;
    assert_eq!(kept, json!(null));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsolicited_sign_in_response_is_rejected() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    browser.open(&format!("{}/signed-in?code=stolen&state=forged", server.address())).await;
    RoomPage::on(&browser).wait_for_words("This sign-in was not started in this tab").await;
    sign_in(&browser, &server, "/rooms", "Ada").await;
    browser.open(&format!("{}/signed-in?error=access_denied&state=forged", server.address())).await;
    RoomPage::on(&browser).wait_for_words("This sign-in was not started in this tab").await;
    browser.quit().await;
}

/// The storage keys in the browser that reveal a user.
const KEPT: &str = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)]
    .filter((name) => /^rally-(refresh|guest|visitor|draft|sign-in)/.test(name)).sort()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_signs_out_leaves_nothing_in_the_browser() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::DESK).await;
    let page = RoomPage::invited(&browser, &server, &room).await;
    page.join("Eve").await;
    page.wait_for_state("no_question").await;
    // As after a visitor's alert, a draft, and a cancelled sign-in.
    browser.value("localStorage.setItem('rally-visitor', 'A'.repeat(43))").await;
    sign_in(&browser, &server, "/settings", "Bob").await;
    browser.value("sessionStorage.setItem('rally-draft-x', 'typed')").await;
    browser.value("sessionStorage.setItem('rally-sign-in-x', '{}')").await;
    let before = browser.value(&format!("({KEPT}).length")).await;
    assert_eq!(before, json!(5), "{}", browser.value(KEPT).await);
    browser.click_text("main button", "Sign out").await;
    wait_until_signed_out(&browser).await;
    assert_eq!(browser.value(KEPT).await, json!([]));
    let page = RoomPage::invited(&browser, &server, &room).await;
    page.join("Mallory").await;
    page.wait_for_state("no_question").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_everywhere_ends_the_sessions_of_other_browsers_too() {
    let server = Server::start().await;
    let (desk, lost) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    sign_in(&desk, &server, "/settings", "Ada").await;
    sign_in(&lost, &server, "/questions", "Ada").await;
    desk.click_text("main button", "Sign out everywhere").await;
    wait_until_signed_out(&desk).await;
    assert_eq!(desk.value(KEPT).await, json!([]));

    // Its refresh token is still valid at the issuer, and yet it does not sign the user in again.
    lost.open(&format!("{}/questions", server.address())).await;
    lost.wait_for(
        "to be asked",
        "document.querySelector('dialog[open]')?.innerText.includes('Your sign-in has expired')",
    )
    .await;
    // Token times are in seconds.
    lost.wait_until_later(1_100).await;
    lost.click_text("dialog[open] button", "Sign in again").await;
    give_name(&lost, "Ada").await;
    wait_until_back(&lost, "/questions").await;
    sign_in(&desk, &server, "/settings", "Ada").await;
    for browser in [desk, lost] {
        browser.quit().await;
    }
}
