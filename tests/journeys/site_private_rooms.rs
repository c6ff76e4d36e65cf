//! A private room in real browsers: no other member sees it listed, its code and its link give access, and its host removes a guest.

use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::host::HostPage;
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::sign_in;
use test_support::pages::{assert_sound, wait_for_connection};
use test_support::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_room_from_its_making_to_the_removal_of_a_guest() {
    let server = Server::start().await;
    let (desk, laptop, phone) =
        tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    sign_in(&desk, &server, "/rooms", "Ada").await;
    HostPage::open_room_form(&desk).await;
    desk.click_text(".room-form label", "Private room").await;
    let host_page = HostPage::make_room(&desk, "Secret club").await;
    let (room, code) = host_page.room().await;

    // A visitor sees no list, and a member sees it without this room.
    phone.open(&format!("{}/rooms", server.address())).await;
    RoomPage::on(&phone).wait_for_words("6 characters").await;
    sign_in(&laptop, &server, "/rooms", "Bob").await;
    wait_for_connection(&laptop, "live").await;
    RoomPage::on(&laptop).wait_for_words("No rooms yet").await;
    let shown = laptop.value("document.body.innerText").await.to_string();
    assert!(!shown.contains("Secret club"), "{shown}");

    // At its address the page requests the code from a member.
    let member = RoomPage::open(&laptop, &server, &room).await;
    member.wait_for_words("This room is private").await;
    // So does its host panel, which links to the page for the code.
    laptop.open(&format!("{}/rooms/{room}/control", server.address())).await;
    member.wait_for_words("This room is private").await;
    laptop.click_text("main a", "Open the room").await;
    laptop.fill("#join-code", "ABC234").await;
    member.wait_for_words("This is not the join code of this room").await;
    assert_accessible(&laptop, "a private room that asks for its code").await;
    laptop.fill("#join-code", &code.to_lowercase()).await;
    member.wait_for_state("no_question").await;
    laptop.assert_focus_kept("the room has let them in").await;

    // The projector's QR code is a link with a token, which the page removes from the address bar at once.
    let ada = server.member("Ada").await;
    let link = ada.api.call(reqwest::Method::GET, &format!("/v1/rooms/{room}/link")).await;
    let link = link.data()["link"].as_str().expect("a token").to_owned();
    let guest = RoomPage::open(&phone, &server, &format!("{room}#join={link}")).await;
    guest.wait_for_words("Secret club").await;
    assert_eq!(phone.value("location.hash + location.search").await, json!(""));
    let asked = phone.value("performance.getEntriesByType('resource').map((entry) => entry.name).join()").await;
    assert!(!asked.to_string().contains(&link), "no address that is asked for has it: {asked}");
    // A name equal to the host's gets a number.
    guest.join("Ada").await;
    guest.wait_for_state("no_question").await;
    guest.wait_for_words("Joined as Ada (2)").await;
    host_page.wait_for_people(2, None).await;

    host_page.open_tab("people").await;
    desk.wait_for("the guest as a guest", "[...document.querySelectorAll('[data-present]')].some((row) => row.innerText.includes('Ada (2)') && row.innerText.includes('Guest'))").await;
    assert_sound(&desk, "the people of a room").await;
    desk.click(".remove-guest").await;
    desk.click_text("dialog[open] button", "Remove").await;
    guest.wait_for_words("You are no longer a guest of this room").await;
    let shown = phone.value("document.body.innerText").await.to_string();
    assert!(!shown.contains("Joined as"), "{shown}");
    host_page.wait_for_people(1, None).await;
    desk.assert_focus_kept("the guest is removed").await;
    assert_accessible(&phone, "a room that has removed its guest").await;

    // The previous token opens nothing; the code does.
    phone.open(&format!("{}/rooms/{room}", server.address())).await;
    guest.wait_for_words("You are no longer a guest of this room").await;
    phone.click_text("main button", "Join again").await;
    phone.fill("#join-code", &code).await;
    guest.join("Eve").await;
    guest.wait_for_state("no_question").await;
    for browser in [desk, laptop, phone] {
        browser.quit().await;
    }
}

/// Asserts that axe-core finds nothing, and that the page has logged no errors except for the server's refusals.
async fn assert_accessible(browser: &Browser, what: &str) {
    assert_eq!(browser.violations().await, Vec::<String>::new(), "{what}");
    let complaints = browser.complaints().await;
    assert!(
        complaints.iter().all(|complaint| complaint.contains("the server responded with a status of 40")),
        "{complaints:#?}"
    );
}
