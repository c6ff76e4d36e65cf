//! Long words that people enter, on narrow screens.

use reqwest::Method;
use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::sign_in;
use test_support::pages::{assert_no_sideways_scroll, wait_for_connection};
use test_support::server::Server;

/// 53 letters without a break opportunity.
const WORD: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk";

/// Checks a page on both phones; its text contains the word.
async fn look(browser: &Browser, server: &Server, path: &str) {
    browser.open(&format!("{}{path}", server.address())).await;
    let shown =
        "document.body.innerText.toLowerCase().includes('donaudampf') && !document.querySelector('[aria-busy=true]')";
    // Rows off screen are laid out late (content-visibility), which changes no element: so each frame is checked.
    browser.wait_for_soon(&format!("the word on {path}"), shown).await;
    for screen in [Screen::PHONE, Screen::NARROW] {
        browser.show_on(screen).await;
        assert_no_sideways_scroll(browser).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_long_word_makes_a_page_wider_than_its_window() {
    assert_eq!(WORD.chars().count(), 53);
    let server = Server::start().await;
    server.api().register("lobby", WORD).await;
    server.api().report("lobby", false).await;
    let ascii = WORD.replace('ä', "a");
    let item =
        server.api().call_with(Method::PUT, &format!("/v1/items/{ascii}"), &json!({"value": {WORD: WORD}})).await;
    assert_eq!(item.status, 200, "{}", item.body);
    let factory = json!({"name": WORD, "lower": -1_000_000_000, "upper": 1_000_000_000, "count": 15});
    assert_eq!(server.api().call_with(Method::POST, "/v1/factories", &factory).await.status, 201);
    let ada = server.member("Ada").await;
    let room = ada.room(WORD, true).await;
    let question = json!({"text": WORD, "options": [
        {"text": WORD, "isCorrect": true, "feedback": WORD}, {"text": "b", "isCorrect": false, "feedback": WORD},
    ]});
    let eve = server.guest(&room, WORD).await;

    let (host, guest) = tokio::join!(Browser::start(Screen::PHONE), Browser::start(Screen::PHONE));
    sign_in(&host, &server, "/questions", "Ada").await;
    let (own, control, screen) =
        (format!("/rooms/{}", room.id), format!("/rooms/{}/control", room.id), format!("/rooms/{}/screen", room.id));
    // Before the first question these pages have a layout of their own.
    for path in [&control, &screen, &own] {
        look(&host, &server, path).await;
    }
    room.pick(&json!({"text": WORD})).await;
    let answer = eve.answer(&room.id, 1, &json!({"text": WORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    // An admin because of the same machine: a signed-in member is none.
    look(&guest, &server, "/admin").await;
    let page = RoomPage::invited(&guest, &server, &room).await;
    page.join(WORD).await;
    page.wait_for_pick(1, "open").await;
    guest.fill("#answer-text", WORD).await;
    page.send().await;
    page.wait_until_sent().await;
    for path in ["/", "/tables/lobby", "/items", &format!("/items/{ascii}"), "/factories", "/rooms", "/questions"] {
        look(&host, &server, path).await;
    }
    for path in [&control, &screen, &own] {
        look(&host, &server, path).await;
    }
    look(&guest, &server, &own).await;
    room.show_feedback(1).await;
    room.pick(&question).await;
    eve.answer(&room.id, 2, &json!({"choices": [0]})).await;
    page.wait_for_pick(2, "open").await;
    page.choose(0).await;
    page.send().await;
    page.wait_until_sent().await;
    for path in [&control, &screen] {
        look(&host, &server, path).await;
    }
    look(&guest, &server, &own).await;
    room.show_feedback(2).await;
    for path in [&control, &screen] {
        look(&host, &server, path).await;
    }
    look(&guest, &server, &own).await;
    wait_for_connection(&host, "live").await;
    host.quit().await;
    guest.quit().await;
}
