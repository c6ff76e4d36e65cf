//! The participant's view of a room, and the page of all rooms: sending an answer, the text of a result, and the text of each state of
//! a room.

use serde_json::{Value, json};
use test_support::browser::{Browser, Screen};
use test_support::pages::assert_sound;
use test_support::pages::host::HostPage;
use test_support::pages::room::RoomPage;
use test_support::pages::sign_in::sign_in;
use test_support::pages::wait_for_connection;
use test_support::rooms::{Room, continents, essay, primes};
use test_support::server::Server;

const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";

/// The options that the server has stored as answers to the first question.
async fn choices(room: &Room<'_>) -> Value {
    let answers = room.get("/picks/1/attempts").await;
    let answers = answers.data().as_array().expect("a list").iter();
    answers.map(|answer| answer["answer"]["choices"].clone()).collect()
}

/// Joins a room with an open question, as a guest.
async fn join<'a>(browser: &'a Browser, server: &Server, room: &Room<'_>) -> RoomPage<'a> {
    let page = RoomPage::invited(browser, server, room).await;
    page.join("Eve").await;
    page.wait_for_pick(1, "open").await;
    page
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_choice_is_sent_by_a_tap_and_by_a_key_but_not_by_passing_it() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&continents()).await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = join(&browser, &server, &room).await;
    page.choose(0).await;
    page.wait_until_option_is_sent(0).await;
    page.wait_until_sent().await;
    assert_eq!(choices(&room).await, json!([[0]]));
    assert_eq!(
        browser.value("document.querySelector('.send-answer button')").await,
        json!(null),
        "nothing is left to do"
    );

    browser.value("document.querySelector('.choice :checked').focus()").await;
    browser.press(DOWN).await;
    page.wait_until_chosen(1).await;
    page.wait_for_words("Not sent yet").await;
    assert_eq!(choices(&room).await, json!([[0]]), "the arrow keys send nothing");
    browser.press(ENTER).await;
    page.wait_until_option_is_sent(1).await;
    browser.press(DOWN).await;
    page.wait_until_chosen(2).await;
    browser.press(" ").await;
    page.wait_until_option_is_sent(2).await;
    browser.press_on_page("1").await;
    page.wait_until_option_is_sent(0).await;
    assert_eq!(choices(&room).await, json!([[0]]));
    assert_sound(&browser, "a single choice that is sent").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_taps_in_quick_succession_the_last_one_counts() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&continents()).await;
    let browser = Browser::start(Screen::PHONE).await;
    join(&browser, &server, &room).await;
    browser.hold_writes().await;
    let page = RoomPage::open(&browser, &server, &room.id).await;
    page.wait_for_pick(1, "open").await;
    for option in [0, 1, 2, 0, 1] {
        page.choose(option).await;
    }
    browser.wait_for_writes(1).await;
    browser.let_writes_go().await;
    // The latest choice is sent after the first one; those in between are not sent.
    browser.wait_for_writes(2).await;
    page.wait_until_chosen(1).await;
    browser.let_writes_go().await;
    page.wait_until_option_is_sent(1).await;
    page.wait_until_sent().await;
    page.wait_until_chosen(1).await;
    assert_eq!(choices(&room).await, json!([[1]]));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_that_could_not_be_sent_is_sent_by_the_button() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&continents()).await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = join(&browser, &server, &room).await;
    browser.block(&["*/answer"]).await;
    page.choose(1).await;
    browser.wait_for("the button", "document.querySelector('.send-answer .primary')").await;
    page.wait_until_chosen(1).await;
    browser.block(&[]).await;
    page.send().await;
    page.wait_until_option_is_sent(1).await;
    browser.assert_focus_kept("the button goes").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_choices_are_sent_by_a_button_that_is_there_while_there_is_something_to_send() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&primes()).await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = join(&browser, &server, &room).await;
    page.choose(0).await;
    page.choose(2).await;
    assert_eq!(choices(&room).await, json!([]), "only the button sends");
    page.send().await;
    page.wait_until_sent().await;
    page.wait_for_words("You can change it until the question closes.").await;
    browser.assert_focus_on(".choice[data-option='0'] input", "the button goes:").await;
    assert_eq!(browser.value("document.querySelector('.send-answer button')").await, json!(null), "nothing to send");
    page.choose(1).await;
    page.wait_for_words("your earlier answer still counts").await;
    page.send().await;
    page.wait_until_option_is_sent(1).await;
    assert_eq!(choices(&room).await, json!([[0, 1, 2]]));
    page.choose(1).await;
    page.send().await;
    browser.wait_for("two options", "!document.querySelector('[data-option=\"1\"][data-sent]')").await;
    room.show_feedback(1).await;
    page.wait_for_verdict("partly").await;
    page.wait_for_words("1 right, 1 wrong, 1 missed").await;
    page.wait_for_words("Total 33 % of 1 question").await;
    let own = browser.value("[...document.querySelectorAll('.bar:has(.own-choice)')].map((bar) => bar.dataset.option)");
    assert_eq!(own.await, json!(["0", "2"]));
    let is_below = browser.value(
        "[...document.querySelectorAll('.bar-head')].map((head) => head.querySelector('.bar-count')
            .getBoundingClientRect().top >= head.querySelector('.bar-text').getBoundingClientRect().bottom)",
    );
    assert_eq!(is_below.await, json!([true, true, true]), "each option's count is below its text");
    assert_sound(&browser, "a result").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_is_sent_has_a_button_that_leads_back_to_it() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&essay()).await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = join(&browser, &server, &room).await;
    browser.fill("#answer-text", "It scatters").await;
    page.send().await;
    page.wait_until_sent().await;
    browser.click_text(".send-answer button", "Edit answer").await;
    browser.assert_focus_on("#answer-text", "the answer is edited:").await;
    assert_sound(&browser, "a text that is sent").await;
    browser.quit().await;
}

