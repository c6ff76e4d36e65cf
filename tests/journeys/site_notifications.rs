//! Alerts as a person sees them: the bell, the page's dialog before the browser's own, toasts, desktop notifications, a table's queue,
//! the settings.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};
use test_support::browser::{Browser, Screen};
use test_support::fake_services::{FakeServices, PushBrowser};
use test_support::pages::admin::AdminPage;
use test_support::pages::notifications::{
    allow_push, answer_question, assert_desktop, choose, close_message, deliver, has_message, press, press_bell,
    wait_for_bell, wait_for_choice, wait_for_message, wait_for_words,
};
use test_support::pages::sign_in::sign_in;
use test_support::pages::{assert_no_sideways_scroll, assert_sound, wait_for_connection};
use test_support::server::Server;

use crate::notify::office;

const SCREENS: [Screen; 4] = [Screen::NARROW, Screen::NARROW.dark(), Screen::DESK, Screen::DESK.dark()];

async fn sound_at_every_size(browser: &Browser, what: &str) {
    for screen in SCREENS {
        browser.show_on(screen).await;
        assert_no_sideways_scroll(browser).await;
        assert_sound(browser, &format!("{what} on {screen:?}")).await;
    }
}

/// A page on a desktop with an alert for the only table being free.
async fn waiting_for_a_table(outside: &FakeServices, server: &Server) -> (PushBrowser, Browser) {
    let device = outside.browser("desk");
    let browser = Browser::start(Screen::DESK).await;
    allow_push(&browser, server, &device).await;
    browser.open(server.address()).await;
    wait_for_bell(&browser, false).await;
    press_bell(&browser).await;
    answer_question(&browser, "Turn on push").await;
    wait_for_bell(&browser, true).await;
    // The bell shows the wanted state at once; notifications follow the server's state.
    server.database().wait_for("ALERTS#", 1).await;
    (device, browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bell_rings_on_the_page_or_on_the_desktop_and_once() {
    let (outside, server) = office().await;
    let (device, browser) = waiting_for_a_table(&outside, &server).await;

    server.api().report("lobby", true).await;
    let notice = device.notices(1).await.remove(0);
    deliver(&browser, &server, &notice).await;
    wait_for_message(&browser, "Lobby is free").await;
    sound_at_every_size(&browser, "the message").await;
    assert_desktop(&browser, &notice, &[]).await;
    // The dialog was shown once.
    wait_for_bell(&browser, false).await;
    close_message(&browser).await;
    server.api().report("lobby", false).await;
    press_bell(&browser).await;
    wait_for_bell(&browser, true).await;
    server.database().wait_for("ALERTS#", 1).await;

    // The page is hidden: then the desktop shows the notification, once for each event, whatever comes after it.
    server.api().report("lobby", true).await;
    let notice = device.notices(2).await.remove(1);
    browser.hide().await;
    deliver(&browser, &server, &notice).await;
    deliver(&browser, &server, &notice).await;
    let older = json!({"event": "older", "title": "Lobby was free", "body": "b", "path": "/", "tag": notice["tag"],
        "at": notice["at"].as_i64().unwrap() - 60_000, "expires": notice["expires"]});
    deliver(&browser, &server, &older).await;
    assert_desktop(&browser, &notice, &["Lobby is free"]).await;
    assert!(!has_message(&browser).await, "who was told by the desktop is not told by the page");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_page_has_shown_is_told_by_the_desktop() {
    let (outside, server) = office().await;
    let (device, browser) = waiting_for_a_table(&outside, &server).await;
    // The worker assumes that the page is visible. The page knows better: it was hidden just now.
    browser.value("Object.defineProperty(document, 'visibilityState', { value: 'hidden' }) && 0").await;
    server.api().report("lobby", true).await;
    let notice = device.notices(1).await.remove(0);
    deliver(&browser, &server, &notice).await;
    assert_desktop(&browser, &notice, &["Lobby is free"]).await;
    assert!(!has_message(&browser).await, "the page does not say what nobody sees");
    wait_for_bell(&browser, false).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_is_not_shown() {
    let (outside, server) = office().await;
    let (_device, browser) = waiting_for_a_table(&outside, &server).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let now = i64::try_from(now).unwrap();
    let notice = |name: &str, expires: i64, free: Option<&str>| {
        json!({"event": name, "title": name, "body": "b", "path": "/tables/lobby", "tag": name, "at": now,
            "expires": expires, "free": free})
    };
    browser.hide().await;
    deliver(&browser, &server, &notice("too old", now - 1, None)).await;
    // The table is taken: a notification that it is free is outdated.
    deliver(&browser, &server, &notice("taken again", now + 60_000, Some("lobby"))).await;
    let good = notice("good", now + 60_000, None);
    deliver(&browser, &server, &good).await;
    assert_desktop(&browser, &good, &["good"]).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_ring_the_page_tells_as_long_as_it_is_open() {
    let (_outside, server): (FakeServices, Server) = office().await;
    let browser = Browser::start(Screen::PHONE).await;
    browser.open(server.address()).await;
    press_bell(&browser).await;
    // Escape has the effect of “Not now”: the alert is set.
    browser.wait_for("the explanation", "document.querySelector('dialog[open]')").await;
    browser.press("\u{e00c}").await;
    wait_for_bell(&browser, true).await;
    server.database().wait_for("ALERTS#", 1).await;
    server.api().report("lobby", true).await;
    wait_for_message(&browser, "Lobby is free").await;
    wait_for_bell(&browser, false).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_list_what_was_asked_for_ring_once_and_pause() {
    let (outside, server) = office().await;
    let device = outside.browser("desk");
    let browser = Browser::start(Screen::DESK).await;
    allow_push(&browser, &server, &device).await;
    browser.open(&format!("{}/tables/lobby", server.address())).await;
    choose(&browser, "Every change").await;
    answer_question(&browser, "Turn on push").await;
    wait_for_choice(&browser, "Every change").await;
    choose(&browser, "When it's free, at these times").await;
    wait_for_choice(&browser, "When it's free, at these times").await;
    sound_at_every_size(&browser, "a table's page").await;

    browser.open(&format!("{}/settings", server.address())).await;
    wait_for_words(&browser, "When it's free, Mon to Fri, 09:00 to 17:00").await;
    press(&browser, "Send a test").await;
    let notice: Value = device.notices(1).await.remove(0);
    deliver(&browser, &server, &notice).await;
    wait_for_message(&browser, "Rally can reach you").await;
    close_message(&browser).await;
    press(&browser, "Pause for an hour").await;
    wait_for_words(&browser, "No notifications until").await;
    sound_at_every_size(&browser, "the settings").await;
    press(&browser, "Resume now").await;
    wait_for_words(&browser, "Pause for an hour").await;
    press(&browser, "Remove").await;
    wait_for_words(&browser, "None yet. Use “Notify me”").await;
    press(&browser, "Turn off push").await;
    wait_for_words(&browser, "Push is off.").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_stand_in_line_and_are_called() {
    let (_outside, server) = office().await;
    let browser = Browser::start(Screen::DESK).await;
    let page = format!("{}/tables/lobby", server.address());
    browser.open(&page).await;
    wait_for_words(&browser, "No one is waiting. Sign in to join the queue.").await;
    sign_in(&browser, &server, "/settings", "Ada").await;
    browser.open(&page).await;
    wait_for_connection(&browser, "live").await;
    press(&browser, "Join queue").await;
    wait_for_words(&browser, "You are next.").await;
    let bo = server.member("Bo").await;
    assert_eq!(bo.api.call(Method::POST, "/v1/tables/lobby/line").await.status, 200);
    wait_for_words(&browser, "Bo").await;
    server.api().report("lobby", true).await;
    wait_for_words(&browser, "It is your turn").await;
    wait_for_words(&browser, " left.").await;
    sound_at_every_size(&browser, "the line").await;
    press(&browser, "I'm playing").await;
    wait_for_words(&browser, "The table is yours.").await;
    server.api().report("lobby", false).await;
    wait_for_words(&browser, "1 person is waiting.").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_connects_slack_and_sees_how_it_does() {
    let (outside, server) = office().await;
    let browser = Browser::start(Screen::DESK).await;
    let admin = AdminPage::open(&browser, &server).await;
    admin.show("Slack").await;
    wait_for_words(&browser, "No Slack channels connected.").await;
    admin.open_form(".add-webhook", ".webhook-form").await;
    browser.fill("#webhook-address", "https://evil.example/x").await;
    press(&browser, "Save webhook").await;
    wait_for_words(&browser, "A webhook's address begins with").await;
    browser.fill("#webhook-address", &outside.webhook("all")).await;
    press(&browser, "Save webhook").await;
    wait_for_words(&browser, "All other tables").await;
    outside.answer("slack/all", &[(404, None)]);
    press(&browser, "Send a test").await;
    wait_for_words(&browser, "Slack says that there is no such webhook.").await;
    browser.fill("#slack-secret", "8f742231b10e8888abcd99yyyzzz85a5").await;
    press(&browser, "Save secret").await;
    wait_for_words(&browser, "Slash command set up.").await;
    // The browser itself logs errors for the two refusals above.
    assert_eq!(browser.complaints().await.len(), 2);
    sound_at_every_size(&browser, "the admin's page").await;
    press(&browser, "Remove").await;
    wait_for_words(&browser, "No Slack channels connected.").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_tells_what_was_ticked() {
    let outside = FakeServices::start().await;
    let server = Server::start_beside(outside.host()).await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let device = outside.browser("desk");
    let browser = Browser::start(Screen::DESK).await;
    allow_push(&browser, &server, &device).await;
    sign_in(&browser, &server, "/settings", "Bo").await;
    browser.open(&format!("{}/rooms/{}", server.address(), room.id)).await;
    // The most common choice is already ticked.
    browser.click(".bell").await;
    browser.wait_for_soon("the choice", "document.querySelector('.notify-form input:checked')").await;
    browser.click_text(".notify-form button", "Save").await;
    answer_question(&browser, "Turn on push").await;
    server.database().wait_for("ALERTS#", 1).await;
    room.pick(&test_support::rooms::essay()).await;
    let notice = device.notices(1).await.remove(0);
    assert_eq!((&notice["title"], &notice["body"]), (&json!("Question 1"), &json!("A new question in “Biology”.")));
    browser.quit().await;
}
