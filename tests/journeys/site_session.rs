//! A session in real browsers: creator, member and guest at the same time, from the room to the exported file.

use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::host::{HostPage, write_question};
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::sign_in;
use test_support::pages::{assert_no_sideways_scroll, assert_sound, wait_for_connection};
use test_support::people::Person;
use test_support::rooms::{Room, continents, essay};
use test_support::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_session_in_three_browsers() {
    let server = Server::start().await;
    let (desk, laptop, phone) =
        tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    sign_in(&desk, &server, "/questions", "Ada").await;
    write_question(&desk, "How *many* continents are there?", &[("seven", true), ("one", false)]).await;
    write_question(&desk, "Why is the sky blue?", &[]).await;
    desk.click_text("nav a", "Rooms").await;
    let host_page = HostPage::make_room(&desk, "Biology 7b").await;
    let (room, code) = host_page.room().await;

    let guest = RoomPage::open(&phone, &server, &format!("{room}#join={code}")).await;
    guest.join("Eve").await;
    guest.wait_for_state("no_question").await;
    sign_in(&laptop, &server, "/rooms", "Bob").await;
    laptop.fill("#join-code", &code.to_lowercase()).await;
    let member = RoomPage::on(&laptop);
    member.wait_for_state("no_question").await;
    host_page.wait_for_people(2, None).await;

    host_page.pick("How many continents").await;
    guest.wait_for_pick(1, "open").await;
    member.wait_for_pick(1, "open").await;
    phone.press_on_page("2").await;
    guest.wait_until_chosen(1).await;
    guest.wait_until_sent().await;
    member.choose(1).await;
    member.wait_until_option_is_sent(1).await;
    host_page.wait_for_people(2, Some(2)).await;
    member.choose(0).await;
    member.wait_until_option_is_sent(0).await;
    host_page.wait_for_row("Bob", "changed").await;
    RoomPage::on(&desk).wait_for_bar(0, 1).await;
    assert_sound(&desk, "the control panel with answers").await;
    assert_sound(&phone, "a question that was answered").await;

    // The key requires a confirmation, since it ends the question for all.
    desk.press_on_page("f").await;
    desk.click("dialog[open] button[type=submit]").await;
    member.wait_for_mark(0, "correct").await;
    member.wait_for_verdict("correct").await;
    member.wait_for_words("Total 100 % of 1 question").await;
    guest.wait_for_verdict("wrong").await;
    guest.wait_for_mark(1, "wrong").await;
    guest.wait_for_mark(0, "missed").await;
    guest.wait_for_words("said of one").await;
    host_page.open_tab("scores").await;
    host_page.wait_for_row("Bob", "100 %").await;
    host_page.open_tab("answers").await;

    host_page.pick("Why is the sky blue").await;
    guest.wait_for_pick(2, "open").await;
    phone.fill("#answer-text", "It scatters").await;
    guest.send().await;
    guest.wait_until_sent().await;
    host_page.wait_for_row("Eve", "It scatters").await;
    // The saved file is the one that the page gives to the browser.
    desk.value("URL.createObjectURL = (blob) => { blob.text().then((text) => { document.body.dataset.saved = text; }); return 'blob:x'; }")
        .await;
    host_page.choose(".export-session").await;
    desk.wait_for("the session's file", "document.body.dataset.saved?.includes('It scatters')").await;
    host_page.choose(".close-room").await;
    desk.click_text("dialog[open] button", "Close room").await;
    guest.wait_for_state("room_closed").await;
    guest.wait_for_words("This room is closed").await;
    guest.wait_for_words("Total 0 % of 1 question").await;
    desk.click(".reopen-room").await;
    guest.wait_for_state("no_question").await;
    for browser in [desk, laptop, phone] {
        browser.quit().await;
    }
}

