//! The host panel and the projector in a real browser: a session with one button, and earlier faults of either page.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::browser::{Browser, Screen};
use test_support::pages::assert_sound;
use test_support::pages::host::HostPage;
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::sign_in;
use test_support::rooms::{Room, continents, essay, primes};
use test_support::server::Server;

const ENTER: &str = "\u{e007}";
const PAGE_DOWN: &str = "\u{e00f}";
const TAB: &str = "\u{e004}";
const ESCAPE: &str = "\u{e00c}";
const UP: &str = "\u{e013}";

/// The host's panel of a room.
async fn panel<'a>(browser: &'a Browser, server: &Server, room: &Room<'_>) -> HostPage<'a> {
    sign_in(browser, server, &format!("/rooms/{}/control", room.id), "Ada").await;
    HostPage::on(browser)
}

/// Eight options of ninety characters, three of them correct.
fn long_options() -> Value {
    let option = |index: usize| {
        let text = format!("{index} {}", "a long option that says a lot ".repeat(3).trim_end());
        json!({"text": text, "isCorrect": index < 3, "feedback": "secret: so it is"})
    };
    json!({"text": "Which of these long statements are right?", "options": (0..8).map(option).collect::<Vec<_>>()})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_list_leads_through_a_session_with_one_button() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (first, _) = (ada.question(&continents()).await, ada.question(&primes()).await);
    let room = ada.room("Biology", true).await;
    let eve = server.guest(&room, "Eve").await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    host_page.wait_for_step("choose").await;
    browser.click(".add-all").await;
    host_page.wait_for_run_list(&["continents", "primes"]).await;
    host_page.wait_for_step("pick").await;
    assert_sound(&browser, "the panel with a run list").await;

    // By the keyboard: the menu of a row moves it, and its menu keeps the focus.
    browser.click(".run-row:last-child .menu-button").await;
    browser.click(".popover:popover-open .move-up").await;
    host_page.wait_for_run_list(&["primes", "continents"]).await;
    browser.assert_focus_kept("a question is moved").await;

    browser.press_on_page(" ").await;
    host_page.wait_for_pick(1, "open").await;
    host_page.wait_for_session("live").await;
    browser.assert_focus_on(".next-step", "a question is picked").await;
    assert_eq!(eve.answer(&room.id, 1, &json!({"choices": [0, 1]})).await.status, 200);
    browser
        .wait_for("the answer in the bar", "document.querySelector('.answered-count')?.dataset.answered === '1'")
        .await;
    // A presentation remote sends Page Down.
    host_page.wait_until_settled().await;
    browser.press(PAGE_DOWN).await;
    host_page.wait_for_pick(1, "closed").await;
    host_page.wait_for_run_list(&["✓ Asked · 100 % right", "Next"]).await;
    // It works whatever was pressed before, here a tab.
    host_page.open_tab("people").await;
    browser.press(PAGE_DOWN).await;
    host_page.wait_for_pick(2, "open").await;
    host_page.press_step().await;
    host_page.wait_for_pick(2, "closed").await;
    host_page.wait_for_step("choose").await;

    // Fault: the same question was asked twice without a warning, and both counted.
    host_page.pick("primes").await;
    host_page.wait_for_question("You have asked it already").await;
    browser.click_text("dialog[open] button", "Cancel").await;
    host_page.open_tab("scores").await;
    host_page.wait_for_row("Eve", "1 of 2").await;

    // A change on another page of the host is shown at once.
    ada.api.call_with(Method::PUT, &room.path("/run-list"), &json!({"questions": [first]})).await;
    host_page.wait_for_run_list(&["continents"]).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_list_is_put_in_order_by_its_handles_and_a_removal_is_undone() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let mut list = Vec::new();
    for question in [continents(), primes(), essay()] {
        list.push(ada.question(&question).await);
    }
    let room = ada.room("Biology", true).await;
    ada.api.call_with(Method::PUT, &room.path("/run-list"), &json!({"questions": list})).await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    host_page.wait_for_run_list(&["continents", "primes", "sky"]).await;
    browser.press_on_handle(2, UP).await;
    host_page.wait_for_run_list(&["continents", "sky", "primes"]).await;
    browser.assert_focus_on(".run-row:nth-child(2) .drag-handle", "a question is moved:").await;
    browser.drag_row(0, 2).await;
    host_page.wait_for_run_list(&["sky", "primes", "continents"]).await;

    browser.click(".run-row:nth-child(2) .menu-button").await;
    browser.click_text(".popover:popover-open .menu-entry", "Remove from run list").await;
    host_page.wait_for_run_list(&["sky", "continents"]).await;
    browser.click_text(".message button", "Undo").await;
    host_page.wait_for_run_list(&["sky", "primes", "continents"]).await;
    browser.assert_focus_kept("a removal is undone").await;
    browser.quit().await;
}

