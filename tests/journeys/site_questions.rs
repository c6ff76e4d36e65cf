//! The question library for its author: writing with only the keyboard, the preview of a phone, the list, files.

use reqwest::Method;
use serde_json::json;
use test_support::browser::{Browser, Screen};
use test_support::pages::questions::QuestionsPage;
use test_support::pages::sign_in::sign_in;
use test_support::pages::{assert_no_sideways_scroll, assert_sound};
use test_support::rooms::{continents, essay};
use test_support::server::Server;

const UP: &str = "\u{e013}";
const DOWN: &str = "\u{e015}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_written_from_its_type_to_its_last_option() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    let page = QuestionsPage::open(&browser, &server, "Ada").await;
    page.begin("One answer").await;
    assert_eq!(page.options().await, json!([["", false], ["", false]]), "two options wait to be filled in");
    page.ask("How *many* continents are there?").await;
    page.type_options(&["five", "six", "seven"]).await;
    page.mark(0).await;
    page.mark(2).await;
    assert_eq!(page.options().await, json!([["five", false], ["six", false], ["seven", true]]), "one is correct");
    browser.press_on_handle(2, UP).await;
    page.wait_for_options(&json!(["five", "seven", "six"])).await;
    browser.assert_focus_on(".question-option:nth-child(2) .drag-handle", "an option is moved:").await;
    browser.press_on_handle(0, DOWN).await;
    page.wait_for_options(&json!(["seven", "five", "six"])).await;
    browser.drag_row(0, 2).await;
    page.wait_for_options(&json!(["five", "six", "seven"])).await;
    page.wait_for_preview("How many continents are there?").await;
    page.wait_for_preview("seven").await;
    browser.fill("#question-limit", "90").await;
    page.wait_for_preview("1:30").await;
    assert_sound(&browser, "the editor").await;

    // Input survives a reload.
    browser.open(&format!("{}/questions", server.address())).await;
    browser.wait_for("the editor", "document.querySelector('.question-option:nth-child(3)')").await;
    assert_eq!(page.options().await, json!([["five", false], ["six", false], ["seven", true]]));
    page.save().await;
    page.wait_for_rows(1).await;
    browser.wait_for("the next question", "document.querySelectorAll('.question-option').length === 2").await;
    let ada = server.member("Ada").await;
    let saved = ada.api.call(Method::GET, "/v1/questions").await.data()[0]["content"].clone();
    let options: Vec<_> = saved["options"].as_array().unwrap().iter().map(|one| &one["isCorrect"]).collect();
    assert_eq!((&saved["type"], &saved["timeLimitSeconds"]), (&json!("single_answer"), &json!(90)));
    assert_eq!(options, [false, false, true]);
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_without_options_says_so_at_the_first_one_and_an_open_text_needs_none() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::DESK).await;
    let page = QuestionsPage::open(&browser, &server, "Ada").await;
    page.begin("Several").await;
    page.ask("Why is the sky blue?").await;
    page.save().await;
    browser.assert_focus_on("#option-0-text[aria-invalid=true]", "there is nothing to choose from:").await;
    browser.click("input[name=question-kind][value='Open text']").await;
    browser.wait_for("no options", "!document.querySelector('.question-option')").await;
    page.save().await;
    page.wait_for_rows(1).await;
    browser.quit().await;
}

/// It was 4,180 pixels high.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_options_are_short_also_on_a_phone() {
    let server = Server::start().await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = QuestionsPage::open(&browser, &server, "Ada").await;
    page.begin("Several").await;
    page.type_options(&["a", "b", "c", "d", "e", "f", "g", "h"]).await;
    let height = browser.value("document.querySelector('.question-options').offsetHeight").await;
    assert!(height.as_f64().is_some_and(|height| height < 500.0), "{height}");
    for screen in [Screen::NARROW, Screen::PHONE, Screen::NARROW.dark()] {
        browser.show_on(screen).await;
        assert_no_sideways_scroll(&browser).await;
        assert_sound(&browser, &format!("the editor on {screen:?}")).await;
    }
    browser.quit().await;
}

