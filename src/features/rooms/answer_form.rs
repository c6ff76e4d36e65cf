//! The form in which a participant answers a question, and changes the answer. A single choice is sent when it is made; several choices and
//! a text have a button. Keeps what is chosen or typed until the server has it, and sends it by itself before the time is up and when a lost
//! connection is back.

use std::sync::Arc;

use domain::answer::{Answer, WORDS_LIMIT};
use domain::pick::PickView;
use domain::question::QuestionKind;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::answer_draft::{AnswerButton, AnswerDraft, AnswerStatus, AnswerSync, Delivery, SentAnswer, option_of_key};
use super::automatic_send::{AutomaticSend, Moment};
use super::options::letter;
use super::texts;
use crate::api::ApiError;
use crate::app::shortcuts::{KeyHint, use_shortcuts};
use crate::platform::focus;
use crate::ui::{Request, on_submit, use_text_draft};

/// The form.
#[component]
pub(super) fn AnswerForm(
    /// The question.
    pick: Arc<PickView>,
    /// The name of the stored draft: it identifies the author.
    draft_name: String,
    /// What the server has.
    sent: Memo<Option<SentAnswer>>,
    /// The seconds until the time limit, by the server's clock; `None` without one. At 0 no answer is taken any more.
    left: Memo<Option<u64>>,
    /// Whether the live connection is up.
    is_live: Memo<bool>,
    /// The request that sends answers.
    request: Request,
    /// Called to send an answer; also while one is being sent.
    on_send: Callback<Answer>,
) -> impl IntoView {
    let kind = pick.kind;
    let is_late: Signal<bool> = Memo::new(move |before: Option<&bool>| {
        let now = left.get() == Some(0);
        if now && before == Some(&false) {
            // What has the focus is disabled.
            focus::keep_or(|| focus::focus(".question"));
        }
        now
    })
    .into();
    let stored = use_text_draft(&draft_name);
    let draft = RwSignal::new(AnswerDraft::from_stored(&pick, &stored.get_untracked()));
    let sync = StoredValue::new(draft.with_untracked(AnswerSync::new));
    let has_conflict = RwSignal::new(false);
    Effect::new(move |_| {
        let (Some(sent), now) = (sent.get(), draft.get()) else { return };
        if request.is_pending() {
            return;
        }
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
    let is_unreachable = move || request.error() == Some(ApiError::Unreachable);
    let delivery = Memo::new(move |_| match request.is_pending() {
        true => Delivery::Sending,
        // While it is up there is nothing to wait for: then the error says what to do.
        false if !is_live.get() && is_unreachable() => Delivery::WaitsForConnection,
        false => Delivery::Idle,
    });
    let status = Memo::new(move |_| {
        let (has_conflict, is_late, delivery) = (has_conflict.get(), is_late.get(), delivery.get());
        sent.with(|sent| draft.with(|draft| AnswerStatus::of(draft, sent.as_ref(), has_conflict, is_late, delivery)))
    });
    let shown = Memo::new(move |_| {
        let is_over = status.get().is_over();
        sent.with(|sent| draft.with(|draft| draft.shown(sent.as_ref(), is_over)))
    });
    let button = Memo::new(move |_| AnswerButton::of(kind, status.get(), is_empty.get()));
    let is_submitted = RwSignal::new(false);
    let send = Callback::new(move |()| {
        let draft = draft.get_untracked();
        let is_sending = untrack(|| request.is_pending());
        let is_known =
            sent.with_untracked(|sent| sync.with_value(|sync| sync.is_known(&draft, sent.as_ref(), is_sending)));
        if !draft.is_empty() && !is_known && !is_late.get_untracked() {
            let answer = draft.to_answer();
            sync.update_value(|sync| sync.send(draft));
            on_send.run(answer);
        }
    });
    let automatic = StoredValue::new(AutomaticSend::default());
    Effect::new(move |_| {
        let now = Moment {
            left: left.get(),
            is_live: is_live.get(),
            is_sending: request.is_pending(),
            is_unreachable: is_unreachable(),
        };
        let is_due = draft.with(|draft| automatic.try_update_value(|automatic| automatic.update(now, draft)));
        if is_due == Some(true) {
            untrack(|| send.run(()));
        }
    });
    Effect::new(move |_| {
        // What failed has become what the server has, by another tab or by hand.
        if status.get() == AnswerStatus::Sent && request.error().is_some() {
            request.clear();
        }
    });
    let submit = move || match button.get_untracked() {
        Some(AnswerButton::Edit) => _ = focus::focus("#answer-text"),
        _ => {
            is_submitted.set(true);
            send.run(());
        }
    };
    let is_missing = Signal::derive(move || is_submitted.get() && is_empty.get() && !is_late.get());
    let failure = move || match status.get() {
        _ if is_missing.get() => texts::missing_answer(kind).to_owned(),
        // These say what became of the answer themselves.
        status if status.is_over() || status == AnswerStatus::WaitsForConnection => String::new(),
        _ => request.error().map(|error| error.to_string()).unwrap_or_default(),
    };
    // Neither disabled while a request is under way nor made anew when it is to edit: the focus stays on it.
    let is_edit = move || button.get() == Some(AnswerButton::Edit);
    let label = move || button_label(button.get(), status.get());
    let has_button = Memo::new(move |_| button.with(Option::is_some));
    let button = move || {
        let has_button = has_button.get();
        focus::keep_or(|| focus::focus(".choice :checked:enabled") || focus::focus(".question"));
        has_button.then(|| view! { <button type="submit" class:primary=move || !is_edit()>{label}</button> })
    };
    let hint = move || match status.get() {
        AnswerStatus::Sent => view! { <span class="answer-hint">" "{texts::CAN_BE_CHANGED}</span> }.into_any(),
        status if texts::is_passed(status, kind, is_empty.get()) => {
            view! { " "<KeyHint text=texts::ENTER_SENDS/> }.into_any()
        }
        _ => ().into_any(),
    };
    let fields = match kind {
        QuestionKind::Discursive => view! { <TextAnswer draft shown is_late is_missing/> }.into_any(),
        QuestionKind::SingleAnswer | QuestionKind::MultipleAnswer => {
            view! { <Choices pick draft shown sent is_late is_missing send/> }.into_any()
        }
    };
    view! {
        <form class="answer-form" novalidate on:submit=on_submit(submit)>
            {fields}
            <div class="send-answer">
                <p class="failure" role="alert">{failure}</p>
                <p class="answer-status" role="status" data-status=move || status_name(status.get())>
                    {move || texts::answer_status(status.get(), kind, is_empty.get())}
                    {hint}
                </p>
                {button}
            </div>
        </form>
    }
}

/// What is kept of a draft. What the server has need not be kept here: another tab may change it meanwhile.
fn text_to_keep(draft: &AnswerDraft, sent: Option<&SentAnswer>) -> String {
    if sent.is_some_and(|sent| sent.draft.is_same(draft)) { String::new() } else { draft.to_stored() }
}

/// The label of the button.
const fn button_label(button: Option<AnswerButton>, status: AnswerStatus) -> &'static str {
    match (button, status) {
        (Some(AnswerButton::Edit), _) => texts::EDIT_ANSWER,
        (_, AnswerStatus::Sending) => texts::SENDING,
        _ => texts::SEND,
    }
}

/// The status as style sheets name it, where it is drawn.
const fn status_name(status: AnswerStatus) -> Option<&'static str> {
    match status {
        AnswerStatus::Sent | AnswerStatus::LateSent => Some("sent"),
        AnswerStatus::WaitsForConnection | AnswerStatus::LateChanged | AnswerStatus::LateUnsent => Some("unsent"),
        _ => None,
    }
}

