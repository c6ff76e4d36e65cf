//! The focus after a rejected form, a deleted row, or a sign-out in another tab, and the page's announcements.

use reqwest::Method;
use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::admin::AdminPage;
use test_support::pages::factories::FactoriesPage;
use test_support::pages::host::HostPage;
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::{sign_in, wait_until_signed_out};
use test_support::pages::wait_for_connection;
use test_support::rooms::{continents, essay};
use test_support::server::Server;

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

/// Submits a form with an invalid field.
async fn submit(browser: &Browser, form: &str) {
    browser.click(&format!("{form} [type=submit]")).await;
    let refused = format!("document.querySelector('{form} [aria-invalid=true]')");
    browser.wait_for(&format!("{form} to be refused"), &refused).await;
    browser.assert_focus_on(&format!("{form} [aria-invalid=true]"), &format!("{form} is refused:")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_refused_leads_to_the_field_that_is_wrong() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&essay()).await;
    let browser = Browser::start(Screen::DESK).await;
    let admin = AdminPage::open(&browser, &server).await;
    for (part, button, form) in [
        ("Tables", ".add-table", ".register-form"),
        ("Device keys", ".create-key", ".key-form"),
        ("Slack", ".add-webhook", ".webhook-form"),
    ] {
        admin.show(part).await;
        admin.open_form(button, form).await;
        submit(&browser, form).await;
        browser.press(ESCAPE).await;
        browser.wait_for("the form to be gone", &format!("!document.querySelector('{form}')")).await;
        browser.assert_focus_on(button, "the form is left:").await;
    }
    sign_in(&browser, &server, "/rooms", "Bob").await;
    submit(&browser, ".join-form").await;
    HostPage::open_room_form(&browser).await;
    submit(&browser, ".room-form").await;
    FactoriesPage::open(&browser, &server).await.open_form().await;
    submit(&browser, ".factory-form").await;
    browser.open(&format!("{}/rooms/{}", server.address(), room.id)).await;
    submit(&browser, ".answer-form").await;
    browser.quit().await;
}

/// The id is taken: only the server knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_the_server_refuses_leads_to_the_field_that_is_wrong() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let browser = Browser::start(Screen::DESK).await;
    let admin = AdminPage::open(&browser, &server).await;
    admin.wait_for_row("lobby", "lobby").await;
    admin.register("lobby", "Another").await;
    browser.wait_for("the refusal", "document.querySelector('#new-table-id[aria-invalid=true]')").await;
    browser.assert_focus_on("#new-table-id", "the id is taken:").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_row_has_the_focus_when_one_is_deleted() {
    let server = Server::start().await;
    for id in ["attic", "lobby", "yard"] {
        server.api().register(id, "").await;
    }
    let ada = server.member("Ada").await;
    for draft in [essay(), continents()] {
        assert_eq!(ada.api.call_with(Method::POST, "/v1/questions", &draft).await.status, 201);
    }
    let browser = Browser::start(Screen::DESK).await;
    let admin = AdminPage::open(&browser, &server).await;
    admin.wait_for_row("yard", "yard").await;
    admin.delete("lobby").await;
    browser.assert_focus_on("[data-table=yard] .menu-button", "lobby is deleted:").await;

    sign_in(&browser, &server, "/questions", "Ada").await;
    browser.wait_for("both questions", "document.querySelectorAll('.bank-row').length === 2").await;
    for left in [1, 0] {
        browser.click(".bank-row .menu-button").await;
        browser.click_shown(".bank-row .delete-question").await;
        let gone = format!("document.querySelectorAll('.bank-row').length === {left}");
        browser.wait_for("the question to be gone", &gone).await;
        let next = if left > 0 { ".bank-row [data-primary]" } else { "#bank-search, h1" };
        browser.assert_focus_on(next, "a question is deleted:").await;
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_revoked_is_not_offered_for_copying() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let browser = Browser::start(Screen::DESK).await;
    let admin = AdminPage::open(&browser, &server).await;
    admin.show("Device keys").await;
    admin.open_form(".create-key", ".key-form").await;
    browser.fill("#new-key-name", "Sensor").await;
    browser.click_text(".key-form label", "All tables").await;
    browser.click(".key-form [type=submit]").await;
    browser.wait_for("the key", "document.querySelector('.new-key-text')?.innerText").await;
    browser.click(".admin-row .revoke").await;
    browser.click_text("dialog[open] button", "Revoke key").await;
    let gone = "!document.querySelector('.admin-row') && !document.querySelector('.new-key-text')";
    browser.wait_for("the key to be gone", gone).await;
    browser.assert_focus_kept("a key is revoked").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_focus_stays_on_the_page_when_its_user_signs_out_in_another_tab() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    sign_in(&browser, &server, "/questions", "Ada").await;
    browser.fill("#question-text", "Why?").await;
    browser.open_tab(&format!("{}/settings", server.address())).await;
    browser.click_text("main button", "Sign out").await;
    wait_until_signed_out(&browser).await;
    browser.switch_to_tab(0).await;
    wait_until_signed_out(&browser).await;
    browser.wait_for("no form", "!document.querySelector('#question-text')").await;
    browser.assert_focus_kept("the user signs out in another tab").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_is_deleted_keeps_its_name_on_the_page() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::PHONE).await;
    let path = format!("/rooms/{}", room.id);
    sign_in(&browser, &server, &path, "Bob").await;
    browser.wait_for("the room", "document.querySelector('h1')?.innerText === 'Biology'").await;
    assert_eq!(ada.api.call(Method::DELETE, &room.path("")).await.status, 200);
    RoomPage::on(&browser).wait_for_words("This room was deleted").await;
    assert_eq!(browser.value("document.querySelector('h1').innerText").await, json!("Biology"));
    browser.quit().await;
}