/// Fault: the header took a phone's first 120 pixels, and the button was 2,150 pixels below the screen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_phone_the_question_is_at_the_top_and_the_button_in_reach() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let text = "One of many options, each of which is as long as a whole sentence, and some more words";
    let options: Vec<Value> = (0..8).map(|number| json!({"text": text, "isCorrect": number < 2})).collect();
    room.pick(&json!({"text": "Which?", "options": options, "timeLimitSeconds": 600})).await;
    let browser = Browser::start(Screen::PHONE).await;
    join(&browser, &server, &room).await;
    let top = browser.value("document.querySelector('.question-text').getBoundingClientRect().top").await;
    assert!(top.as_f64().is_some_and(|top| top <= 120.0), "the question begins at {top}");
    let bar = browser.value("document.querySelector('.room-bar').getBoundingClientRect().height").await;
    assert!(bar.as_f64().is_some_and(|bar| bar <= 50.0), "the bar is {bar} high");
    let is_in_reach = "(() => { const button = document.querySelector('.send-answer button').getBoundingClientRect();
        return button.height > 0 && button.bottom <= innerHeight; })()";
    assert_eq!(browser.value(is_in_reach).await, json!(true));
    let links = browser.value("[...document.querySelectorAll('nav a')].filter((link) => link.offsetParent).length");
    assert_eq!(links.await, json!(0), "no other page of the site is offered");
    let page = RoomPage::on(&browser);
    page.choose(7).await;
    page.send().await;
    page.wait_until_sent().await;
    browser.value("scrollTo(0, document.body.scrollHeight)").await;
    browser
        .wait_for(
            "the time",
            "/^(10:00|9:\\d\\d)$/.test(document.querySelector('.room-bar .countdown-time').innerText)",
        )
        .await;
    room.show_feedback(1).await;
    page.wait_for_verdict("wrong").await;
    let is_first = "(({ top }) => top > 40 && top <= 120)(document.querySelector('.verdict').getBoundingClientRect())";
    browser.wait_for_soon("the verdict at the top", is_first).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_in_a_waiting_room_has_one_middle_and_does_not_touch() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::DESK).await;
    let page = RoomPage::invited(&browser, &server, &room).await;
    page.join("Eve").await;
    page.wait_for_words("Waiting for the first question").await;
    let edges = "[...document.querySelectorAll('.room-column > :is(.notice, .notify)')]
        .map((part) => part.getBoundingClientRect())";
    let middles = browser.value(&format!("{edges}.map(({{ left, right }}) => Math.round((left + right) / 2))")).await;
    let middles = middles.as_array().expect("a list");
    assert!(middles.len() == 2 && middles[0] == middles[1], "{middles:?}");
    let gap = browser.value(&format!("{edges}.reduce((above, below) => below.top - above.bottom)")).await;
    assert!(gap.as_f64().is_some_and(|gap| gap >= 8.0), "{gap}");
    let folded = browser.value("document.querySelector('.room-column > .notify').getBoundingClientRect().height").await;
    assert!(folded.as_f64().is_some_and(|height| height <= 60.0), "one row, and not {folded}");
    browser.quit().await;
}

