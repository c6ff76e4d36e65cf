//! The site in a real browser, under the policy of production.

use test_support::browser::{Browser, Screen};
use test_support::pages::admin::AdminPage;
use test_support::pages::table::TablePage;
use test_support::pages::tables::TablesPage;
use test_support::pages::{assert_no_sideways_scroll, assert_sound, wait_for_connection};
use test_support::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_changes_two_open_pages() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    let key = server.api().device_key(&["lobby"], false).await;
    let (desk, phone) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    let (on_desk, on_phone) = (TablesPage::open(&desk, &server).await, TablesPage::open(&phone, &server).await);
    on_desk.wait_for("lobby", "free").await;
    on_phone.wait_for("lobby", "free").await;
    wait_for_connection(&desk, "live").await;
    wait_for_connection(&phone, "live").await;
    server.api().with_key(&key).report("lobby", false).await;
    tokio::join!(on_desk.shows("lobby", "busy"), on_phone.shows("lobby", "busy"));
    on_phone.wait_for_word("lobby", "busy").await;
    assert_sound(&desk, "the tables on a desk").await;
    desk.quit().await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_up_to_date_after_the_server_was_killed() {
    let mut server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    server.api().register("attic", "Attic").await;
    let browser = Browser::start(Screen::DESK).await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "free").await;
    wait_for_connection(&browser, "live").await;
    server.kill().await;
    wait_for_connection(&browser, "reconnecting").await;
    let server = server.start_again().await;
    server.api().report("lobby", false).await;
    server.api().remove("attic").await;
    page.wait_for("lobby", "busy").await;
    page.wait_for_absence("attic").await;
    wait_for_connection(&browser, "live").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_card_lies_over_another_one() {
    let server = Server::start().await;
    for id in ["attic", "cellar", "lobby"] {
        server.api().register(id, "").await;
    }
    for id in ["cellar", "lobby"] {
        server.api().report(id, false).await;
    }
    let browser = Browser::start(Screen::DESK).await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "busy").await;
    for screen in [Screen::DESK, Screen::PHONE] {
        browser.show_on(screen).await;
        page.assert_apart().await;
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_table_vanishes() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    let browser = Browser::start(Screen::DESK).await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "free").await;
    server.api().remove("lobby").await;
    page.wait_for_absence("lobby").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_usable_and_sound_at_every_size_and_in_the_dark() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby, behind the second pillar, with a description that is a little longer").await;
    server.api().register(&"long-".repeat(12), "").await;
    server.api().report("lobby", false).await;
    let browser = Browser::start(Screen::NARROW).await;
    for path in ["/", "/tables/lobby", "/admin", "/settings", "/nowhere"] {
        for screen in [Screen::NARROW, Screen::PHONE, Screen::DESK, Screen::NARROW.dark(), Screen::DESK.dark()] {
            browser.show_on(screen).await;
            browser.open(&format!("{}{path}", server.address())).await;
            wait_for_connection(&browser, "live").await;
            browser.wait_for("a heading", "document.querySelector('main h1')").await;
            assert_no_sideways_scroll(&browser).await;
            assert_sound(&browser, &format!("{path} on {screen:?}")).await;
        }
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_registers_renames_and_deletes_while_others_look() {
    let server = Server::start().await;
    server.api().register("attic", "Attic").await;
    let (desk, phone) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    let looking = TablesPage::open(&phone, &server).await;
    looking.wait_for("attic", "free").await;
    let admin = AdminPage::open(&desk, &server).await;
    admin.wait_for_row("attic", "Attic").await;
    admin.register("attic", "Another").await;
    admin.wait_for_refusal("There is a table “attic” already.").await;
    admin.register("a b", "").await;
    admin.wait_for_refusal("Use only a–z, 0–9 and hyphens. Spaces aren't allowed.").await;
    admin.register("lobby", "Lobby").await;
    admin.wait_for_row("lobby", "Lobby").await;
    looking.wait_for("lobby", "free").await;
    admin.rename("lobby", "By the window").await;
    admin.wait_for_row("lobby", "By the window").await;
    looking.wait_for_word("lobby", "By the window").await;
    admin.delete("lobby").await;
    looking.wait_for_absence("lobby").await;
    desk.quit().await;
    phone.quit().await;
}

/// Punctuation ran into the beginning of a key: “vehicle:. Made on”.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_key_may_do_stands_apart_from_all_words() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    let device = serde_json::json!({"name": "Van", "tables": ["lobby"], "items": ["vehicle:", "gate-1"]});
    assert_eq!(server.api().call_with(reqwest::Method::POST, "/v1/device-keys", &device).await.status, 201);
    let browser = Browser::start(Screen::DESK).await;
    let admin = AdminPage::open(&browser, &server).await;
    admin.wait_for_row("lobby", "Van").await;
    admin.show("Device keys").await;
    let names = "[...document.querySelectorAll('.admin-row .names li')].map((one) => one.innerText).join('|')";
    browser.wait_for("what the key may do", &format!("{names} === 'Lobby|vehicle:|gate-1'")).await;
    let text = browser.value("document.querySelector('.admin-row').innerText").await.to_string();
    assert!(!text.contains("vehicle:.") && !text.contains("vehicle:,"), "{text}");
    for screen in [Screen::NARROW, Screen::PHONE, Screen::DESK, Screen::NARROW.dark(), Screen::DESK.dark()] {
        browser.show_on(screen).await;
        for part in ["Slack", "Tables", "Device keys"] {
            admin.show(part).await;
            assert_no_sideways_scroll(&browser).await;
            assert_sound(&browser, &format!("{part} on {screen:?}")).await;
        }
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_table_shows_its_usage_and_its_deletion() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    let browser = Browser::start(Screen::DESK).await;
    let all = TablesPage::open(&browser, &server).await;
    all.wait_for("lobby", "free").await;
    assert!(all.title().await.contains("1 free"), "{}", all.title().await);
    all.follow("lobby").await;
    let page = TablePage::on(&browser);
    page.wait_for("lobby", "free").await;
    page.wait_for_charts().await;
    server.api().report("lobby", false).await;
    page.wait_for("lobby", "busy").await;
    assert_sound(&browser, "a table's page").await;
    server.api().remove("lobby").await;
    browser.wait_for("word of its end", "!document.querySelector('main [data-table]')").await;
    browser.quit().await;
}

/// One change of a hundred is measured; this page has to draw the whole list each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_reports_how_long_a_change_took_and_nothing_else() {
    let server = Server::start().await;
    server.api().register("lobby", "Lobby").await;
    let browser = Browser::start(Screen::DESK).await;
    browser
        .before_each_page(
            "Math.random = () => 0; const send = navigator.sendBeacon.bind(navigator); window.sent = [];
        navigator.sendBeacon = (address, text) => { window.sent.push([address, text]);
            document.documentElement.dataset.sent = window.sent.length; return send(address, text); };",
        )
        .await;
    let page = TablesPage::open(&browser, &server).await;
    page.wait_for("lobby", "free").await;
    // Before that the change may come with the snapshot, which is not measured.
    wait_for_connection(&browser, "live").await;
    server.api().report("lobby", false).await;
    page.wait_for("lobby", "busy").await;
    browser.wait_for("a measurement", "document.documentElement.dataset.sent").await;
    let sent = browser.value("window.sent[0]").await;
    let said: serde_json::Value = serde_json::from_str(sent[1].as_str().unwrap()).unwrap();
    assert_eq!(sent[0], "/v1/measurements");
    assert_eq!(said.as_object().unwrap().len(), 1, "{said}");
    assert!(said["writeToScreen"].as_u64().unwrap() < 20_000, "{said}");
    let taken = server.visitor().call_with(reqwest::Method::POST, "/v1/measurements", &said).await;
    assert_eq!(taken.status, 204);
    for odd in
        [serde_json::json!({}), serde_json::json!({"writeToScreen": 600_001}), serde_json::json!({"writeToScreen": -1})]
    {
        assert_eq!(
            server.visitor().call_with(reqwest::Method::POST, "/v1/measurements", &odd).await.status,
            400,
            "{odd}"
        );
    }
    browser.quit().await;
}
