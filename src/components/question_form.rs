//! Writes a question: text with its preview, options, kind, time limit. What the server would refuse is said before it is
//! sent, by the same rules, once a field has been left.

use domain::question::{Draft, OPTION_LIMIT, QuestionKind};

use super::action_button::failure;
use super::option_form::option_form;
use super::preview::preview;
use crate::browser::element::{Element, el, el_class};
use crate::browser::page;
use crate::browser::words::lower_case;
use crate::reactive::*;
use crate::state::attempt::Progress;
use crate::state::question_checks::Checks;
use crate::state::question_draft::QuestionDraft;
use crate::state::rooms::kind_words;

/// The kinds, as the choice names them.
const KINDS: [(&str, Option<QuestionKind>); 4] = [
    ("", None),
    ("discursive", Some(QuestionKind::Discursive)),
    ("single_answer", Some(QuestionKind::SingleAnswer)),
    ("multiple_answer", Some(QuestionKind::MultipleAnswer)),
];

/// The form: `html` is what becomes of the text.
pub(crate) fn question_form(
    draft: QuestionDraft,
    html: ReadSignal<String>,
    progress: ReadSignal<Progress>,
    on_save: impl Fn(Draft) + 'static,
) -> Element {
    let checks = Checks::of(draft);
    follow(move || {
        if progress.get() == Progress::Done {
            checks.forget();
        }
    });
    let mut before = None;
    follow(move || {
        let now = draft.known();
        if before.replace(now.clone()) != Some(now) {
            checks.forget();
        }
    });
    let submit = move || {
        if checks.insist() {
            on_save(untrack(|| draft.draft()));
        } else {
            page::after_changes(|| _ = page::focus(".question-editor [aria-invalid]"));
        }
    };
    let is_new = move || draft.known().is_none();
    let title = move || if is_new() { "A new question" } else { "Edit the question" }.to_owned();
    let cancel = move || el("button").set("type", "button").on_click(move || draft.clear()).text("Leave it as it was");
    let label = move || match progress.with(Progress::is_running) {
        true => "Saving…",
        false if is_new() => "Add to the bank",
        false => "Save",
    };
    let save = el_class("button", "primary").set("type", "submit").live_text(move || label().to_owned());
    let saved = move || progress.get() == Progress::Done && draft.with(|draft| *draft == Draft::default());
    let said = move || if saved() { "It is in your bank." } else { "" }.to_owned();
    let form = el("form")
        .set("novalidate", "")
        .on_submit(submit)
        .part(move || draft.shape(), move |(_, count)| Some(fields(draft, checks, html, *count)))
        .child(el_class("div", "actions save-question").child(save).when(move || !is_new(), cancel))
        .child(el_class("p", "hint").set("role", "status").live_text(said))
        .child(failure(progress));
    el_class("section", "panel question-editor")
        .set("aria-labelledby", "editor-heading")
        .child(el("h2").set("id", "editor-heading").live_text(title))
        .child(form)
}

fn fields(draft: QuestionDraft, checks: Checks, html: ReadSignal<String>, count: usize) -> Element {
    let text = draft.field(|draft| Some(&mut draft.text));
    let area = el("textarea").set("rows", "5").typed(text);
    let hint = "Markdown works: *emphasis*, **strong**, `code`, lists.";
    let writing = el_class("div", "question-writing")
        .child(checked(checks, area, "question-text", "Question", "text", hint))
        .child(preview(html));
    let options = (0..count).map(|place| option_form(draft, checks, place, count));
    let add = move || {
        draft.add_option();
        page::after_changes(move || _ = page::focus(&["#option-", &count.to_string(), "-text"].concat()));
    };
    let add = el_class("button", "add-option")
        .set("type", "button")
        .live_flag("disabled", move || draft.with(|draft| draft.options.len() >= OPTION_LIMIT))
        .on_click(add)
        .text("Add an option");
    let rules = el_class("div", "question-rules").child(kind_field(draft, checks)).child(limit_field(draft, checks));
    el_class("div", "question-fields")
        .child(writing)
        .child(el_class("ol", "question-options").set("role", "list").children(options))
        .child(el_class("div", "actions").child(add))
        .child(rules)
}

/// A field with its label above it, and below it what is wrong with it, or else a hint.
fn checked(
    checks: Checks,
    input: Element,
    id: &str,
    label: &str,
    property: &'static str,
    hint: &'static str,
) -> Element {
    let below = [id, "-below"].concat();
    let wrong = move || checks.about(property);
    let input = input
        .set("id", id)
        .set("aria-describedby", &below)
        .live("aria-invalid", move || wrong().map(|_| "true".to_owned()))
        .on("change", move || checks.leave(property));
    let note = el("p")
        .set("id", &below)
        .live("class", move || Some(if wrong().is_some() { "failure" } else { "hint" }.to_owned()))
        .live_text(move || wrong().unwrap_or_else(|| hint.to_owned()));
    el_class("div", "field").child(el("label").set("for", id).text(label)).child(input).child(note)
}

fn kind_field(draft: QuestionDraft, checks: Checks) -> Element {
    let name = move || {
        let kind = draft.with(|draft| draft.kind);
        KINDS.iter().find(|(_, one)| *one == kind).map_or("", |(name, _)| name).to_owned()
    };
    let choose = move |chosen: String| {
        let kind = KINDS.iter().find(|(name, _)| *name == chosen).and_then(|(_, kind)| *kind);
        draft.change(|draft| draft.kind = kind);
    };
    let options =
        KINDS.map(|(name, kind)| el("option").set("value", name).text(kind.map_or("As its options say", kind_words)));
    let select = el("select").children(options).selected(name, choose);
    let follows = move || match draft.with(|draft| draft.kind) {
        None => ["Now: ", &lower_case(kind_words(draft.with(Draft::kind))), "."].concat(),
        Some(_) => String::new(),
    };
    checked(checks, select, "question-kind", "How it is answered", "type", "")
        .child(el_class("p", "hint").live_text(follows))
}

fn limit_field(draft: QuestionDraft, checks: Checks) -> Element {
    let known = untrack(|| draft.with(|draft| draft.time_limit_seconds));
    let text = RwSignal::new(known.map(|seconds| seconds.to_string()).unwrap_or_default());
    follow(move || {
        let seconds = text.with(|text| match text.trim() {
            "" => None,
            // What is no number becomes one that is refused in words.
            text => Some(text.parse().unwrap_or_default()),
        });
        if untrack(|| draft.with(|draft| draft.time_limit_seconds)) != seconds {
            draft.change(|draft| draft.time_limit_seconds = seconds);
        }
    });
    let input = el("input").set("type", "text").set("inputmode", "numeric").set("autocomplete", "off").typed(text);
    let hint = "5 to 3600; leave it empty for as long as it takes.";
    checked(checks, input, "question-limit", "Seconds to answer", "timeLimitSeconds", hint)
}