/// A stranger who opens it, with its code or without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_of_a_closed_room_says_that_it_is_closed() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.post("/close").await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = RoomPage::open(&browser, &server, &room.id).await;
    page.wait_for_words("This room is closed").await;
    page.wait_for_words("Join another room").await;
    assert_eq!(browser.value("document.querySelector('#join-code')").await, json!(null), "no code opens it");
    assert_sound(&browser, "the link of a closed room").await;
    let browser_of_a_guest = Browser::start(Screen::PHONE).await;
    let page = RoomPage::invited(&browser_of_a_guest, &server, &room).await;
    page.wait_for_words("This room is closed").await;
    for browser in [browser, browser_of_a_guest] {
        browser.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_does_not_see_that_they_did_not_answer() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&continents()).await;
    room.show_feedback(1).await;
    let browser = Browser::start(Screen::DESK).await;
    sign_in(&browser, &server, &format!("/rooms/{}", room.id), "Ada").await;
    let page = RoomPage::on(&browser);
    page.wait_for_mark(0, "right").await;
    page.wait_for_words("You run this room").await;
    assert_eq!(browser.value("document.querySelector('.verdict, .session-total')").await, json!(null));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_whose_time_is_up_is_not_called_open() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let mut limited = continents();
    limited["timeLimitSeconds"] = json!(5);
    let browser = Browser::start(Screen::PHONE).await;
    let page = RoomPage::invited(&browser, &server, &room).await;
    page.join("Eve").await;
    page.wait_for_state("no_question").await;
    // Only now: its time must not pass while the browser starts.
    room.pick(&limited).await;
    page.wait_for_pick(1, "open").await;
    browser.value("document.querySelector('.choice input').focus()").await;
    page.wait_for_words("You didn't send an answer.").await;
    browser.assert_focus_on(".question", "the option that had the focus is disabled:").await;
    let text = browser.value("document.querySelector('main').innerText").await.to_string();
    assert!(text.contains("Time's up") && !text.contains("Question open"), "{text}");
    browser.quit().await;
}

/// On the page of all rooms, and by the address of the room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_code_the_nickname_can_be_typed_at_once() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let browser = Browser::start(Screen::PHONE).await;
    for path in ["/rooms".to_owned(), format!("/rooms/{}", room.id)] {
        browser.open(&format!("{}{path}", server.address())).await;
        browser.value("sessionStorage.clear()").await;
        browser.fill("#join-code", &room.code).await;
        browser.wait_for_soon("the focus on the nickname", "document.activeElement?.id === 'guest-name'").await;
    }
    browser.press("Eve").await;
    browser.press(ENTER).await;
    let page = RoomPage::on(&browser);
    page.wait_for_state("no_question").await;
    room.post("/close").await;
    page.wait_for_state("room_closed").await;
    page.wait_for_words("Join another room").await;
    browser.quit().await;
}

/// The distance in pixels of the button's middle from that of the join code's box.
async fn button_offset(browser: &Browser) -> f64 {
    let middle = |selector: &str| {
        format!(
            "(({{ top, bottom }}) => (top + bottom) / 2)(document.querySelector('{selector}').getBoundingClientRect())"
        )
    };
    let offset = format!("{} - {}", middle(".code-form button"), middle("#join-code"));
    browser.value(&offset).await.as_f64().expect("a number")
}

