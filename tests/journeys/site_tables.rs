//! The pages of tables: nothing moves when a table becomes busy, the card shows how many wait, a wall display shows only tables, the
//! chart agrees with the status, and a page without a network shows that at once.

use reqwest::Method;
use serde_json::json;
use test_support::A_SECOND;
use test_support::browser::{Browser, Screen};
use test_support::pages::notifications::{choose, press, wait_for_choice, wait_for_words};
use test_support::pages::sign_in::sign_in;
use test_support::pages::table::TablePage;
use test_support::pages::tables::TablesPage;
use test_support::pages::{assert_no_sideways_scroll, assert_sound, wait_for_connection};
use test_support::server::Server;

const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk";

/// A server with these tables, all free.
async fn with_tables(tables: &[(&str, &str)]) -> Server {
    let server = Server::start().await;
    for (id, name) in tables {
        server.api().register(id, name).await;
    }
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_gets_busy_moves_nothing() {
    let server = with_tables(&[("attic", ""), ("lobby", "Lobby"), ("roof", LONG)]).await;
    let browser = Browser::start(Screen::PHONE).await;
    for screen in [Screen::PHONE, Screen::DESK] {
        browser.show_on(screen).await;
        let page = TablesPage::open(&browser, &server).await;
        page.wait_for("lobby", "free").await;
        wait_for_connection(&browser, "live").await;
        page.wait_for_bells(3).await;
        let before = page.places().await;
        server.api().report("lobby", false).await;
        page.shows("lobby", "busy").await;
        assert_eq!(page.places().await, before, "{screen:?}");
        server.api().report("lobby", true).await;
        page.shows("lobby", "free").await;
        assert_eq!(page.places().await, before, "{screen:?}");
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_says_within_a_second_how_many_wait() {
    let server = with_tables(&[("lobby", "Lobby")]).await;
    server.api().report("lobby", false).await;
    let browser = Browser::start(Screen::DESK).await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "busy").await;
    wait_for_connection(&browser, "live").await;
    let says = |words: &str| {
        format!("document.querySelector('[data-table=lobby] .surface-waiting').innerText === {}", json!(words))
    };
    for (name, words) in [("Ada", "1 waiting"), ("Bo", "2 waiting")] {
        let person = server.member(name).await;
        assert_eq!(person.api.call(Method::POST, "/v1/tables/lobby/line").await.status, 200);
        browser.within(A_SECOND, words, &says(words)).await;
        if name == "Bo" {
            assert_eq!(person.api.call(Method::DELETE, "/v1/tables/lobby/line").await.status, 200);
            browser.within(A_SECOND, "one to be left", &says("1 waiting")).await;
        }
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_shows_tables_and_nothing_to_press() {
    let server = with_tables(&[("attic", ""), ("lobby", "Lobby")]).await;
    let browser = Browser::start(Screen::DESK).await;
    browser.open(&format!("{}/?wall", server.address())).await;
    let page = TablesPage::on(&browser);
    page.wait_for("lobby", "free").await;
    let seen = "[...document.querySelectorAll('button, nav, .site-header, .wall-link')].filter((one) => one.checkVisibility()).length";
    browser.wait_for("nothing but the tables", &format!("({seen}) === 0")).await;
    server.api().report("lobby", false).await;
    page.shows("lobby", "busy").await;
    assert_no_sideways_scroll(&browser).await;
    assert_sound(&browser, "the wall").await;
    browser.quit().await;
}

/// The chart is redrawn once a minute; a change of the current minute is in it too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chart_says_that_a_table_is_busy_which_the_page_says_is_busy() {
    let server = with_tables(&[("lobby", "Lobby")]).await;
    let browser = Browser::start(Screen::DESK).await;
    let page = TablePage::open(&browser, &server, "lobby").await;
    page.wait_for("lobby", "free").await;
    page.wait_for_charts().await;
    wait_for_connection(&browser, "live").await;
    server.api().report("lobby", false).await;
    page.shows("lobby", "busy").await;
    page.wait_for_words("Busy once, for").await;
    // The pointed value is shown below, with the keyboard as well.
    browser.value("document.querySelector('.day-strip [role=slider]').focus() ?? 0").await;
    browser.press("\u{e010}").await;
    browser
        .wait_for(
            "the last stretch",
            "document.querySelector('.day-strip .scrubber-readout').innerText.startsWith('Busy, ')",
        )
        .await;
    browser.press("\u{e012}").await;
    browser
        .wait_for(
            "the one before",
            "document.querySelector('.day-strip [role=slider]').getAttribute('aria-valuetext').startsWith('Free, ')",
        )
        .await;
    assert_eq!(browser.value("document.querySelectorAll('h1').length").await, json!(1));
    let names = "document.querySelector('main').innerText.split('Lobby').length - 1";
    assert_eq!(browser.value(names).await, json!(1), "the name is said once");
    assert_sound(&browser, "a table's page").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_without_a_network_says_so_within_a_second() {
    let server = with_tables(&[("lobby", "Lobby")]).await;
    let browser = Browser::start(Screen::DESK).await;
    TablesPage::open(&browser, &server).await.wait_for("lobby", "free").await;
    wait_for_connection(&browser, "live").await;
    // The connection stays open, but the server is silent: the page gets no signal that the network is gone.
    server.pause();
    browser.set_network(false).await;
    let is = |state: &str| format!("document.querySelector('[data-connection]')?.dataset.connection === '{state}'");
    browser.within(A_SECOND, "the page to be offline", &is("offline")).await;
    browser.set_network(true).await;
    server.resume();
    wait_for_connection(&browser, "live").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bell_is_used_with_the_keyboard_and_asks_for_the_permission_when_it_is_saved() {
    let server = with_tables(&[("lobby", "Lobby")]).await;
    let browser = Browser::start(Screen::DESK).await;
    sign_in(&browser, &server, "/settings", "Ada").await;
    let page = TablePage::open(&browser, &server, "lobby").await;
    page.wait_for("lobby", "free").await;
    // Hours can be set before the browser's permission dialog.
    page.wait_for_hours_of_new_alert().await;
    assert_eq!(browser.value("Boolean(document.querySelector('dialog[open]'))").await, json!(false));
    assert_sound(&browser, "the choice").await;
    browser.press("\u{e00c}").await;
    browser.wait_for("the choice to close", "!document.querySelector('.notify-form')").await;
    browser.assert_focus_kept("the choice is closed").await;

    choose(&browser, "Every change").await;
    browser.wait_for("the explanation", "document.querySelector('dialog[open]')").await;
    browser.click_text("dialog[open] button", "Not now").await;
    wait_for_choice(&browser, "Every change").await;
    browser.assert_focus_kept("the choice is saved").await;
    choose(&browser, "Off").await;
    wait_for_choice(&browser, "Off").await;
    press(&browser, "Join queue").await;
    wait_for_words(&browser, "It is your turn").await;
    browser.quit().await;
}