/// A room with an open question, and a guest's browser in it.
async fn with_guest<'a>(server: &Server, creator: &'a Person, browser: &Browser) -> Room<'a> {
    let room = creator.room("Biology", true).await;
    room.pick(&continents()).await;
    let page = RoomPage::invited(browser, server, &room).await;
    page.join("Eve").await;
    page.wait_for_pick(1, "open").await;
    room
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_network_loss_during_a_pick_the_page_is_up_to_date() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let phone = Browser::start(Screen::PHONE).await;
    phone.remember_connections().await;
    let room = with_guest(&server, &ada, &phone).await;
    let page = RoomPage::on(&phone);
    page.choose(1).await;
    page.send().await;
    page.wait_until_sent().await;
    phone.set_network(false).await;
    phone.cut_connections().await;
    wait_for_connection(&phone, "offline").await;
    room.show_feedback(1).await;
    room.pick(&essay()).await;
    phone.set_network(true).await;
    wait_for_connection(&phone, "live").await;
    page.wait_for_pick(2, "open").await;
    phone.fill("#answer-text", "Because").await;
    page.send().await;
    page.wait_until_sent().await;
    assert_eq!(room.get("/picks/2/attempts").await.data().as_array().map(Vec::len), Some(1));
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_of_one_participant_and_of_the_creator_stay_in_step() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (desk, phone) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    let room = with_guest(&server, &ada, &phone).await;
    let page = RoomPage::on(&phone);
    phone.open_tab(&format!("{}/rooms/{}", server.address(), room.id)).await;
    page.wait_for_pick(1, "open").await;
    page.choose(2).await;
    page.send().await;
    page.wait_until_sent().await;
    phone.switch_to_tab(0).await;
    page.wait_until_chosen(2).await;
    page.wait_until_sent().await;

    ada.question(&essay()).await;
    let host_page = format!("/rooms/{}/control", room.id);
    sign_in(&desk, &server, &host_page, "Ada").await;
    let panel = HostPage::on(&desk);
    panel.wait_for_pick(1, "open").await;
    desk.open_tab(&format!("{}{host_page}", server.address())).await;
    panel.wait_for_pick(1, "open").await;
    panel.pick("Why is the sky blue").await;
    desk.click_text("dialog[open] button", "Skip and pick").await;
    panel.wait_for_pick(2, "open").await;
    desk.switch_to_tab(0).await;
    panel.wait_for_pick(2, "open").await;
    page.wait_for_pick(2, "open").await;
    for browser in [desk, phone] {
        browser.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_room_says_so_and_a_strangers_control_is_closed() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (desk, phone) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    let room = with_guest(&server, &ada, &phone).await;
    sign_in(&desk, &server, &format!("/rooms/{}/control", room.id), "Bob").await;
    RoomPage::on(&desk).wait_for_words("You are not the host of this room").await;
    let text = desk.value("document.body.innerHTML").await.to_string();
    assert!(!text.contains("secret"), "nothing of the answers reaches a stranger");
    ada.api.call(reqwest::Method::DELETE, &room.path("")).await;
    RoomPage::on(&phone).wait_for_words("This room was deleted").await;
    for browser in [desk, phone] {
        browser.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_rooms_is_usable_and_sound_at_every_size_and_in_the_dark() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology, with a name that is longer than most names of rooms are", true).await;
    let mut limited = continents();
    limited["timeLimitSeconds"] = json!(3_600);
    room.pick(&limited).await;
    room.show_feedback(1).await;
    room.pick(&essay()).await;
    room.show_feedback(2).await;
    room.pick(&limited).await;
    let eve = server.guest(&room, "Eve").await;
    eve.answer(&room.id, 3, &json!({"choices": [0]})).await;
    let browser = Browser::start(Screen::NARROW).await;
    sign_in(&browser, &server, "/questions", "Ada").await;
    let own = format!("/rooms/{}", room.id);
    let pages = [
        "/rooms".to_owned(),
        own.clone(),
        format!("{own}/control"),
        format!("{own}/screen"),
        "/questions".to_owned(),
        "/settings".to_owned(),
    ];
    look(&browser, &server, &pages).await;
    let guest = Browser::start(Screen::NARROW).await;
    RoomPage::invited(&guest, &server, &room).await;
    look(&guest, &server, &[own.clone(), format!("{own}/control"), "/questions".to_owned()]).await;
    let page = RoomPage::invited(&guest, &server, &room).await;
    page.join("Bo").await;
    page.wait_for_pick(3, "open").await;
    look(&guest, &server, std::slice::from_ref(&own)).await;
    room.show_feedback(3).await;
    page.wait_for_pick(3, "closed").await;
    look(&guest, &server, std::slice::from_ref(&own)).await;
    for browser in [browser, guest] {
        browser.quit().await;
    }
}

async fn look(browser: &Browser, server: &Server, pages: &[String]) {
    for path in pages {
        browser.open(&format!("{}{path}", server.address())).await;
        browser.wait_for("a heading", "document.querySelector('main h1')").await;
        browser.wait_for("what is asked for", "!document.querySelector('[aria-busy=\"true\"]')").await;
        for screen in [Screen::NARROW, Screen::PHONE, Screen::DESK, Screen::NARROW.dark(), Screen::DESK.dark()] {
            browser.show_on(screen).await;
            assert_no_sideways_scroll(browser).await;
            assert_sound(browser, &format!("{path} on {screen:?}")).await;
        }
    }
}