/// For the previous code, and for the code that is typed now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_code_says_one_thing_that_is_wrong() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    browser.open(&format!("{}/rooms", server.address())).await;
    browser.wait_for("the form", "document.querySelector('#join-code')").await;
    assert!(button_offset(&browser).await.abs() <= 1.0, "the button is level with the box");
    browser.fill("#join-code", "aaaaaa").await;
    RoomPage::on(&browser).wait_for_words("No room has the code AAAAAA").await;
    assert!(button_offset(&browser).await.abs() <= 1.0, "what is wrong does not move the button");
    browser.fill("#join-code", "DRTT0O").await;
    browser.press(ENTER).await;
    RoomPage::on(&browser).wait_for_words("A join code has letters and digits").await;
    let failures = "[...document.querySelectorAll('.join-form .failure')].filter((one) => one.innerText).length";
    assert_eq!(browser.value(failures).await, json!(1));
    assert!(button_offset(&browser).await.abs() <= 1.0, "what is wrong does not move the button");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_shows_a_lost_connection_and_a_guest_can_leave() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&continents()).await;
    let browser = Browser::start(Screen::PHONE).await;
    browser.remember_connections().await;
    let page = join(&browser, &server, &room).await;
    wait_for_connection(&browser, "live").await;
    browser.set_network(false).await;
    browser.cut_connections().await;
    wait_for_connection(&browser, "offline").await;
    let is_apart = "(() => { const [name, sign, question] = ['.room-bar h1', '.connection-pill', '.question-text']
        .map((part) => document.querySelector(part).getBoundingClientRect());
        return name.bottom <= sign.top + 2 && sign.bottom <= question.top; })()";
    assert_eq!(browser.value(is_apart).await, json!(true), "what says so hides nothing");
    browser.set_network(true).await;
    wait_for_connection(&browser, "live").await;

    browser.click_text(".room-person", "Joined as Eve").await;
    browser.click_text("button", "Leave room").await;
    browser.wait_for("all rooms", "location.pathname === '/rooms' && document.querySelector('#join-code')").await;
    browser.assert_focus_kept("the guest has left").await;
    let forgotten = "!Object.keys(localStorage).some((name) => name.startsWith('rally-guest'))";
    browser.wait_for_soon("the guest to be forgotten", forgotten).await;
    RoomPage::invited(&browser, &server, &room).await;
    browser.wait_for("the way in", "document.querySelector('#guest-name')").await;
    page.join("Eve").await;
    page.wait_for_pick(1, "open").await;
    let shown = browser.value("document.querySelector('.room-person').innerText").await;
    assert_eq!(shown, json!("Joined as Eve"), "the name is free again");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_own_rooms_are_run_from_the_page_of_all_rooms() {
    let server = Server::start().await;
    let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
    let own = ada.private_room("Club").await;
    let other = bob.room("Chess", false).await;
    let browser = Browser::start(Screen::PHONE).await;
    sign_in(&browser, &server, "/rooms", "Ada").await;
    let row = |section: &str, id: &str| format!("[aria-labelledby={section}] [data-room='{id}']");
    for (section, id) in [("own-rooms", &own.id), ("open-rooms", &other.id)] {
        browser.wait_for("the room", &format!("document.querySelector(`{}`)", row(section, id))).await;
    }
    assert_sound(&browser, "all rooms").await;
    browser.click(&format!("{} .run", row("own-rooms", &own.id))).await;
    browser.wait_for("its control", "document.querySelector('.control[data-state=no_question]')").await;
    HostPage::on(&browser).wait_for_people(0, None).await;

    browser.open(&format!("{}/rooms", server.address())).await;
    browser.click(&format!("{} .menu-button", row("own-rooms", &own.id))).await;
    browser.click_text(".popover:popover-open .menu-entry", "Room settings").await;
    browser.wait_for("its settings", "document.querySelector('dialog[open] #room-name')?.value === 'Club'").await;
    let host_page = format!("{}/rooms/{}/control", server.address(), own.id);
    assert_eq!(browser.value("location.href").await, json!(host_page), "a reload does not open them again");

    browser.open(&format!("{}/rooms", server.address())).await;
    browser.click(&format!("{} .menu-button", row("own-rooms", &own.id))).await;
    browser.click_text("button", "Delete room").await;
    browser.click_text("dialog[open] button", "Delete room").await;
    browser.wait_for("the room to go", &format!("!document.querySelector(`{}`)", row("own-rooms", &own.id))).await;
    RoomPage::on(&browser).wait_for_words("No rooms yet").await;
    browser.assert_focus_kept("the room is deleted").await;
    browser.quit().await;
}