/// Where a text is typed.
#[component]
fn TextAnswer(
    draft: RwSignal<AnswerDraft>,
    /// What stands in the field.
    shown: Memo<AnswerDraft>,
    is_late: Signal<bool>,
    is_missing: Signal<bool>,
) -> impl IntoView {
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
                prop:value=move || shown.with(|shown| shown.text().to_owned())
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
    /// What is ticked.
    shown: Memo<AnswerDraft>,
    /// What the server has.
    sent: Memo<Option<SentAnswer>>,
    is_late: Signal<bool>,
    is_missing: Signal<bool>,
    /// Sends the draft.
    send: Callback<()>,
) -> impl IntoView {
    let (kind, count) = (pick.kind, pick.options.len());
    let is_single = kind == QuestionKind::SingleAnswer;
    // Browsers select a radio button, and report a click, as the arrow keys pass it: that is not the user's answer yet.
    let is_passing = StoredValue::new(false);
    let choose =
        move |index: usize, is_chosen: bool| draft.update(|draft| *draft = draft.with_choice(kind, index, is_chosen));
    let choose_and_send = move |index: usize| {
        choose(index, true);
        if !is_passing.get_value() {
            send.run(());
        }
    };
    use_shortcuts(move |key| {
        if key == "Enter" {
            return focus::is_idle() && focus::click(".send-answer .primary");
        }
        let Some(index) = option_of_key(key, count) else { return false };
        if is_late.get_untracked() {
            return true;
        }
        is_passing.set_value(false);
        match is_single {
            true => choose_and_send(index),
            false => choose(index, !draft.with_untracked(|draft| draft.is_chosen(index))),
        }
        true
    });
    let on_key = move |event: KeyboardEvent, index: usize| {
        let key = event.key();
        is_passing.set_value(key.starts_with("Arrow"));
        // Neither does anything to a radio button that the arrow keys have chosen already.
        if is_single && matches!(key.as_str(), " " | "Enter") {
            event.prevent_default();
            choose_and_send(index);
        }
    };
    let option = |(index, option): (usize, &domain::pick::OptionView)| {
        let is_sent = move || sent.with(|sent| sent.as_ref().is_some_and(|sent| sent.draft.is_chosen(index)));
        view! {
            <label class="choice" data-option=index.to_string() data-sent=move || is_sent().then_some("")>
                <input
                    type=if is_single { "radio" } else { "checkbox" }
                    name="answer"
                    disabled=move || is_late.get()
                    aria-invalid=move || is_missing.get().then_some("true")
                    prop:checked=move || shown.with(|shown| shown.is_chosen(index))
                    on:click=move |_| if is_single { choose_and_send(index) }
                    on:change=move |event| choose(index, event_target_checked(&event))
                    on:keydown=move |event| on_key(event, index)
                />
                <span class="choice-letter" aria-hidden="true">{letter(index)}</span>
                <span class="choice-text" dir="auto">{option.text.clone()}</span>
            </label>
        }
    };
    let end_passing = move || is_passing.set_value(false);
    view! {
        <fieldset class="choices" on:keyup=move |_| end_passing() on:pointerdown=move |_| end_passing()>
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
        let send = |status| button_label(Some(AnswerButton::Send), status);
        assert_eq!([AnswerStatus::Unsent, AnswerStatus::Changed].map(send), [texts::SEND; 2]);
        assert_eq!(send(AnswerStatus::Sending), texts::SENDING);
        assert_eq!(button_label(Some(AnswerButton::Edit), AnswerStatus::Sent), texts::EDIT_ANSWER);
    }

    #[test]
    fn only_an_answer_that_counts_gets_the_check() {
        use AnswerStatus::{
            Changed, Conflict, LateChanged, LateEmpty, LateSent, LateUnsent, Sending, Sent, Unsent, WaitsForConnection,
        };
        assert_eq!([Sent, LateSent].map(status_name), [Some("sent"); 2]);
        assert_eq!([WaitsForConnection, LateChanged, LateUnsent].map(status_name), [Some("unsent"); 3]);
        assert_eq!([Unsent, Sending, Changed, Conflict, LateEmpty].map(status_name), [None; 5]);
    }
}
