//! The form in which a participant answers a question, and changes the answer. Keeps what is chosen or typed until the
//! server has it.

use std::sync::Arc;

use domain::answer::{Answer, WORDS_LIMIT};
use domain::pick::PickView;
use domain::question::QuestionKind;
use leptos::prelude::*;

use super::answer_draft::{AnswerDraft, AnswerStatus, AnswerSync, SentAnswer, option_of_key};
use super::options::letter;
use super::texts;
use crate::app::shortcuts::use_shortcuts;
use crate::platform::focus;
use crate::ui::{Request, RequestError, on_submit, use_text_draft};

/// The form.
#[component]
pub(super) fn AnswerForm(
    /// The question.
    pick: Arc<PickView>,
    /// The name of the stored draft: it says whose it is.
    draft_name: String,
    /// What the server has.
    sent: Memo<Option<SentAnswer>>,
    /// Whether the time limit has passed: no answer is taken any more.
    #[prop(into)]
    is_late: Signal<bool>,
    /// The request that sends answers.
    request: Request,
    /// Called to send an answer; also while one is being sent.
    on_send: Callback<Answer>,
) -> impl IntoView {
    let kind = pick.kind;
    let stored = use_text_draft(&draft_name);
    let draft = RwSignal::new(AnswerDraft::from_stored(&pick, &stored.get_untracked()));
    let sync = StoredValue::new(draft.with_untracked(AnswerSync::new));
    let has_conflict = RwSignal::new(false);
    Effect::new(move |_| {
        let (Some(sent), now) = (sent.get(), draft.get()) else { return };
        let (next, conflict) =
            sync.try_update_value(|sync| (sync.update(&now, &sent), sync.has_conflict())).unwrap_or_default();
        if has_conflict.get_untracked() != conflict {
            has_conflict.set(conflict);
        }
        if let Some(next) = next {
            draft.set(next);
        }
    });
    Effect::new(move |_| {
        let text = sent.with(|sent| draft.with(|draft| text_to_keep(draft, sent.as_ref())));
        if stored.with_untracked(|stored| *stored != text) {
            stored.set(text);
        }
    });
    let is_empty = Memo::new(move |_| draft.with(AnswerDraft::is_empty));
    let has_sent = Memo::new(move |_| sent.with(Option::is_some));
    let is_submitted = RwSignal::new(false);
    let submit = move || {
        is_submitted.set(true);
        if !is_empty.get_untracked() && !is_late.get_untracked() {
            let draft = draft.get_untracked();
            let answer = draft.to_answer();
            sync.update_value(|sync| sync.send(draft));
            on_send.run(answer);
        }
    };
    let status = move || {
        let status = sent
            .with(|sent| draft.with(|draft| AnswerStatus::of(draft, sent.as_ref(), has_conflict.get(), is_late.get())));
        texts::answer_status(status)
    };
    let is_missing = Signal::derive(move || is_submitted.get() && is_empty.get());
    let missing = move || if is_missing.get() { texts::missing_answer(kind) } else { "" };
    let label = move || send_label(request.is_pending(), has_sent.get());
    // Not disabled while a request is under way, nor made anew: the focus stays on it.
    let button = move || {
        let is_late = is_late.get();
        focus::keep_or(|| focus::focus(".question"));
        (!is_late).then(|| view! { <button type="submit" class="primary">{label}</button> })
    };
    let fields = match kind {
        QuestionKind::Discursive => view! { <TextAnswer draft is_late is_missing/> }.into_any(),
        QuestionKind::SingleAnswer | QuestionKind::MultipleAnswer => {
            view! { <Choices pick draft is_late is_missing/> }.into_any()
        }
    };
    view! {
        <form class="answer-form" novalidate on:submit=on_submit(submit)>
            {fields}
            <p class="failure" role="alert">{missing}</p>
            <div class="send-answer">{button}</div>
            <p class="hint sent" role="status">{status}</p>
            <RequestError request/>
        </form>
    }
}

