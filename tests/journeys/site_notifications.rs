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

use crate::notify::start_with_services;

const SCREENS: [Screen; 4] = [Screen::NARROW, Screen::NARROW.dark(), Screen::DESK, Screen::DESK.dark()];

async fn sound_at_every_size(browser: &Browser, what: &str) {
    for screen in SCREENS {
        browser.show_on(screen).await;
        assert_no_sideways_scroll(browser).await;
        assert_sound(browser, &format!("{what} on {screen:?}")).await;
    }
}

/// A page on a desktop with an alert for the only table being free.
async fn waiting_for_a_table(services: &FakeServices, server: &Server) -> (PushBrowser, Browser) {
    let device = services.browser("desk");
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
async fn an_alert_shows_once_on_the_page_or_on_the_desktop() {
    let (services, server) = start_with_services().await;
    let (device, browser) = waiting_for_a_table(&services, &server).await;

    server.api().report("lobby", true).await;
    let notification = device.notifications(1).await.remove(0);
    deliver(&browser, &server, &notification).await;
    wait_for_message(&browser, "Lobby is free").await;
    sound_at_every_size(&browser, "the message").await;
    assert_desktop(&browser, &notification, &[]).await;
    // The dialog was shown once.
    wait_for_bell(&browser, false).await;
    close_message(&browser).await;
    server.api().report("lobby", false).await;
    press_bell(&browser).await;
    wait_for_bell(&browser, true).await;
    server.database().wait_for("ALERTS#", 1).await;

    // The page is hidden: then the desktop shows the notification, once for each event, whatever comes after it.
    server.api().report("lobby", true).await;
    let notification = device.notifications(2).await.remove(1);
    browser.hide().await;
    deliver(&browser, &server, &notification).await;
    deliver(&browser, &server, &notification).await;
    let older = json!({"event": "older", "title": "Lobby was free", "body": "b", "path": "/", "tag": notification["tag"],
        "at": notification["at"].as_i64().unwrap() - 60_000, "expires": notification["expires"]});
    deliver(&browser, &server, &older).await;
    assert_desktop(&browser, &notification, &["Lobby is free"]).await;
    assert!(!has_message(&browser).await, "who was told by the desktop is not told by the page");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notification_that_no_page_shows_goes_to_the_desktop() {
    let (services, server) = start_with_services().await;
    let (device, browser) = waiting_for_a_table(&services, &server).await;
    // The worker assumes that the page is visible. The page knows better: it was hidden just now.
    browser.value("Object.defineProperty(document, 'visibilityState', { value: 'hidden' }) && 0").await;
    server.api().report("lobby", true).await;
    let notification = device.notifications(1).await.remove(0);
    deliver(&browser, &server, &notification).await;
    assert_desktop(&browser, &notification, &["Lobby is free"]).await;
    assert!(!has_message(&browser).await, "a hidden page shows no message");
    wait_for_bell(&browser, false).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_is_not_shown() {
    let (services, server) = start_with_services().await;
    let (_device, browser) = waiting_for_a_table(&services, &server).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let now = i64::try_from(now).unwrap();
    let notification = |name: &str, expires: i64, free: Option<&str>| {
        json!({"event": name, "title": name, "body": "b", "path": "/tables/lobby", "tag": name, "at": now,
            "expires": expires, "free": free})
    };
    browser.hide().await;
    deliver(&browser, &server, &notification("too old", now - 1, None)).await;
    // The table is taken: a notification that it is free is outdated.
    deliver(&browser, &server, &notification("taken again", now + 60_000, Some("lobby"))).await;
    let good = notification("good", now + 60_000, None);
    deliver(&browser, &server, &good).await;
    assert_desktop(&browser, &good, &["good"]).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_push_the_open_page_shows_the_notification() {
    let (_services, server): (FakeServices, Server) = start_with_services().await;
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
async fn settings_list_alerts_send_a_test_and_pause() {
    let (services, server) = start_with_services().await;
    let device = services.browser("desk");
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
    let notification: Value = device.notifications(1).await.remove(0);
    deliver(&browser, &server, &notification).await;
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
async fn people_join_a_queue_and_are_called() {
    let (_services, server) = start_with_services().await;
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
    let (services, server) = start_with_services().await;
    let browser = Browser::start(Screen::DESK).await;
    let admin = AdminPage::open(&browser, &server).await;
    admin.show("Slack").await;
    wait_for_words(&browser, "No Slack channels connected.").await;
    admin.open_form(".add-webhook", ".webhook-form").await;
    browser.fill("#webhook-address", "https://evil.example/x").await;
    press(&browser, "Save webhook").await;
    wait_for_words(&browser, "A webhook's address begins with").await;
    browser.fill("#webhook-address", &services.webhook("all")).await;
    press(&browser, "Save webhook").await;
    wait_for_words(&browser, "All other tables").await;
    services.set_responses("slack/all", &[(404, None)]);
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
async fn a_room_notifies_of_the_chosen_events() {
    let services = FakeServices::start().await;
    let server = Server::start_beside(services.host()).await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let device = services.browser("desk");
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
    let notification = device.notifications(1).await.remove(0);
    assert_eq!(
        (&notification["title"], &notification["body"]),
        (&json!("Question 1"), &json!("A new question in “Biology”."))
    );
    browser.quit().await;
}
