//! The form in which a question is answered, and the answer changed. Keeps what is chosen until the server has it.

use domain::answer::{Answer, WORDS_LIMIT};
use domain::pick::PickView;
use domain::question::QuestionKind;

use super::action_button::failure;
use super::options::choice;
use crate::browser::element::{Element, el, el_class};
use crate::browser::{keys, page};
use crate::reactive::*;
use crate::state::attempt::Progress;
use crate::state::rooms::{answer, ticked};

/// An answer that the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// As the form keeps it.
    pub(crate) answer: String,
    /// Which change of it this is.
    pub(crate) rev: u64,
}

/// The form.
pub(crate) struct AnswerForm {
    /// What is asked.
    pub(crate) pick: PickView,
    /// What is chosen or typed.
    pub(crate) draft: RwSignal<String>,
    /// What the server has.
    pub(crate) sent: ReadSignal<Option<Sent>>,
    /// How sending goes.
    pub(crate) progress: ReadSignal<Progress>,
}

impl AnswerForm {
    /// Draws it. `is_late` says that no answer is taken any more; `on_send` hears what is to be sent.
    pub(crate) fn draw(
        self,
        is_late: impl Fn() -> bool + Copy + 'static,
        on_send: impl Fn(Answer) + 'static,
    ) -> Element {
        let Self { pick, draft, sent, progress } = self;
        let kind = pick.kind;
        let elsewhere = follow_sent(draft, sent);
        let is_same = move || {
            sent.with(|sent| sent.as_ref().is_some_and(|sent| draft.with(|draft| is_same(draft, &sent.answer))))
        };
        let is_empty = move || draft.with(|draft| draft.trim().is_empty());
        let (insist, is_sent) = (RwSignal::new(false), move || sent.with(Option::is_some));
        let submit = move || {
            insist.set(true);
            if !untrack(is_empty) && !untrack(is_late) {
                on_send(answer(kind, &draft.get_untracked()));
            }
        };
        let words = move || {
            if elsewhere.get() {
                "Something else was sent, perhaps in another tab. Send to replace it."
            } else if is_late() {
                if is_sent() { "The time is up. What you sent counts." } else { "The time is up. You sent nothing." }
            } else if is_same() {
                "Sent. You can change it until the question closes."
            } else if is_sent() {
                "Not sent yet: what you sent before still counts."
            } else {
                ""
            }
        };
        let status = el_class("p", "hint sent").set("role", "status").live_text(move || words().to_owned());
        let missing = move || match insist.get() && is_empty() {
            true if kind == QuestionKind::Discursive => "Type an answer first.",
            true => "Choose an option first.",
            false => "",
        };
        // Never disabled, nor made anew: the focus stays on it.
        let label = move || match progress.with(Progress::is_running) {
            true => "Sending…",
            false if is_sent() => "Change my answer",
            false => "Send",
        };
        let button = move || el_class("button", "primary").set("type", "submit").live_text(move || label().to_owned());
        el_class("form", "answer-form")
            .set("novalidate", "")
            .on_submit(submit)
            .child(if kind == QuestionKind::Discursive {
                words_field(draft, is_late)
            } else {
                choices(&pick, draft, is_late)
            })
            .child(el_class("p", "failure").set("role", "alert").live_text(move || missing().to_owned()))
            .child(el_class("div", "send-answer").when(move || !is_late(), button))
            .child(status)
            .child(failure(progress))
    }
}

/// Whether two answers are one: the server keeps no white space around words.
fn is_same(one: &str, other: &str) -> bool {
    one.trim() == other.trim()
}

/// Takes over what the server has, if nothing else is being typed; says whether something else is.
fn follow_sent(draft: RwSignal<String>, sent: ReadSignal<Option<Sent>>) -> ReadSignal<bool> {
    let elsewhere = RwSignal::new(false);
    let mut before: Option<Sent> = None;
    follow(move || {
        let Some(now) = sent.get() else { return };
        let typed = draft.get();
        let untouched = match &before {
            Some(before) => is_same(&typed, &before.answer),
            None => typed.is_empty(),
        };
        let is_new = before.as_ref() != Some(&now);
        let differs = !is_same(&typed, &now.answer);
        if is_new && untouched && differs {
            draft.set(now.answer.clone());
        }
        // What one has sent oneself is what is typed.
        let next = differs && ((is_new && !untouched) || elsewhere.get_untracked());
        if next != elsewhere.get_untracked() {
            elsewhere.set(next);
        }
        before = Some(now);
    });
    elsewhere.read_only()
}

fn words_field(draft: RwSignal<String>, is_late: impl Fn() -> bool + 'static) -> Element {
    let area = el("textarea")
        .set("id", "answer-text")
        .set("rows", "4")
        .set("maxlength", &WORDS_LIMIT.to_string())
        .live_flag("disabled", is_late)
        .typed(draft);
    el_class("div", "field").child(el("label").set("for", "answer-text").text("Your answer")).child(area)
}

fn choices(pick: &PickView, draft: RwSignal<String>, is_late: impl Fn() -> bool + Copy + 'static) -> Element {
    let (kind, count) = (pick.kind, pick.options.len());
    let is_single = kind == QuestionKind::SingleAnswer;
    let is_chosen = move |place: usize| draft.with(|draft| draft.split(',').any(|one| one == place.to_string()));
    let choose = move |place: usize, on: bool| {
        let next = draft.with_untracked(|draft| ticked(kind, draft, place, on));
        draft.set(next);
    };
    keys::listen(move |key| {
        if key == "Enter" {
            return page::is_idle() && page::press(".send-answer button");
        }
        // 1 to 9, then 0 for the tenth.
        let digit = key.parse::<usize>().ok().filter(|_| key.len() == 1);
        let Some(place) = digit.map(|digit| (digit + 9) % 10).filter(|place| *place < count) else { return false };
        if !untrack(is_late) {
            choose(place, is_single || !untrack(|| is_chosen(place)));
        }
        true
    });
    let legend = if is_single { "Choose one" } else { "Choose all that are right" };
    let options = pick.options.iter().enumerate().map(|(place, option)| {
        choice(place, option, is_single, move || is_chosen(place), is_late, move |on| choose(place, on))
    });
    el_class("fieldset", "choices").child(el("legend").text(legend)).children(options)
}