/// There is room for the list or the editor.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_shows_the_list_until_a_question_is_opened() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    ada.question(&continents()).await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = QuestionsPage::open(&browser, &server, "Ada").await;
    page.wait_for_rows(1).await;
    assert!(!browser.is_shown("#question-text").await && browser.is_shown(".bank-row").await);
    page.edit("continents").await;
    browser.wait_for_soon("the focus in the form", "document.activeElement.id === 'question-text'").await;
    assert!(!browser.is_shown(".bank-row").await);
    page.ask("How many oceans are there?").await;
    browser.click(".close-editor").await;
    browser.assert_focus_on(".open-question", "the editor is left:").await;
    // The input is still there.
    page.edit("continents").await;
    page.wait_for_preview("oceans").await;
    page.save().await;
    browser.wait_for("the list", "document.querySelector('.bank-row')?.innerText.includes('oceans')").await;
    browser.wait_for_soon("the focus in the list", "document.activeElement.matches('.open-question')").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_can_be_undone_and_needs_no_confirmation() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    ada.question(&continents()).await;
    ada.question(&essay()).await;
    let browser = Browser::start(Screen::DESK).await;
    let page = QuestionsPage::open(&browser, &server, "Ada").await;
    page.wait_for_rows(2).await;
    page.delete_first().await;
    page.wait_for_rows(1).await;
    browser.assert_focus_on(".open-question", "a question is deleted:").await;
    page.undo().await;
    page.wait_for_rows(2).await;
    assert_eq!(ada.api.call(Method::GET, "/v1/questions").await.data().as_array().map(Vec::len), Some(2));
    // The next deletion makes the one before final.
    page.delete_first().await;
    page.wait_for_rows(1).await;
    page.delete_first().await;
    page.wait_for_rows(0).await;
    browser
        .wait_for("what is said of the second one", "document.querySelector('.message')?.innerText.includes('Undo')")
        .await;
    page.undo().await;
    page.wait_for_rows(1).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsaved_question_is_not_lost_to_another_one() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    ada.question(&continents()).await;
    let browser = Browser::start(Screen::DESK).await;
    let page = QuestionsPage::open(&browser, &server, "Ada").await;
    page.begin("Open text").await;
    page.ask("Why is the sky blue?").await;
    page.edit("continents").await;
    browser.click_text("dialog[open] button", "Cancel").await;
    assert_eq!(browser.value("document.querySelector('#question-text').value").await, "Why is the sky blue?");
    page.edit("continents").await;
    browser.click_text("dialog[open] button", "Discard").await;
    page.wait_for_options(&json!(["seven", "one", "four"])).await;
    browser.quit().await;
}

/// The server accepts the offered sample file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_added_to_the_run_list_of_ones_own_room() {
    let server = Server::start().await;
    let (ada, bo) = (server.member("Ada").await, server.member("Bo").await);
    let (room, _) = (ada.room("Biology", true).await, bo.room("Bo's room", true).await);
    let question = ada.question(&continents()).await;
    let browser = Browser::start(Screen::PHONE).await;
    let page = QuestionsPage::open(&browser, &server, "Ada").await;
    page.wait_for_rows(1).await;
    let list = async || ada.api.call(Method::GET, &room.path("/run-list")).await.data()["questions"].clone();
    for said in ["Added to the run list of “Biology”.", "It is on the run list of “Biology” already."] {
        browser.click(".bank-row .menu-button").await;
        browser.click(".popover:popover-open .add-to-room").await;
        browser.wait_for("the rooms", "document.querySelectorAll('dialog[open] .room-choice').length === 1").await;
        assert_sound(&browser, "the choice of a room").await;
        browser.click("dialog[open] .room-choice button").await;
        let toast = format!("document.querySelector('.message')?.innerText.includes({})", json!(said));
        browser.wait_for(said, &toast).await;
        browser.wait_for("the dialog is closed", "!document.querySelector('dialog[open]')").await;
        browser.assert_focus_kept("a question is added").await;
        assert_eq!(list().await, json!([question]));
    }
    browser.quit().await;
}

/// The dialog in which Ada imports a file into her library.
async fn open_import(server: &Server, screen: Screen) -> Browser {
    let browser = Browser::start(screen).await;
    sign_in(&browser, server, "/questions", "Ada").await;
    browser.click(".page-actions .menu-button").await;
    browser.click_shown(".import-questions").await;
    browser.wait_for("the import", "document.querySelector('dialog[open]:has(#import-file) .sample-file')").await;
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_file_can_be_imported() {
    let server = Server::start().await;
    let browser = open_import(&server, Screen::DESK).await;
    assert_sound(&browser, "the import").await;
    let keep = "URL.createObjectURL = (blob) => { blob.text().then((text) => { document.body.dataset.saved = text; }); return 'blob:x'; }";
    browser.value(keep).await;
    browser.click(".sample-file").await;
    browser.wait_for("the file", "document.body.dataset.saved").await;
    let file = browser.value("document.body.dataset.saved").await.as_str().unwrap().to_owned();
    let ada = server.member("Ada").await;
    let request = ada.api.request(Method::POST, "/v1/questions/import").header("content-type", "text/csv").body(file);
    let response = test_support::api::Api::send(request).await;
    assert_eq!((response.status, &response.data()["added"]), (201, &json!(3)), "{}", response.body);
    browser.wait_for("the questions", "document.querySelectorAll('.bank-row').length === 3").await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_a_spreadsheet_keeps_its_letters() {
    let server = Server::start().await;
    let browser = open_import(&server, Screen::PHONE).await;
    // In Windows-1252, as Excel writes it.
    let choose = "(() => { \
        const bytes = Uint8Array.from('sep=;\\r\\ntext;option1\\r\\nWarum fällt Schnee?;Kälte\\r\\n', (letter) => letter.charCodeAt(0)); \
        const chosen = new DataTransfer(); \
        chosen.items.add(new File([bytes], 'Fragen.CSV')); \
        const input = document.querySelector('#import-file'); \
        input.files = chosen.files; \
        input.dispatchEvent(new Event('change')); \
    })()";
    browser.value(choose).await;
    browser
        .wait_for("what came of it", "document.querySelector('.imported').textContent.includes('windows-1252')")
        .await;
    browser
        .wait_for("the question", "document.querySelector('.bank-row')?.textContent.includes('Warum fällt Schnee?')")
        .await;
    assert_sound(&browser, "after an import").await;
    browser.quit().await;
}