/// Faults: after any click the space bar pressed that element again; two quick presses opened a question and ended it; the panel showed
/// no next step at the end; and a button called “Done” discarded changed settings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hasty_and_stray_presses_do_what_the_host_means() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let question = ada.question(&continents()).await;
    let room = ada.room("Biology", true).await;
    ada.api.call_with(Method::PUT, &room.path("/run-list"), &json!({"questions": [question]})).await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    host_page.wait_for_step("pick").await;
    host_page.open_tab("people").await;
    browser.press(" ").await;
    host_page.wait_for_pick(1, "open").await;
    // The second of two quick presses.
    browser.press(PAGE_DOWN).await;
    host_page.wait_until_settled().await;
    host_page.wait_for_pick(1, "open").await;
    // If the focus came to a control by keys, the space bar presses that control.
    browser.press(TAB).await;
    browser.value("document.querySelector('.hide-bars input').focus()").await;
    browser.press(" ").await;
    browser.wait_for("no bars", "document.querySelector('.question[data-bars=hidden]')").await;
    host_page.wait_for_pick(1, "open").await;
    // After a click on it, the space bar does not.
    browser.click_text(".hide-bars label", "Hide bars").await;
    browser.wait_for("the bars", "document.querySelector('.question:not([data-bars])')").await;
    browser.press(" ").await;
    host_page.wait_for_pick(1, "closed").await;

    host_page.wait_for_step("choose").await;
    browser.wait_for("what is left to do", "document.querySelector('.stage-end')").await;
    browser.click(".top-five").await;
    browser.wait_for("the best on the projector", "document.querySelector('.top-five[aria-pressed=true]')").await;
    assert_sound(&browser, "the end of a run list").await;

    host_page.open_settings().await;
    let button = |words: &str| {
        format!("[...document.querySelectorAll('.room-settings button')].some((one) => one.innerText === '{words}')")
    };
    browser.wait_for("nothing to save", &button("Done")).await;
    host_page.press_guests().await;
    browser.wait_for("something to save", &button("Cancel")).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_library_beside_a_run_list_adds_by_keys_and_is_left_by_them() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (question, _) = (ada.question(&continents()).await, ada.question(&primes()).await);
    let room = ada.room("Biology", true).await;
    ada.api.call_with(Method::PUT, &room.path("/run-list"), &json!({"questions": [question]})).await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    host_page.wait_for_run_list(&["continents"]).await;
    browser.click(".add-questions").await;
    browser.assert_focus_on("#bank-search", "questions are to be added:").await;
    browser.press("primes").await;
    browser.wait_for("one match", "document.querySelectorAll('.bank-row').length === 1").await;
    browser.press(ENTER).await;
    browser.wait_for("it is added", "document.querySelector('.add-question[aria-pressed=true]')").await;
    browser.press("x").await;
    browser.press(ESCAPE).await;
    browser.wait_for("an empty search", "document.querySelector('#bank-search').value === ''").await;
    browser.press(ESCAPE).await;
    host_page.wait_for_run_list(&["continents", "primes"]).await;
    browser.assert_focus_on(".add-questions", "the library is left:").await;
    let data = ada.api.call(Method::GET, &room.path("")).await.data()["room"]["state"].clone();
    assert_ne!(data, json!("question_open"), "nothing was asked");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quick_poll_is_picked_at_once_and_its_bars_can_be_hidden_until_the_results() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let eve = server.guest(&room, "Eve").await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    browser.click(".quick-poll").await;
    // A question that cannot be asked is not sent.
    browser.click_text("dialog[open] button", "Pick").await;
    browser.assert_focus_on("#poll-question[aria-invalid=true]", "there is no question:").await;
    browser.fill("#poll-question", "Shall we take a break?").await;
    browser.fill("#poll-options", "Yes\nNo\n").await;
    assert_sound(&browser, "the quick poll").await;
    browser.click_text("dialog[open] button", "Pick").await;
    host_page.wait_for_pick(1, "open").await;
    browser.assert_focus_on(".next-step", "the poll is picked").await;
    browser.click_text(".hide-bars label", "Hide bars on this screen until results").await;
    assert_eq!(eve.answer(&room.id, 1, &json!({"choices": [0]})).await.status, 200);
    browser.wait_for("the answer", "document.querySelector('.answered-count')?.dataset.answered === '1'").await;
    let seen = "getComputedStyle(document.querySelector('.stage-scroll .bar-count')).visibility";
    assert_eq!(browser.value(seen).await, json!("hidden"));
    host_page.press_step().await;
    host_page.wait_for_pick(1, "closed").await;
    browser.wait_for("the bars", &format!("{seen} === 'visible'")).await;
    // A poll without a correct option has no score.
    let library = ada.api.call(Method::GET, "/v1/questions").await.data().clone();
    assert_eq!(library[0]["content"]["text"], json!("Shall we take a break?"));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pick_leaves_the_search_and_keys_are_keys_again() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    ada.question(&continents()).await;
    ada.question(&primes()).await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    browser.wait_for("the library", "document.querySelectorAll('.bank-row').length === 2").await;
    browser.press_on_page("/").await;
    browser.press("primes").await;
    browser.wait_for("one match", "document.querySelectorAll('.bank-row').length === 1").await;
    browser.press(ENTER).await;
    host_page.wait_for_pick(1, "open").await;
    browser.assert_focus_on(".next-step", "a question is picked").await;
    browser.press("f").await;
    host_page.wait_for_question("Show the feedback?").await;
    assert_eq!(browser.value("document.querySelector('#bank-search')?.value ?? ''").await, json!(""));
    browser.press(ENTER).await;
    host_page.wait_for_pick(1, "closed").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_the_host_presses_is_out_of_sight() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology, with a name that is longer than most names of rooms are", true).await;
    let mut limited = long_options();
    limited["timeLimitSeconds"] = json!(3_600);
    room.pick(&limited).await;
    ada.question(&essay()).await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    host_page.wait_for_pick(1, "open").await;
    browser.wait_for("the time", "document.querySelector('.host-tools .countdown')").await;
    let seen = "(() => { const inside = (selector) => { const box = document.querySelector(selector).getBoundingClientRect();
        return box.width > 0 && box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth; };
        return [...['.next-step', '.add-time', '.end-now', '.join-code', '.host-tools > .menu-button', '.answered-count', '.state-chip']
            .filter((one) => !inside(one)), document.documentElement.scrollHeight > innerHeight ? 'the page scrolls' : ''].join(''); })()";
    for (width, height) in [(1280, 800), (1920, 1080), (1024, 700), (390, 844), (844, 390), (320, 640)] {
        browser.show_on(Screen { width, height, is_dark: false }).await;
        assert_eq!(browser.value(seen).await, json!(""), "{width} × {height}");
        assert_sound(&browser, &format!("the panel at {width} × {height}")).await;
    }
    browser.quit().await;
}