/// A focus ring around a heading that the user did not choose, and a page that scrolls to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_loads_leaves_the_focus_alone() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let browser = Browser::start(Screen::PHONE).await;
    let pages = [
        ("/", "document.querySelector('[data-table=lobby]')"),
        ("/tables/lobby", "document.querySelector('.line-panel')"),
        ("/settings", "document.querySelector('#appearance')"),
        ("/factories", "document.querySelector('.new-factory')"),
        ("/admin", "document.querySelector('.admin-row[data-table=lobby]')"),
    ];
    for (path, loaded) in pages {
        browser.open(&format!("{}{path}", server.address())).await;
        browser.wait_for(&format!("{path} to be loaded"), loaded).await;
        wait_for_connection(&browser, "live").await;
        browser.assert_focus_on("body", &format!("while {path} loads")).await;
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn escape_leaves_a_form_within_a_page_and_saves_nothing() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    let browser = Browser::start(Screen::DESK).await;
    let admin = AdminPage::open(&browser, &server).await;
    admin.wait_for_row("lobby", "Lobby").await;
    admin.begin_rename("lobby", "Cellar").await;
    browser.press(ESCAPE).await;
    browser.wait_for("the form to be gone", "!document.querySelector('#rename-table')").await;
    browser.assert_focus_on("[data-table=lobby] .menu-button", "after a form that was left").await;
    admin.wait_for_row("lobby", "Lobby").await;

    let factories = FactoriesPage::open(&browser, &server).await;
    factories.make("North", [1, 9], 2).await;
    factories.wait_for("North", "1 to 9", 2, true).await;
    factories.begin_edit("North", "South", [2, 8]).await;
    browser.press(ESCAPE).await;
    browser.wait_for("the form to be gone", "!document.querySelector('.row-form')").await;
    browser.assert_focus_kept("a form is left").await;
    factories.wait_for("North", "1 to 9", 2, true).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connecting_again_by_hand_keeps_the_focus() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    browser.remember_connections().await;
    browser.open(server.address()).await;
    wait_for_connection(&browser, "live").await;
    browser.set_network(false).await;
    browser.cut_connections().await;
    browser.wait_for("a way to connect at once", "document.querySelector('.connection-pill button')").await;
    browser.value("document.querySelector('.connection-pill button').focus()").await;
    browser.press(ENTER).await;
    browser.assert_focus_on(".connection-pill button", "while it is tried").await;
    browser.set_network(true).await;
    wait_for_connection(&browser, "live").await;
    browser.assert_focus_on("h1", "once it is connected").await;
    browser.quit().await;
}
