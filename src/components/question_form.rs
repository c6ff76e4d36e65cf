//! Writes a question: text with its preview, options, kind, time limit. What the server would refuse is said before it is
//! sent, by the same rules.

use domain::question::{Draft, OPTION_LIMIT, QuestionKind};
use domain::validation::Violation;

use super::action_button::{Look, action_button, failure};
use super::preview::preview;
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::attempt::Progress;
use crate::state::question_draft::QuestionDraft;
use crate::state::rooms::kind_words;

/// The kinds, as the choice names them.
const KINDS: [(&str, Option<QuestionKind>); 4] = [
    ("", None),
    ("discursive", Some(QuestionKind::Discursive)),
    ("single_answer", Some(QuestionKind::SingleAnswer)),
    ("multiple_answer", Some(QuestionKind::MultipleAnswer)),
];

/// The form.
pub(crate) fn question_form(
    draft: QuestionDraft,
    progress: ReadSignal<Progress>,
    on_save: impl Fn(Draft) + 'static,
) -> Element {
    let insist = RwSignal::new(false);
    follow(move || {
        if progress.get() == Progress::Done {
            insist.set(false);
        }
    });
    let wrong = move || draft.draft().check().err().unwrap_or_default();
    let told = move || if insist.get() { wrong() } else { Vec::new() };
    let submit = move || {
        insist.set(true);
        if untrack(wrong).is_empty() {
            on_save(untrack(|| draft.draft()));
        }
    };
    let is_new = move || draft.known().is_none();
    let title = move || if is_new() { "A new question" } else { "Edit the question" }.to_owned();
    let cancel = move || el("button").set("type", "button").on_click(move || draft.clear()).text("Leave it as it was");
    let save = el("div").part(is_new, move |is_new| {
        Some(action_button(Look::Primary, if *is_new { "Add to the bank" } else { "Save" }, "Saving…", progress))
    });
    let buttons = el_class("div", "actions save-question").child(save).when(move || !is_new(), cancel);
    let list = |wrong: &Vec<Violation>| {
        let lines = wrong.iter().map(|violation| el("li").text(&violation.message()));
        (!wrong.is_empty()).then(|| el_class("ul", "failure").set("role", "alert").children(lines))
    };
    el_class("section", "panel question-editor")
        .set("aria-labelledby", "editor-heading")
        .child(el("h2").set("id", "editor-heading").live_text(title))
        .child(
            el("form")
                .set("novalidate", "")
                .on_submit(submit)
                .part(move || draft.shape(), move |(_, count)| Some(fields(draft, *count)))
                .part(told, list)
                .child(buttons)
                .child(failure(progress)),
        )
}

fn fields(draft: QuestionDraft, count: usize) -> Element {
    let text = input_of(draft, |draft| draft.text.clone(), |draft, text| draft.text = text);
    let area =
        el("textarea").set("id", "question-text").set("rows", "4").set("aria-describedby", "question-hint").typed(text);
    let options = (0..count).map(|place| option_fields(draft, place));
    let add = el_class("button", "add-option")
        .set("type", "button")
        .live_flag("disabled", move || draft.with(|draft| draft.options.len() >= OPTION_LIMIT))
        .on_click(move || draft.add_option())
        .text("Add an option");
    el_class("div", "question-fields")
        .child(
            el_class("div", "field wide")
                .child(el("label").set("for", "question-text").text("Question"))
                .child(area)
                .child(
                    el_class("p", "hint")
                        .set("id", "question-hint")
                        .text("Markdown works: *emphasis*, **strong**, `code`, lists."),
                ),
        )
        .child(preview(text))
        .child(el_class("ol", "question-options").set("role", "list").children(options))
        .child(el_class("div", "actions").child(add))
        .child(kind_field(draft))
        .child(limit_field(draft))
}