/// Fault: after the feedback of eight long options the last two were cut off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_of_long_options_fit_the_projector() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&long_options()).await;
    let browser = Browser::start(Screen::DESK).await;
    sign_in(&browser, &server, &format!("/rooms/{}/screen", room.id), "Ada").await;
    let fits = "(() => { const all = [...document.querySelectorAll('.screen-option, .screen-count, .screen-text')];
        const whole = (one) => { const box = one.getBoundingClientRect(); return box.height > 0 && box.bottom <= innerHeight && box.right <= innerWidth
            && one.scrollHeight <= one.clientHeight + 1; };
        return all.length === 10 && all.every(whole) && document.documentElement.scrollHeight <= innerHeight; })()";
    for phase in ["open", "closed"] {
        if phase == "closed" {
            room.show_feedback(1).await;
        }
        HostPage::on(&browser).wait_for_pick(1, phase).await;
        for (width, height) in [(1920, 1080), (1280, 720), (1024, 768)] {
            browser.show_on(Screen { width, height, is_dark: false }).await;
            browser.wait_for(&format!("all of it to be seen, {phase} at {width} × {height}"), fits).await;
        }
    }
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_projector_shows_who_is_here_and_takes_the_hosts_keys() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let questions = [ada.question(&continents()).await, ada.question(&primes()).await];
    let room = ada.room("Biology", true).await;
    let list = ada.api.call_with(Method::PUT, &room.path("/run-list"), &json!({"questions": questions})).await;
    assert_eq!(list.status, 200, "{}", list.body);
    let (desk, phone) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    sign_in(&desk, &server, &format!("/rooms/{}/screen", room.id), "Ada").await;
    desk.wait_for("the lobby", "document.querySelector('[data-scene=lobby] .screen-code strong')").await;
    let page = RoomPage::invited(&phone, &server, &room).await;
    page.join("Eve").await;
    desk.wait_for("the guest", "document.querySelector('.screen-names')?.innerText.includes('Eve')").await;
    desk.wait_for("the count", "document.querySelector('.screen-here')?.dataset.here === '1'").await;
    assert_sound(&desk, "the lobby").await;

    desk.press_on_page(PAGE_DOWN).await;
    page.wait_for_pick(1, "open").await;
    desk.wait_for("the count of all", "document.querySelector('.screen-count')?.innerText === '0 of 1 answered'").await;
    desk.wait_for("what is planned", "document.querySelector('.screen-number')?.innerText === 'Question 1 of 2'").await;
    desk.press_on_page("h").await;
    desk.wait_for("no code", "!document.querySelector('.screen-join')").await;
    desk.wait_for("the keys to work again", "document.querySelector('.screen-room:not([data-settling])')").await;
    desk.press_on_page(" ").await;
    page.wait_for_pick(1, "closed").await;
    for browser in [desk, phone] {
        browser.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_room_advertises_no_code_and_ends_with_the_best() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let eve = server.guest(&room, "Eve").await;
    room.pick(&continents()).await;
    eve.answer(&room.id, 1, &json!({"choices": [0]})).await;
    room.show_feedback(1).await;
    let browser = Browser::start(Screen::DESK).await;
    let host_page = panel(&browser, &server, &room).await;
    host_page.room().await;
    host_page.choose(".close-room").await;
    browser.click_text("dialog[open] button", "Close room").await;
    host_page.wait_for_session("closed").await;
    browser.wait_for("no code", "!document.querySelector('.join-code')").await;
    host_page.wait_for_step("reopen").await;
    browser.open(&format!("{}/rooms/{}/screen", server.address(), room.id)).await;
    browser.wait_for("the end", "document.querySelector('[data-scene=end]')").await;
    let shown = browser.value("document.body.innerText").await.to_string();
    assert!(!shown.contains(&room.code) && !shown.contains("/rooms"), "{shown}");
    let board = json!({"showsLeaderboard": true});
    ada.api.call_with(Method::PATCH, &room.path(""), &board).await;
    browser.wait_for("the best", "document.querySelector('.leader[data-rank=\"1\"]')?.innerText.includes('Eve')").await;
    assert_sound(&browser, "the leaderboard").await;
    browser.quit().await;
}

