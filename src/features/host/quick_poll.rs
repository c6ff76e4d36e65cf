//! A question that the host has just thought of: written in a dialog, kept in the library, and picked at once. The dialog's form is in the
//! chunk of the page of questions, has the rules of that page, and is loaded when it is opened.

use domain::question::{Draft, QuestionOption};
use domain::validation::Violation;
use leptos::prelude::*;

use super::controls::Controls;
use super::pick_flow::ChosenBy;
use super::texts;
use crate::api;
use crate::platform::focus;
use crate::routes::{LazyPart, POLL};
use crate::ui::{Dialog, FieldNote, Request, RequestError, SubmitButton, TextField, on_submit};

/// What the form works on, as its context.
#[derive(Clone, Copy)]
struct Poll {
    controls: Controls,
    is_open: RwSignal<bool>,
    question: RwSignal<String>,
    options: RwSignal<String>,
}

/// The button and its dialog. What is written stays until it is picked.
#[component]
pub(super) fn QuickPoll(controls: Controls) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let (question, options) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    provide_context(Poll { controls, is_open, question, options });
    view! {
        <button type="button" class="quick-poll" disabled=controls.is_closed on:click=move |_| is_open.set(true)>
            {texts::QUICK_POLL}
        </button>
        <Dialog open=is_open title=texts::QUICK_POLL>
            <LazyPart page=POLL/>
        </Dialog>
    }
}

/// The form.
#[component]
pub(crate) fn PollForm() -> impl IntoView {
    let Poll { controls, is_open, question, options } = expect_context();
    let (is_submitted, request) = (RwSignal::new(false), Request::new());
    let draft = Memo::new(move |_| question.with(|question| options.with(|options| poll(question, options))));
    let wrong = Memo::new(move |_| draft.get().check().err().unwrap_or_default());
    let question_error = Memo::new(move |_| wrong.with(|wrong| message(wrong, true)));
    let options_error = Memo::new(move |_| wrong.with(|wrong| message(wrong, false)));
    let submit = move || {
        is_submitted.set(true);
        if wrong.with_untracked(|wrong| !wrong.is_empty()) {
            let is_question = question_error.with_untracked(Option::is_some);
            focus::focus(if is_question { "#poll-question" } else { "#poll-options" });
            return;
        }
        let draft = draft.get_untracked();
        request.run(async move {
            let saved = api::questions::create(&draft).await?;
            question.try_set(String::new());
            options.try_set(String::new());
            is_open.try_set(false);
            controls.choose(&saved.id, ChosenBy::Button);
            Ok(())
        });
    };
    view! {
        <form class="poll-form" novalidate=true on:submit=on_submit(submit)>
            <h2>{texts::QUICK_POLL}</h2>
            <TextField
                id="poll-question"
                label=texts::POLL_QUESTION
                hint=texts::POLL_QUESTION_HINT
                value=question
                error=question_error
                is_submitted
                autofocus=true
            />
            <div class="field">
                <label for="poll-options">{texts::POLL_OPTIONS}</label>
                <textarea
                    id="poll-options"
                    rows="4"
                    dir="auto"
                    aria-describedby="poll-options-note"
                    aria-invalid=move || options_error.with(Option::is_some).then_some("true")
                    prop:value=options
                    on:input=move |event| options.set(event_target_value(&event))
                ></textarea>
                <FieldNote id="poll-options-note" error=options_error hint=texts::POLL_OPTIONS_HINT/>
            </div>
            <RequestError request/>
            <div class="actions">
                <button type="button" on:click=move |_| is_open.set(false)>{texts::CANCEL}</button>
                <SubmitButton request label=Signal::stored(texts::PICK.to_owned()) pending=texts::PICKING/>
            </div>
        </form>
    }
}

/// The question as it is typed: each line of `options` that is not empty is an option, none of them right; without options it is answered in
/// words.
fn poll(question: &str, options: &str) -> Draft {
    let options = options.lines().map(str::trim).filter(|line| !line.is_empty());
    let options = options.map(|line| QuestionOption { text: line.to_owned(), ..QuestionOption::default() });
    Draft { text: question.to_owned(), options: options.collect(), ..Draft::default() }
}

/// What is wrong with the question's text, or else with its options.
fn message(wrong: &[Violation], is_text: bool) -> Option<String> {
    wrong.iter().find(|violation| (violation.property == "text") == is_text).map(Violation::message)
}

#[cfg(test)]
mod tests {
    use domain::question::{OPTION_LIMIT, QuestionKind};

    use super::*;

    #[test]
    fn each_line_is_an_option_that_is_neither_right_nor_wrong() {
        let draft = poll("A break?", " Yes \n\r\nNo\n");
        assert_eq!(draft.options.iter().map(|option| option.text.as_str()).collect::<Vec<_>>(), ["Yes", "No"]);
        assert!(draft.options.iter().all(|option| !option.is_correct));
        assert_eq!(draft.check().unwrap().kind(), QuestionKind::SingleAnswer);
    }

    #[test]
    fn a_poll_without_options_takes_text_answers() {
        assert_eq!(poll("What did you miss?", " \n").check().unwrap().kind(), QuestionKind::Discursive);
    }

    #[test]
    fn what_is_wrong_is_said_where_it_was_typed() {
        let wrong = |question: &str, options: &str| poll(question, options).check().unwrap_err();
        let many = "x\n".repeat(OPTION_LIMIT + 1);
        assert!(message(&wrong(" ", "Yes"), true).is_some() && message(&wrong(" ", "Yes"), false).is_none());
        assert!(message(&wrong("Why?", &many), false).is_some() && message(&wrong("Why?", &many), true).is_none());
    }
}
