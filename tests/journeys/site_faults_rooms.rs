//! Faults of the rooms' pages that people have reported: settings of two host panels, scores, keys, drafts, blocked storage.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::browser::{Browser, Screen};
use test_support::pages::host::HostPage;
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::{sign_in, wait_until_signed_out};
use test_support::pages::{assert_sound, wait_for_connection};
use test_support::people::Person;
use test_support::rooms::{Room, continents, essay, primes};
use test_support::server::Server;

/// Opens the host's panel in a browser.
async fn panel<'a>(browser: &'a Browser, server: &Server, room: &Room<'_>) -> HostPage<'a> {
    sign_in(browser, server, &format!("/rooms/{}/control", room.id), "Ada").await;
    wait_for_connection(browser, "live").await;
    HostPage::on(browser)
}

/// The room's settings on the server.
async fn settings(creator: &Person, room: &Room<'_>) -> (String, bool) {
    let answer = creator.api.call(Method::GET, &room.path("")).await;
    let data = &answer.data()["room"];
    (data["name"].as_str().expect("a name").to_owned(), data["guestsAllowed"].as_bool().expect("whether guests may"))
}

/// A forbids guests while B, who has not received this change, renames the room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_host_panels_do_not_undo_each_others_settings() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let (first, second) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::DESK));
    second.hold_writes().await;
    let (a, b) = tokio::join!(panel(&first, &server, &room), panel(&second, &server, &room));
    b.open_settings().await;
    b.rename("Physics").await;
    b.save_settings().await;
    second.wait_for_writes(1).await;
    a.open_settings().await;
    a.press_guests().await;
    a.save_settings().await;
    a.wait_for_settings_words("Settings saved.").await;
    assert_eq!(settings(&ada, &room).await, ("Biology".to_owned(), false));
    second.let_writes_go().await;
    b.wait_for_settings_words("The room was changed elsewhere").await;
    b.wait_for_settings("Physics", false).await;
    assert_eq!(settings(&ada, &room).await, ("Biology".to_owned(), false), "what A has saved holds");
    b.save_settings().await;
    second.wait_for_writes(2).await;
    second.let_writes_go().await;
    b.wait_for_settings_words("Settings saved.").await;
    assert_eq!(settings(&ada, &room).await, ("Physics".to_owned(), false));
    a.wait_for_settings("Physics", false).await;
    first.quit().await;
    second.quit().await;
}