/// Fault: the panel showed “open” after the deadline, and “not yet” beside names after the results.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_panel_says_when_the_time_is_up_and_that_no_answer_comes() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let (desk, phone) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::PHONE));
    let page = RoomPage::invited(&phone, &server, &room).await;
    page.join("Eve").await;
    let host_page = panel(&desk, &server, &room).await;
    host_page.wait_for_people(1, None).await;
    room.pick(&essay()).await;
    host_page.wait_for_pick(1, "open").await;
    host_page.wait_for_row("Eve", "No answer yet").await;
    desk.click(".end-now").await;
    host_page.wait_for_session("time_up").await;
    RoomPage::on(&desk).wait_for_words("Time's up").await;
    desk.wait_for("no more “yet”", "!document.querySelector('.missing').innerText.includes('yet')").await;
    desk.assert_focus_kept("the time has ended").await;
    host_page.press_step().await;
    host_page.wait_for_pick(1, "closed").await;
    host_page.wait_for_row("Eve", "No answer").await;
    for browser in [desk, phone] {
        browser.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_shows_text_answers_on_the_projector_and_hides_them() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let eve = server.guest(&room, "Eve").await;
    room.pick(&essay()).await;
    eve.answer(&room.id, 1, &json!({"text": "It scatters"})).await;
    let (desk, wall) = tokio::join!(Browser::start(Screen::DESK), Browser::start(Screen::DESK));
    let host_page = panel(&desk, &server, &room).await;
    sign_in(&wall, &server, &format!("/rooms/{}/screen", room.id), "Ada").await;
    wall.wait_for("the question", "document.querySelector('[data-scene=question] .screen-text')?.innerText").await;
    host_page.wait_for_row("Eve", "It scatters").await;
    assert_eq!(wall.value("document.querySelector('.screen-card')").await, json!(null));
    desk.click(".show-answer").await;
    wall.wait_for("the card", "document.querySelector('.screen-card')?.innerText === 'It scatters'").await;
    assert_sound(&wall, "a wall of answers").await;
    desk.click(".shown-answer button").await;
    wall.wait_for("no card", "!document.querySelector('.screen-card')").await;
    desk.assert_focus_kept("an answer is hidden").await;
    for browser in [desk, wall] {
        browser.quit().await;
    }
}

/// Fault: without a session the projector showed a word in a corner, and no link back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projector_without_a_session_leads_to_the_sign_in_and_back() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::PHONE).await;
    browser.open(&format!("{}/rooms/{}/screen", server.address(), room.id)).await;
    browser
        .wait_for(
            "the sign-in",
            "[...document.querySelectorAll('main button')].some((one) => one.innerText === 'Sign in')",
        )
        .await;
    assert!(browser.value("document.querySelector('h1').getBoundingClientRect().left >= 12").await == json!(true));
    assert_sound(&browser, "a projector without a session").await;
    browser.click_text("main a", "Open the room").await;
    browser.wait_for("the room's page", &format!("location.pathname === '/rooms/{}'", room.id)).await;
    browser.quit().await;
}