fn kind_field(draft: QuestionDraft) -> Element {
    let name = move || {
        let kind = draft.with(|draft| draft.kind);
        KINDS.iter().find(|(_, one)| *one == kind).map_or("", |(name, _)| name).to_owned()
    };
    let choose = move |chosen: String| {
        let kind = KINDS.iter().find(|(name, _)| *name == chosen).and_then(|(_, kind)| *kind);
        draft.change(|draft| draft.kind = kind);
    };
    let options = KINDS.map(|(name, kind)| {
        el("option").set("value", name).text(kind.map_or("As it follows from the options", kind_words))
    });
    let follows = move || match draft.with(|draft| draft.kind) {
        None => ["Now: ", &kind_words(draft.with(Draft::kind)).to_lowercase(), "."].concat(),
        Some(_) => String::new(),
    };
    el_class("div", "field")
        .child(el("label").set("for", "question-kind").text("How it is answered"))
        .child(el("select").set("id", "question-kind").children(options).selected(name, choose))
        .child(el_class("p", "hint").live_text(follows))
}

fn limit_field(draft: QuestionDraft) -> Element {
    let read = |draft: &Draft| draft.time_limit_seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
    // What is no number becomes one that is refused in words.
    let write = |draft: &mut Draft, text: String| {
        let text = text.trim();
        draft.time_limit_seconds = if text.is_empty() { None } else { Some(text.parse().unwrap_or_default()) };
    };
    let text = input_of(draft, read, write);
    let input = el("input")
        .set("id", "question-limit")
        .set("type", "text")
        .set("inputmode", "numeric")
        .set("autocomplete", "off")
        .typed(text);
    el_class("div", "field")
        .child(el("label").set("for", "question-limit").text("Seconds to answer"))
        .child(input)
        .child(el_class("p", "hint").text("5 to 3600; leave it empty for as long as it takes."))
}

fn option_fields(draft: QuestionDraft, place: usize) -> Element {
    let number = (place + 1).to_string();
    let text = input_of(
        draft,
        move |draft| draft.options.get(place).map(|option| option.text.clone()).unwrap_or_default(),
        move |draft, text| {
            if let Some(option) = draft.options.get_mut(place) {
                option.text = text;
            }
        },
    );
    let feedback = input_of(
        draft,
        move |draft| draft.options.get(place).map(|option| option.feedback.clone()).unwrap_or_default(),
        move |draft, text| {
            if let Some(option) = draft.options.get_mut(place) {
                option.feedback = text;
            }
        },
    );
    let input = |kind: &str, label: &str, value: RwSignal<String>| {
        el("input")
            .set("id", &["option-", &place.to_string(), "-", kind].concat())
            .set("type", "text")
            .set("autocomplete", "off")
            .set("aria-label", &["Option ", &number, label].concat())
            .set("placeholder", if kind == "text" { "What is offered" } else { "What is said of it afterwards" })
            .typed(value)
    };
    let is_correct = move || draft.with(|draft| draft.options.get(place).is_some_and(|option| option.is_correct));
    let tick = el("input")
        .set("type", "checkbox")
        .set("id", &["option-", &place.to_string(), "-correct"].concat())
        .set("aria-label", &["Option ", &number, " is right"].concat())
        .ticked(is_correct, move |on| {
            draft.change(|draft| {
                if let Some(option) = draft.options.get_mut(place) {
                    option.is_correct = on;
                }
            });
        });
    let button = |text: &str, label: &str| {
        el_class("button", "small")
            .set("type", "button")
            .set("aria-label", &[label, " option ", &number].concat())
            .text(text)
    };
    let up = button("↑", "Move up").on_click(move || draft.raise_option(place));
    let up = if place == 0 { up.set("disabled", "") } else { up };
    let gone = button("✕", "Remove").on_click(move || draft.remove_option(place));
    el_class("li", "question-option")
        .child(el_class("label", "option").child(tick).text("Right"))
        .child(el_class("div", "field").child(input("text", "", text)).child(input("feedback", ": feedback", feedback)))
        .child(el_class("div", "actions").child(up).child(gone))
}

/// A signal that reads a part of the draft at first, and writes it from then on.
fn input_of(
    draft: QuestionDraft,
    read: impl Fn(&Draft) -> String + 'static,
    write: impl Fn(&mut Draft, String) + 'static,
) -> RwSignal<String> {
    let text = RwSignal::new(untrack(|| draft.with(&read)));
    follow(move || {
        let now = text.get();
        if untrack(|| draft.with(&read)) != now {
            draft.change(|draft| write(draft, now));
        }
    });
    text
}