/// The results of the first question are still loading when the second one ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_score_sheet_is_fresh_though_questions_end_while_it_loads() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let bob = server.member("Bob").await;
    let browser = Browser::start(Screen::DESK).await;
    let held = "const real = window.fetch; window.results = [];
        window.fetch = (input, init) => { const answer = real(input, init);
            return /\\/results/.test(input.url ?? input)
                ? answer.then((found) => new Promise((go) => {
                    window.results.push(() => go(found)); document.documentElement.dataset.results = window.results.length; }))
                : answer; };";
    browser.before_each_page(held).await;
    let host_page = panel(&browser, &server, &room).await;
    for pick in 1..=2 {
        room.pick(&continents()).await;
        host_page.wait_for_pick(pick, "open").await;
        let answer = bob.answer(&room.id, pick, &json!({"choices": [0]})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        // Each response is held on arrival: it has the state before the next question ended.
        room.show_feedback(pick).await;
        host_page.wait_for_pick(pick, "closed").await;
        browser.wait_for("results on their way", "document.documentElement.dataset.results").await;
    }
    browser.value("window.results.forEach((go) => go()), setInterval(() => window.results.splice(0).forEach((go) => go()), 20)").await;
    host_page.wait_for_answered("Bob", 2).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_ask_before_a_question_ends_and_can_be_switched_off() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&essay()).await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    host_page.wait_for_pick(1, "open").await;
    browser.press_on_page("f").await;
    browser
        .wait_for("a question", "document.querySelector('dialog[open]')?.innerText.includes('Show the feedback?')")
        .await;
    assert_eq!(room.get("").await.data()["room"]["state"], "question_open", "nothing ends before the answer");
    browser.click_text("dialog[open] button", "Cancel").await;
    browser.wait_for("the dialog to close", "!document.querySelector('dialog[open]')").await;
    host_page.wait_for_pick(1, "open").await;

    let panel = browser.value("location.pathname").await;
    browser.open(&format!("{}/settings", server.address())).await;
    browser.click_text("label", "Keyboard shortcuts").await;
    browser.open(&format!("{}{}", server.address(), panel.as_str().expect("a path"))).await;
    host_page.wait_for_pick(1, "open").await;
    browser.press_on_page("f").await;
    browser.press_on_page("/").await;
    assert_eq!(browser.value("document.querySelector('dialog[open]')").await, json!(null));
    assert_eq!(browser.value("document.activeElement.tagName").await, "BODY", "no key moves the focus");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_not_shown_to_the_next_user_of_the_tab() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", false).await;
    room.pick(&essay()).await;
    let browser = Browser::start(Screen::PHONE).await;
    let path = format!("/rooms/{}", room.id);
    sign_in(&browser, &server, &path, "Bob").await;
    let page = RoomPage::on(&browser);
    page.wait_for_pick(1, "open").await;
    browser.fill("#answer-text", "Because of Bob").await;
    // What is typed is stored under the person.
    browser.open(&format!("{}{path}", server.address())).await;
    browser.wait_for_soon("the draft", "document.querySelector('#answer-text')?.value === 'Because of Bob'").await;
    browser.open(&format!("{}/settings", server.address())).await;
    browser.click_text("main button", "Sign out").await;
    wait_until_signed_out(&browser).await;
    sign_in(&browser, &server, &path, "Cleo").await;
    page.wait_for_pick(1, "open").await;
    browser.wait_for_soon("an empty field", "document.querySelector('#answer-text')?.value === ''").await;
    let stored = browser.value("JSON.stringify([{...sessionStorage}, {...localStorage}])").await;
    assert!(!stored.to_string().contains("Because of Bob"), "{stored}");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_storage_is_blocked_a_guest_joins_and_sign_in_says_why_not() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&continents()).await;
    let browser = Browser::start(Screen::PHONE).await;
    browser
        .before_each_page(
            "for (const area of ['localStorage', 'sessionStorage']) Object.defineProperty(window, area,
                { get() { throw new DOMException('blocked', 'SecurityError'); } });",
        )
        .await;
    let page = RoomPage::invited(&browser, &server, &room).await;
    page.join("Eve").await;
    page.wait_for_pick(1, "open").await;
    page.choose(0).await;
    page.send().await;
    page.wait_until_sent().await;
    browser.open(&format!("{}/settings", server.address())).await;
    browser.click_text("main button", "Sign in").await;
    browser
        .wait_for("the reason", "document.querySelector('main').innerText.includes('This browser blocks storage')")
        .await;
    browser.quit().await;
}

/// The page of a room that is deleted under its host.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_focus_stays_on_the_page_when_its_room_is_deleted() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    host_page.choose(".delete-room").await;
    browser.click_text("dialog[open] button", "Delete room").await;
    RoomPage::on(&browser).wait_for_words("This room has been deleted").await;
    browser.assert_focus_kept("the room is deleted").await;
    browser.quit().await;
}

/// Joins a room as a guest before a question is open.
async fn join<'a>(browser: &'a Browser, server: &Server, room: &Room<'_>) -> RoomPage<'a> {
    let page = RoomPage::invited(browser, server, room).await;
    page.join("Eve").await;
    page.wait_for_state("no_question").await;
    wait_for_connection(browser, "live").await;
    page
}

/// A question with this time limit in seconds.
fn limited(mut question: Value, seconds: u32) -> Value {
    question["timeLimitSeconds"] = json!(seconds);
    question
}

/// The answers to a pick on the server.
async fn answers(room: &Room<'_>, pick: u32) -> Value {
    let answers = room.get(&format!("/picks/{pick}/attempts")).await;
    answers.data().as_array().expect("a list").iter().map(|answer| answer["answer"].clone()).collect()
}

