//! A member's bank of questions: write, edit, search, import, export.

use domain::question::{BankQuestion, Draft};
use domain::topic::Topic;
use domain::wire::read::Read;

use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::{files, page};
use crate::components::action_button::failure;
use crate::components::bank_list::bank_list;
use crate::components::dialog::{Question, confirmation};
use crate::components::notice::notice;
use crate::components::question_form::question_form;
use crate::components::skeleton::big_skeleton;
use crate::reactive::*;
use crate::state::attempt::{Attempt, Progress};
use crate::state::live::Known;
use crate::state::preview::preview;
use crate::state::question_draft::QuestionDraft;
use crate::state::{Shared, rooms_api};

/// The page.
pub(crate) fn questions_page(shared: Shared) -> Element {
    page::set_title("Questions · Rally");
    let session = shared.session;
    let member = move || (session.is_settled(), session.member().map(|member| member.id));
    el("div").child(heading("Questions")).part(member, move |(is_settled, member)| {
        Some(match member {
            Some(member) => bank(shared, Topic::Bank(member.clone())),
            None if *is_settled => super::sign_in_first(session),
            None => big_skeleton(),
        })
    })
}

fn bank(shared: Shared, topic: Topic) -> Element {
    let bank = shared.live.watch(topic, |_, state| BankQuestion::read(state));
    let draft = QuestionDraft::kept();
    let html = preview(move || draft.with(|draft| draft.text.clone()));
    let (saving, deleting) = (Attempt::new(), Attempt::new());
    let doomed = RwSignal::new(None::<BankQuestion>);
    let confirming = RwSignal::new(false);
    let save = move |written: Draft| {
        let known = draft.known();
        saving.run(async move {
            rooms_api::save(&written, known).await?;
            draft.clear();
            page::after_changes(|| _ = page::focus("#question-text"));
            Ok(())
        });
    };
    let delete = move || {
        let Some(question) = doomed.get_untracked() else { return };
        deleting.run(async move {
            rooms_api::delete_question(&question.id).await?;
            confirming.try_set(false);
            Ok(())
        });
    };
    let (wanted, asking) = (RwSignal::new(None::<(BankQuestion, bool)>), RwSignal::new(false));
    let open = move || {
        asking.set(false);
        if let Some((question, as_copy)) = wanted.get_untracked() {
            draft.open(&question, as_copy);
            page::after_changes(|| _ = page::focus("#question-text"));
        }
    };
    let is_unsaved = move || {
        let written = draft.draft();
        let saved = draft.known().and_then(|(id, _)| {
            bank.with(|bank| bank.list().iter().find(|one| one.id == id).map(|one| one.content.clone().into_draft()))
        });
        written != saved.unwrap_or_default()
    };
    let actions = move |question: ReadSignal<BankQuestion>| {
        let button = |class: &str, text: &str| el_class("button", class).set("type", "button").text(text);
        let ask = move || {
            doomed.set(Some(question.get_untracked()));
            confirming.set(true);
        };
        let edit = move |as_copy: bool| {
            wanted.set(Some((question.get_untracked(), as_copy)));
            if untrack(is_unsaved) { asking.set(true) } else { open() }
        };
        el_class("div", "actions")
            .child(button("edit-question", "Edit").on_click(move || edit(false)))
            .child(button("copy-question", "Duplicate").on_click(move || edit(true)))
            .child(button("delete-question", "Delete").on_click(ask))
    };
    let sure = Question {
        title: "Delete the question?".to_owned(),
        meaning: "It goes from your bank. Where it was asked already, it stays.",
        yes: ["Delete it", "Deleting…"],
        progress: deleting.progress(),
    };
    let lose = Question {
        title: "Throw away what you have written?".to_owned(),
        meaning: "The question that you are writing is not saved. If you open this one now, it is lost.",
        yes: ["Throw it away", "…"],
        progress: Attempt::new().progress(),
    };
    let list = move |kind: &u8| {
        Some(match kind {
            0 => big_skeleton(),
            1 => notice("Your questions cannot be shown", "Reload the page to ask again."),
            2 => notice("You have no questions yet", "Write the first one here, or import a file."),
            _ => bank_list(move || bank.with(|bank| bank.list().to_vec()), actions),
        })
    };
    let kind = move || {
        bank.with(|bank| match bank {
            Known::Loading => 0_u8,
            Known::Refused(_) => 1,
            Known::Told(all) if all.is_empty() => 2,
            Known::Told(_) => 3,
        })
    };
    let written = el_class("section", "panel question-bank")
        .set("aria-labelledby", "bank-heading")
        .child(el("h2").set("id", "bank-heading").text("Your bank"))
        .part(kind, list)
        .child(confirmation(confirming, sure, delete))
        .child(confirmation(asking, lose, open))
        .child(exchange());
    el_class("div", "questions-columns").child(question_form(draft, html, saving.progress(), save)).child(written)
}

/// Files in and out.
fn exchange() -> Element {
    let (importing, exporting) = (Attempt::new(), Attempt::new());
    let added = RwSignal::new(String::new());
    let import = move || {
        added.set(String::new());
        importing.run(async move {
            let Some(file) = files::chosen("import-file").await else { return Ok(()) };
            let is_json = file.name.to_ascii_lowercase().ends_with(".json");
            let count = rooms_api::import_bank(file.text, is_json).await?;
            added.try_set([&count.to_string(), " questions were added."].concat());
            Ok(())
        });
    };
    let export = move |format: &'static str| {
        exporting.run(async move {
            let text = rooms_api::export_bank(format).await?;
            let kind = if format == "csv" { "text/csv" } else { "application/json" };
            files::give(&["questions.", format].concat(), kind, &text);
            Ok(())
        });
    };
    let wrong = move || {
        importing
            .progress()
            .with(|progress| progress.failure().map(|failure| failure.fields().to_vec()).unwrap_or_default())
    };
    let errors = |wrong: &Vec<(String, String)>| {
        let rows =
            wrong.iter().map(|(place, message)| el("li").child(el("strong").text(place)).text(" ").text(message));
        (!wrong.is_empty()).then(|| el_class("ul", "import-errors").children(rows))
    };
    let is_running = move || importing.progress().with(Progress::is_running);
    let input = el("input")
        .set("id", "import-file")
        .set("type", "file")
        .set("accept", ".csv,.json,text/csv,application/json")
        .live_flag("disabled", is_running)
        .on("change", import);
    let button = |text: &str, format: &'static str| {
        el("button").set("type", "button").set("data-format", format).on_click(move || export(format)).text(text)
    };
    el_class("div", "exchange")
        .child(
            el_class("div", "field")
                .child(el("label").set("for", "import-file").text("Import a CSV or JSON file"))
                .child(input),
        )
        .child(el_class("p", "hint imported").set("role", "status").live_text(move || added.get()))
        .child(failure(importing.progress()))
        .part(wrong, errors)
        .child(el_class("div", "actions").child(button("Export CSV", "csv")).child(button("Export JSON", "json")))
        .child(failure(exporting.progress()))
}
