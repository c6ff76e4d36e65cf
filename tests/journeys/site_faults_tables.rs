//! Faults of the tables' pages that people have reported: alerts, the queue's countdown, the focus, announcements.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::browser::{Browser, Screen};
use test_support::pages::admin::AdminPage;
use test_support::pages::factories::FactoriesPage;
use test_support::pages::notifications::{self, choose, wait_for_choice, wait_for_words};
use test_support::pages::sign_in::sign_in;
use test_support::pages::table::TablePage;
use test_support::pages::tables::TablesPage;
use test_support::pages::wait_for_connection;
use test_support::server::Server;

use crate::notify::{alerts, set_alert};

const WITHIN: &str = "When it's free, at these times";

/// A browser without push, so that no permission dialog appears.
async fn without_push(screen: Screen) -> Browser {
    let browser = Browser::start(screen).await;
    browser.before_each_page("delete window.PushManager;").await;
    browser
}

/// A server on which these tables are busy.
async fn busy(tables: &[&str]) -> Server {
    let server = Server::start().await;
    for id in tables {
        server.api().register(id, "").await;
        server.api().report(id, false).await;
    }
    server
}

/// The API with this browser's visitor key.
async fn api_of_visitor(browser: &Browser, server: &Server) -> test_support::api::Api {
    let key = browser.value("localStorage.getItem('rally-visitor')").await;
    server.visitor().with_visitor(key.as_str().expect("a visitor's key"))
}

/// Waits until the server's data of a visitor matches.
async fn alerts_when(browser: &Browser, server: &Server, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let api = api_of_visitor(browser, server).await;
    let wait = async {
        loop {
            let alerts = alerts(&api).await;
            if is_so(&alerts) {
                return alerts;
            }
        }
    };
    tokio::time::timeout(test_support::TIMEOUT, wait).await.expect("the server has them")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_are_shown_as_they_were_saved_and_keep_what_is_not_touched() {
    let server = busy(&["lobby"]).await;
    let browser = without_push(Screen::DESK).await;
    browser.set_time_zone("Asia/Tokyo").await;
    browser.record_writes().await;
    let page = TablePage::open(&browser, &server, "lobby").await;
    choose(&browser, WITHIN).await;
    wait_for_choice(&browser, WITHIN).await;
    alerts_when(&browser, &server, |alerts| alerts.len() == 1).await;
    let written =
        browser.value("window.writes.filter(([, path]) => path.startsWith('/v1/me/alerts/')).at(-1)[2]").await;
    let written: Value = serde_json::from_str(written.as_str().unwrap()).unwrap();
    assert_eq!(written["timeZone"], "Asia/Tokyo", "{written}");

    // Sunday from 12 to 13, saved on another page of the same user.
    let api = api_of_visitor(&browser, &server).await;
    let sunday = json!({"when": "free_within", "days": 64, "from": "12:00", "to": "13:00"});
    assert_eq!(set_alert(&api, "tables/lobby", &sunday).await.status, 200);
    browser.open(&format!("{}/tables/lobby", server.address())).await;
    page.wait_for_hours(&["Sun"], "12:00", "13:00").await;
    page.press_days(&["Sat"]).await;
    page.wait_for_hours(&["Sat", "Sun"], "12:00", "13:00").await;
    let both = json!({"when": "free_within", "days": 96, "from": "12:00", "to": "13:00"});
    alerts_when(&browser, &server, |alerts| alerts[0]["rule"] == both).await;

    // Saved one after the other on a slow network, faster than the responses arrive.
    browser.set_latency(500).await;
    page.press_days(&["Mon"]).await;
    page.press_days(&["Tue", "Wed"]).await;
    let all = json!({"when": "free_within", "days": 96 + 7, "from": "12:00", "to": "13:00"});
    alerts_when(&browser, &server, |alerts| alerts[0]["rule"] == all).await;
    page.wait_for_hours(&["Mon", "Tue", "Wed", "Sat", "Sun"], "12:00", "13:00").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_bells_that_are_pressed_at_once_are_all_kept() {
    let server = busy(&["attic", "cellar", "lobby"]).await;
    let browser = without_push(Screen::DESK).await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "busy").await;
    page.wait_for_bells(3).await;
    browser.set_latency(500).await;
    for id in ["attic", "cellar", "lobby"] {
        page.press_bell_of(id).await;
    }
    alerts_when(&browser, &server, |alerts| alerts.len() == 3).await;
    browser.set_latency(0).await;
    browser.open(server.address()).await;
    page.wait_for_set_bells(3).await;
    browser.quit().await;
}

/// The clock of the device is ten minutes slow; a turn takes two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_countdown_of_a_turn_follows_the_servers_clock() {
    let server = busy(&["lobby"]).await;
    let browser = without_push(Screen::PHONE).await;
    let slow = "const Real = Date; const late = 600000; window.Date = class extends Real {
        constructor(...given) { super(...(given.length ? given : [Real.now() - late])); }
        static now() { return Real.now() - late; } };";
    sign_in(&browser, &server, "/settings", "Ada").await;
    browser.before_each_page(slow).await;
    let page = TablePage::open(&browser, &server, "lobby").await;
    wait_for_connection(&browser, "live").await;
    notifications::press(&browser, "Join queue").await;
    wait_for_words(&browser, "You are next.").await;
    server.api().report("lobby", true).await;
    wait_for_words(&browser, "It is your turn").await;
    let left = page.seconds_left().await;
    assert!((90..=120).contains(&left), "{left} seconds are left");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_focus_stays_on_the_page_when_what_has_it_goes() {
    let server = busy(&["attic", "lobby"]).await;
    let browser = without_push(Screen::DESK).await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for_bells(2).await;
    page.focus_bell_of("lobby").await;
    server.api().report("lobby", true).await;
    page.wait_for("lobby", "free").await;
    page.wait_for_bells(2).await;
    browser.assert_focus_kept("the table of a bell gets free").await;

    let admin = AdminPage::open(&browser, &server).await;
    admin.wait_for_row("attic", "attic").await;
    admin.delete("attic").await;
    browser.assert_focus_kept("a table is deleted").await;

    sign_in(&browser, &server, "/settings", "Ada").await;
    let factories = FactoriesPage::open(&browser, &server).await;
    for name in ["North", "South"] {
        factories.make(name, [1, 9], 3).await;
        factories.wait_for(name, "1 to 9", 3, true).await;
    }
    for name in ["South", "North"] {
        factories.remove(name).await;
        factories.wait_for_absence(name).await;
        browser.assert_focus_kept("a factory is removed").await;
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changes_are_announced_in_few_sentences() {
    let names: Vec<String> = (0..20).map(|number| format!("table-{number:02}")).collect();
    let server = Server::start().await;
    for name in &names {
        server.api().register(name, "").await;
    }
    let browser = without_push(Screen::DESK).await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("table-19", "free").await;
    wait_for_connection(&browser, "live").await;
    browser.remember_announcements().await;
    let api = server.api();
    let reports = names.iter().map(|name| {
        let (api, path) = (api.clone(), format!("/v1/tables/{name}"));
        async move { api.call_with(Method::PUT, &path, &json!({"isFree": false})).await.status }
    });
    let statuses = futures::future::join_all(reports).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    page.wait_for("table-19", "busy").await;
    browser
        .wait_for("the sum", "document.querySelector('[data-region=announcer]').textContent.includes('None free')")
        .await;
    let said = browser.announcements().await;
    assert!(said.len() <= 3, "{said:?}");
    assert!(said.iter().any(|sentence| sentence.contains("changes")), "{said:?}");
    browser.quit().await;
}
