//! Items and the factory tree in a real browser: every open page shows each write, from any source.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::browser::{Browser, Screen};
use test_support::pages::factories::FactoriesPage;
use test_support::pages::items::{ItemPage, ItemsPage};
use test_support::pages::sign_in::sign_in;
use test_support::pages::{assert_no_sideways_scroll, assert_sound, wait_for_connection};
use test_support::server::Server;

async fn put(server: &Server, key: &str, value: &Value) {
    let response = server.api().call_with(Method::PUT, &format!("/v1/items/{key}"), &json!({ "value": value })).await;
    assert_eq!(response.status, 200, "{}", response.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_are_found_by_how_their_keys_begin_and_stay_in_step() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = ItemsPage::open(&browser, &server).await;
    page.wait_for_words("No items yet").await;
    for key in ["gate:1", "vehicle:1", "vehicle:10"] {
        put(&server, key, &json!("parked")).await;
    }
    page.wait_for_keys(&["gate:1", "vehicle:1", "vehicle:10"]).await;
    page.seek("vehicle:1").await;
    page.wait_for_keys(&["vehicle:1", "vehicle:10"]).await;
    put(&server, "vehicle:1", &json!("on its way")).await;
    page.wait_for("vehicle:1", "on its way").await;
    put(&server, "vehicle:12", &json!("new")).await;
    put(&server, "vehicle:2", &json!("new too")).await;
    page.wait_for_keys(&["vehicle:1", "vehicle:10", "vehicle:12"]).await;
    page.seek("vehicle:9").await;
    page.wait_for_words("No matching items").await;
    put(&server, "vehicle:99", &json!(1)).await;
    page.wait_for_keys(&["vehicle:99"]).await;
    page.seek("a b").await;
    page.wait_for_words("Spaces aren't allowed.").await;
    // The tab stores the search text.
    page.seek("gate").await;
    page.follow("gate:1").await.wait_for_words("Revision 1").await;
    browser.click(".way-back a").await;
    page.wait_for_keys(&["gate:1"]).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_are_chosen_by_group_and_found_by_any_part_of_their_keys() {
    let server = Server::start().await;
    for key in ["gate", "my-van:3", "van:1", "van:2", "vehicle:12"] {
        put(&server, key, &json!({"speed": 40, "name": key})).await;
    }
    let browser = Browser::start(Screen::PHONE).await;
    let page = ItemsPage::open(&browser, &server).await;
    page.wait_for_groups(&["All 5", "my-van 1", "van 2", "vehicle 1"]).await;
    page.wait_for("van:1", "name van:1 speed 40").await;
    page.choose_group("van").await;
    page.wait_for_keys(&["van:1", "van:2"]).await;
    put(&server, "van:7", &json!(1)).await;
    page.wait_for_keys(&["van:1", "van:2", "van:7"]).await;
    page.wait_for_groups(&["All 6", "my-van 1", "van 3", "vehicle 1"]).await;
    page.choose_group("All").await;
    page.seek("12").await;
    page.wait_for_keys(&["vehicle:12"]).await;
    page.seek("VAN").await;
    page.wait_for_keys(&["my-van:3", "van:1", "van:2", "van:7"]).await;
    assert_sound(&browser, "the items").await;
    assert_no_sideways_scroll(&browser).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_number_is_large_and_says_how_it_has_moved() {
    let server = Server::start().await;
    put(&server, "sensor:roof", &json!(21.3)).await;
    let browser = Browser::start(Screen::NARROW).await;
    let page = ItemPage::open(&browser, &server, "sensor:roof").await;
    page.wait_for_words("21.3").await;
    put(&server, "sensor:roof", &json!(21.5)).await;
    browser
        .wait_for(
            "the movement",
            "document.querySelector('.item-number').textContent.replace(/\\s+/g, ' ').includes('21.5 ▲ 0.2up by 0.2')",
        )
        .await;
    page.wait_for_newest_change("21.3 → 21.5").await;
    // The number at a point in time, by the keyboard.
    browser.value("document.querySelector('.sparkline [role=slider]').focus() ?? 0").await;
    browser.press("\u{e010}").await;
    browser
        .wait_for(
            "the last number",
            "document.querySelector('.sparkline .scrubber-readout').innerText.endsWith(': 21.5')",
        )
        .await;
    browser.press("\u{e011}").await;
    browser
        .wait_for(
            "the first number",
            "document.querySelector('.sparkline .scrubber-readout').innerText.endsWith(': 21.3')",
        )
        .await;
    assert_sound(&browser, "a lone number").await;
    assert_no_sideways_scroll(&browser).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_any_source_writes_shows_on_an_open_page() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    let page = ItemsPage::open(&browser, &server).await;
    page.wait_for_words("No items yet").await;
    wait_for_connection(&browser, "live").await;
    // The AWS SDK, without Rally's code; twice, and by an update of one attribute.
    for speed in [40, 41] {
        server.database().put_foreign_item("vehicle:7", speed).await;
        page.wait_for("vehicle:7", &format!("speed {speed}")).await;
    }
    server.database().set_number("ITEMS", "vehicle:7", "speed", 42).await;
    page.wait_for("vehicle:7", "speed 42").await;
    // The AWS CLI's messages.
    server.send_message("list", "[1,2]").await;
    page.wait_for("list", "[1,2]").await;
    server.publish_message("sensor:7", "21.5").await;
    page.wait_for("sensor:7", "21.5").await;
    server.database().delete("ITEMS", "vehicle:7").await;
    page.wait_for_keys(&["list", "sensor:7"]).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_items_page_shows_what_has_changed_and_how_it_went() {
    let server = Server::start().await;
    put(&server, "vehicle:3", &json!({"speed": 40, "tags": ["a"], "old": true, "position": {"lat": 41.5}})).await;
    let browser = Browser::start(Screen::DESK).await;
    let page = ItemPage::open(&browser, &server, "vehicle:3").await;
    page.wait_for_line("\"speed\": 40,", "none").await;
    page.wait_for_words("so far").await;
    let next = json!({"speed": 52, "tags": ["a", "b"], "position": {"lat": 41.5}});
    put(&server, "vehicle:3", &next).await;
    page.wait_for_line("\"speed\": 52, was 40", "was").await;
    page.wait_for_line("\"b\"", "new").await;
    page.wait_for_line("\"old\": true", "gone").await;
    assert_eq!(page.value().await, next, "what is gone is no part of it");
    page.choose_number("/speed").await;
    page.wait_for_trend("Now 52; between 40 and 52 in the last 2 values").await;
    put(&server, "vehicle:3", &json!({"speed": 7})).await;
    page.wait_for_trend("Now 7; between 7 and 52 in the last 3 values").await;
    page.wait_for_history("{\"speed\":7}", 3).await;
    page.wait_for_newest_change("speed 52 → 7 position {\"lat\":41.5} tags [\"a\",\"b\"]").await;
    assert_sound(&browser, "an item").await;
    // A client that comes later sees the same.
    let page = ItemPage::open(&browser, &server, "vehicle:3").await;
    page.wait_for_history("{\"speed\":7}", 3).await;
    page.wait_for_line("\"speed\": 7 was 52", "was").await;
    server.api().call(Method::DELETE, "/v1/items/vehicle:3").await;
    page.wait_for_words("This item was deleted").await;
    put(&server, "vehicle:3", &json!("back")).await;
    page.wait_for_line("\"back\" was {\"speed\":7}", "was").await;
    let page = ItemPage::open(&browser, &server, "nothing:here").await;
    page.wait_for_words("Nothing has the key “nothing:here” now").await;
    put(&server, "nothing:here", &json!([])).await;
    page.wait_for_line("[]", "none").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_about_a_number_shows_on_the_open_page() {
    let server = Server::start().await;
    put(&server, "vehicle:3", &json!({"speed": 40})).await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = ItemPage::open(&browser, &server, "vehicle:3").await;
    page.wait_for_line("\"speed\": 40", "none").await;
    page.tell_me_above("50").await;
    page.wait_for_words("On · above 50").await;
    put(&server, "vehicle:3", &json!({"speed": 45})).await;
    put(&server, "vehicle:3", &json!({"speed": 51})).await;
    page.wait_for_words("speed 51").await;
    assert_sound(&browser, "an item with its bell").await;
    browser.open(&format!("{}/settings", server.address())).await;
    page.wait_for_words("When speed goes above 50").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_item_is_shown_to_its_group_alone() {
    let server = Server::start().await;
    put(&server, "@staff:rota", &json!("Eve on Monday")).await;
    put(&server, "zebra", &json!("for all")).await;
    let (visitor, staff) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    let page = ItemsPage::open(&visitor, &server).await;
    page.wait_for_keys(&["zebra"]).await;
    page.seek("@staff:").await;
    page.wait_for_words("These items can't be shown").await;
    ItemPage::open(&visitor, &server, "@staff:rota").await.wait_for_words("This item can't be shown").await;
    staff.open(&format!("{}/settings", server.address())).await;
    staff.click_text("main button", "Sign in").await;
    staff.click("input[name=group][value=staff]").await;
    staff.fill("#name", "Eve").await;
    staff.press("\u{e007}").await;
    staff.wait_for("to be signed in", "document.querySelector('.account-name')").await;
    let page = ItemsPage::open(&staff, &server).await;
    page.seek("@staff:").await;
    page.wait_for_keys(&["@staff:rota"]).await;
    put(&server, "@staff:rota", &json!("Eve on Tuesday")).await;
    page.wait_for("@staff:rota", "Tuesday").await;
    page.follow("@staff:rota").await.wait_for_history("\"Eve on Tuesday\"", 2).await;
    visitor.quit().await;
    staff.quit().await;
}

/// Two people edit one factory at the same time, each with input from before the other's change arrived: both end the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_changes_of_a_factory_show_the_same_on_both_pages() {
    let server = Server::start().await;
    let (desk, phone) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    sign_in(&desk, &server, "/settings", "John").await;
    sign_in(&phone, &server, "/settings", "Chris").await;
    let (johns, chriss) = tokio::join!(FactoriesPage::open(&desk, &server), FactoriesPage::open(&phone, &server));
    johns.make("North", [1, 100], 5).await;
    chriss.wait_for("North", "1 to 100", 5, true).await;
    johns.begin_edit("North", "John's", [50, 60]).await;
    // Both bounds are new: only changed values are sent, and an unchanged bound might not fit John's.
    chriss.begin_edit("North", "Chris's", [2, 9]).await;
    tokio::join!(johns.save(), chriss.save());
    let id = server.api().call(Method::GET, "/v1/factories").await.data()[0]["id"].as_str().unwrap().to_owned();
    let answered = async {
        loop {
            // Both saves are acknowledged: the third revision is the last.
            let response = server.api().call(Method::GET, "/v1/factories").await;
            if response.data()[0]["rev"] == 3 {
                break response.data()[0].clone();
            }
        }
    };
    let factory = tokio::time::timeout(test_support::TIMEOUT, answered).await.expect("both saves are answered");
    let children: Vec<String> = factory["children"].as_array().unwrap().iter().map(Value::to_string).collect();
    let bounds = format!("{} to {}", factory["lower"], factory["upper"]);
    let tree = json!([[id, factory["name"], bounds, children]]);
    johns.wait_for_tree(&tree).await;
    chriss.wait_for_tree(&tree).await;
    assert_sound(&desk, "the factory tree").await;
    // The second one may find that the factory is gone: the page shows that, and both see the same.
    let name = factory["name"].as_str().unwrap();
    johns.begin_generation(name, 15).await;
    tokio::join!(desk.press("\u{e007}"), chriss.remove(name));
    johns.wait_for_absence(name).await;
    chriss.wait_for_absence(name).await;
    assert_eq!((johns.tree().await, chriss.tree().await), (json!([]), json!([])));
    desk.quit().await;
    phone.quit().await;
}

/// A change is shown before the response; a rejected change is undone, and the reason is shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factory_is_shown_at_once_and_put_right_when_it_is_refused() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    browser.hold_writes().await;
    let page = FactoriesPage::open(&browser, &server).await;
    page.make("North", [1, 100], 5).await;
    page.wait_for("North", "1 to 100", 5, false).await;
    assert_eq!(page.tree().await[0][3], json!(["…", "…", "…", "…", "…"]), "its numbers are not known yet");
    browser.let_writes_go().await;
    page.wait_for("North", "1 to 100", 5, true).await;
    let before = page.tree().await;

    // Another client removes it while a change of it is in flight.
    page.begin_edit("North", "South", [200, 300]).await;
    page.save().await;
    page.wait_for("South", "200 to 300", 5, false).await;
    let id = before[0][0].as_str().unwrap().to_owned();
    server.api().call(Method::DELETE, &format!("/v1/factories/{id}")).await;
    page.wait_for_absence("South").await;
    browser.let_writes_go().await;
    page.wait_for_refusal("couldn't be changed: There is no factory").await;

    page.make("East", [1, 100], 3).await;
    page.wait_for("East", "1 to 100", 3, false).await;
    browser.let_writes_go().await;
    page.wait_for("East", "1 to 100", 3, true).await;
    let before = page.tree().await;
    // The server is down: the factory shown as removed is there again.
    page.remove("East").await;
    page.wait_for_absence("East").await;
    browser.wait_for_writes(4).await;
    browser.set_network(false).await;
    browser.let_writes_go().await;
    page.wait_for_refusal("“East” couldn't be deleted: The server can't be reached").await;
    page.wait_for_tree(&before).await;
    browser.set_network(true).await;
    page.generate("East", 99).await;
    browser
        .wait_for(
            "a refusal at the field",
            "document.querySelector('.count-form .failure').innerText.includes('1 to 15')",
        )
        .await;
    browser.press("\u{e00c}").await;
    page.make("", [9, 1], 3).await;
    browser
        .wait_for("a refusal at the bounds", "document.querySelector('#new-lower-note').innerText.includes('above')")
        .await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_usable_and_sound_at_every_size_and_in_the_dark() {
    let server = Server::start().await;
    put(&server, &format!("long:{}", "k".repeat(251)), &json!({"name": "x".repeat(300)})).await;
    put(&server, "vehicle:3", &json!({"speed": 40, "driver": {"name": "Ada", "tags": ["day", null, true]}})).await;
    put(&server, "vehicle:3", &json!({"speed": 41, "driver": {"name": "Bob", "tags": ["day", true]}})).await;
    let body = json!({"name": "A factory whose name is a little longer", "lower": -1_000_000_000, "upper": 1_000_000_000, "count": 15});
    assert_eq!(server.api().call_with(Method::POST, "/v1/factories", &body).await.status, 201);
    let browser = Browser::start(Screen::NARROW).await;
    for (path, content) in [
        ("/items", "[data-item]".to_owned()),
        ("/items/vehicle:3", ".json-line[data-change=was]".to_owned()),
        (&format!("/items/long:{}", "k".repeat(251)), ".json-line".to_owned()),
        ("/factories", "[data-factory] .menu-button".to_owned()),
    ] {
        for screen in [Screen::NARROW, Screen::PHONE, Screen::DESK, Screen::NARROW.dark(), Screen::DESK.dark()] {
            browser.show_on(screen).await;
            browser.open(&format!("{}{path}", server.address())).await;
            wait_for_connection(&browser, "live").await;
            browser.wait_for("its content", &format!("document.querySelector('{content}')")).await;
            assert_no_sideways_scroll(&browser).await;
            assert_sound(&browser, &format!("{path} on {screen:?}")).await;
        }
    }
    browser.quit().await;
}