/// What is kept of a draft. What the server has need not be kept here: another tab may change it meanwhile.
fn text_to_keep(draft: &AnswerDraft, sent: Option<&SentAnswer>) -> String {
    if sent.is_some_and(|sent| sent.draft.is_same(draft)) { String::new() } else { draft.to_stored() }
}

/// What the button says.
const fn send_label(is_pending: bool, has_sent: bool) -> &'static str {
    match (is_pending, has_sent) {
        (true, _) => texts::SENDING,
        (false, true) => texts::CHANGE_ANSWER,
        (false, false) => texts::SEND,
    }
}

/// Where a text is typed.
#[component]
fn TextAnswer(draft: RwSignal<AnswerDraft>, is_late: Signal<bool>, is_missing: Signal<bool>) -> impl IntoView {
    view! {
        <div class="field">
            <label for="answer-text">{texts::YOUR_ANSWER}</label>
            // Read-only rather than disabled when it is late: the focus stays, and the text can still be copied.
            <textarea
                id="answer-text"
                rows="4"
                dir="auto"
                maxlength=WORDS_LIMIT.to_string()
                readonly=move || is_late.get()
                aria-invalid=move || is_missing.get().then_some("true")
                prop:value=move || draft.with(|draft| draft.text().to_owned())
                on:input=move |event| draft.set(AnswerDraft::Text(event_target_value(&event)))
            ></textarea>
        </div>
    }
}

/// The options to choose from: also by the keys 1 to 9 and 0, and sent by Enter.
#[component]
fn Choices(
    pick: Arc<PickView>,
    draft: RwSignal<AnswerDraft>,
    is_late: Signal<bool>,
    is_missing: Signal<bool>,
) -> impl IntoView {
    let (kind, count) = (pick.kind, pick.options.len());
    let is_single = kind == QuestionKind::SingleAnswer;
    let choose =
        move |index: usize, is_chosen: bool| draft.update(|draft| *draft = draft.with_choice(kind, index, is_chosen));
    use_shortcuts(move |key| {
        if key == "Enter" {
            return focus::is_idle() && focus::click(".send-answer button");
        }
        let Some(index) = option_of_key(key, count) else { return false };
        if !is_late.get_untracked() {
            choose(index, is_single || !draft.with_untracked(|draft| draft.is_chosen(index)));
        }
        true
    });
    let option = |(index, option): (usize, &domain::pick::OptionView)| {
        view! {
            <label class="choice" data-option=index.to_string()>
                <input
                    type=if is_single { "radio" } else { "checkbox" }
                    name="answer"
                    disabled=move || is_late.get()
                    aria-invalid=move || is_missing.get().then_some("true")
                    prop:checked=move || draft.with(|draft| draft.is_chosen(index))
                    on:change=move |event| choose(index, event_target_checked(&event))
                />
                <span class="choice-letter" aria-hidden="true">{letter(index)}</span>
                <span dir="auto">{option.text.clone()}</span>
            </label>
        }
    };
    view! {
        <fieldset class="choices">
            <legend>{if is_single { texts::CHOOSE_ONE } else { texts::SELECT_ALL }}</legend>
            {pick.options.iter().enumerate().map(option).collect_view()}
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_has_is_not_kept_here() {
        let draft = AnswerDraft::Text("It scatters".to_owned());
        let sent = |text: &str| SentAnswer { draft: AnswerDraft::Text(text.to_owned()), revision: 1 };
        assert_eq!(text_to_keep(&draft, Some(&sent("It scatters "))), "");
        assert_eq!(text_to_keep(&draft, Some(&sent("It"))), draft.to_stored());
        assert_eq!(text_to_keep(&draft, None), draft.to_stored());
        assert_eq!(text_to_keep(&AnswerDraft::empty(QuestionKind::Discursive), None), "", "nothing to keep");
    }

    #[test]
    fn the_button_says_what_it_does() {
        assert_eq!((send_label(false, false), send_label(false, true)), (texts::SEND, texts::CHANGE_ANSWER));
        assert_eq!([false, true].map(|has_sent| send_label(true, has_sent)), [texts::SENDING; 2]);
    }
}