/// The page showed the edited boxes above “Your answer counts.”
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_a_question_is_over_the_page_shows_the_answer_that_counts() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = join(&browser, &server, &room).await;
    room.pick(&limited(primes(), 10)).await;
    page.wait_for_pick(1, "open").await;
    page.choose(0).await;
    page.send().await;
    page.wait_until_sent().await;
    browser.block(&["*/answer"]).await;
    page.choose(1).await;
    page.wait_for_words("Time's up. Your last change was not sent. Your earlier answer counts.").await;
    page.wait_for_choices(&[0]).await;
    assert_eq!((page.failure().await.as_str(), answers(&room, 1).await), ("", json!([{"choices": [0]}])));
    assert_sound(&browser, "a change that was not sent").await;
    room.show_feedback(1).await;
    page.wait_for_verdict("partly").await;
    page.wait_for_words("Your last change was not sent. Your earlier answer counts.").await;

    // The host ends a question without a limit.
    browser.block(&[]).await;
    room.pick(&essay()).await;
    page.wait_for_pick(2, "open").await;
    browser.fill("#answer-text", "It scatters").await;
    room.show_feedback(2).await;
    page.wait_for_pick(2, "closed").await;
    page.wait_for_words("Your answer was not sent.").await;
    assert_sound(&browser, "an answer that was not sent").await;
    browser.quit().await;
}

/// Ticked or typed input that was not sent was lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_ticked_or_typed_is_sent_before_the_time_is_up() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::PHONE).await;
    browser.record_writes().await;
    let page = join(&browser, &server, &room).await;
    room.pick(&limited(primes(), 8)).await;
    page.wait_for_pick(1, "open").await;
    page.choose(0).await;
    page.choose(2).await;
    // Ticks another one as soon as the first two are sent: it is sent within the remaining time.
    browser
        .value(
            "new MutationObserver((_, observer) => { if (document.querySelector('[data-option=\"2\"][data-sent]')) {
                observer.disconnect(); document.querySelector('[data-option=\"1\"] input').click(); } })
                .observe(document.body, { subtree: true, attributes: true })",
        )
        .await;
    page.wait_until_option_is_sent(1).await;
    page.wait_for_words("Time's up. Your answer counts.").await;
    page.wait_for_choices(&[0, 1, 2]).await;
    assert_eq!(answers(&room, 1).await, json!([{"choices": [0, 1, 2]}]));
    let sent = browser.value("window.writes.filter(([, path]) => path.endsWith('/answer')).map(([,, body]) => body)");
    assert_eq!(sent.await, json!(["{\"choices\":[0,2]}", "{\"choices\":[0,1,2]}"]), "once, and once for the change");

    room.pick(&limited(essay(), 6)).await;
    page.wait_for_pick(2, "open").await;
    browser.fill("#answer-text", "It scatters").await;
    page.wait_for_words("Time's up. Your answer counts.").await;
    assert_eq!(answers(&room, 2).await, json!([{"text": "It scatters"}]));
    browser.quit().await;
}

/// The page showed that the server cannot be reached, and never removed the message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_given_offline_is_sent_when_the_connection_is_back() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::PHONE).await;
    browser.remember_connections().await;
    let page = join(&browser, &server, &room).await;
    let waits = "Not sent yet. It is sent as soon as you are connected again.";
    for (pick, question) in [(1, continents()), (2, primes())] {
        room.pick(&question).await;
        page.wait_for_pick(pick, "open").await;
        browser.set_network(false).await;
        browser.cut_connections().await;
        wait_for_connection(&browser, "offline").await;
        page.choose(1).await;
        page.send().await;
        page.wait_for_words(waits).await;
        assert_eq!(page.failure().await, "", "it is said once");
        // The browser logs an error without a network.
        assert_eq!(browser.violations().await, Vec::<String>::new(), "an answer that waits for the connection");
        browser.set_network(true).await;
        page.wait_until_option_is_sent(1).await;
        page.wait_until_sent().await;
        assert_eq!((page.failure().await.as_str(), answers(&room, pick).await), ("", json!([{"choices": [1]}])));
    }

    // The question ends meanwhile.
    room.pick(&continents()).await;
    page.wait_for_pick(3, "open").await;
    browser.set_network(false).await;
    browser.cut_connections().await;
    wait_for_connection(&browser, "offline").await;
    page.choose(1).await;
    page.wait_for_words(waits).await;
    room.show_feedback(3).await;
    browser.set_network(true).await;
    page.wait_for_pick(3, "closed").await;
    page.wait_for_words("Your answer was not sent.").await;
    assert_eq!(answers(&room, 3).await, json!([]));
    browser.quit().await;
}
