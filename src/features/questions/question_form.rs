//! The form of a question: answer type, text, options, time limit, and beside it what a participant's phone will show. What the server would
//! refuse is said before it is sent, by the same rules, once a field has been left.

use domain::question::QuestionKind;
use leptos::prelude::*;

use super::draft::{Field, KINDS, QuestionDraft};
use super::editor::Editor;
use super::option_form::{OptionForm, focus_text};
use super::preview::Preview;
use super::texts;
use crate::platform::focus;
use crate::ui::{DragOrder, FieldNote, Request, RequestError, SubmitButton, on_submit};

/// The form. `on_save` is called when the draft is submitted and nothing is wrong with it; it makes `request`.
#[component]
pub(super) fn QuestionForm(
    editor: Editor,
    request: Request,
    on_save: Callback<()>,
    /// Called when the author leaves the question: it is no longer shown where there is room for the list only.
    on_close: Callback<()>,
    /// Called when the author wants to write a new question instead of this one of the library.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let is_new = Memo::new(move |_| editor.is_new());
    let submit = move || {
        if editor.submit() {
            on_save.run(());
        } else {
            request.clear();
            focus::focus_after_render(".question-editor [aria-invalid]");
        }
    };
    // "Saved" is said of the last question, until the next one is begun.
    Effect::new(move |_| {
        if request.is_done() && !editor.is_empty() {
            request.clear();
        }
    });
    let title = move || if is_new.get() { texts::NEW_QUESTION } else { texts::EDIT_QUESTION };
    let save = Signal::derive(move || if is_new.get() { texts::SAVE_QUESTION } else { texts::SAVE }.to_owned());
    let cancel = move || {
        (!is_new.get()).then(|| {
            view! { <button type="button" on:click=move |_| on_cancel.run(())>{texts::CANCEL}</button> }
        })
    };
    view! {
        <section class="panel question-editor" aria-labelledby="editor-heading">
            <div class="editor-head">
                <button type="button" class="close-editor" on:click=move |_| on_close.run(())>{texts::ALL_QUESTIONS}</button>
                <h2 id="editor-heading">{title}</h2>
            </div>
            <div class="editor-columns">
                <form novalidate=true on:submit=on_submit(submit)>
                    <Fields editor/>
                    <div class="actions save-question">
                        <SubmitButton request label=save pending=texts::SAVING/>
                        {cancel}
                    </div>
                    <RequestError request/>
                </form>
                <Preview editor/>
            </div>
        </section>
    }
}

#[component]
fn Fields(editor: Editor) -> impl IntoView {
    let text = Signal::derive(move || editor.with(|draft| draft.text.clone()));
    let text_error = Memo::new(move |_| editor.error(Field::Text));
    let has_options = Memo::new(move |_| editor.with(|draft| draft.kind != QuestionKind::Discursive));
    view! {
        <div class="question-fields">
            <KindField editor/>
            <div class="field">
                <label for="question-text">{texts::TEXT}</label>
                <textarea
                    id="question-text"
                    rows="3"
                    dir="auto"
                    aria-describedby="question-text-note"
                    aria-invalid=move || text_error.with(Option::is_some).then_some("true")
                    prop:value=text
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        editor.update(|draft| draft.text = text);
                    }
                    on:change=move |_| editor.leave(Field::Text)
                ></textarea>
                <FieldNote id="question-text-note" error=text_error hint=texts::TEXT_HINT/>
            </div>
            {move || has_options.get().then(|| view! { <Options editor/> })}
            <LimitField editor/>
        </div>
    }
}

/// How the question is answered: one button for each type.
#[component]
fn KindField(editor: Editor) -> impl IntoView {
    let chosen = Memo::new(move |_| editor.with(|draft| draft.kind));
    let choice = move |kind: QuestionKind| {
        view! {
            <label class="kind">
                <input
                    type="radio"
                    name="question-kind"
                    value=texts::kind_button(kind)
                    prop:checked=move || chosen.get() == kind
                    on:change=move |_| editor.update(|draft| draft.kind = kind)
                />
                {texts::kind_button(kind)}
            </label>
        }
    };
    view! {
        <fieldset class="kinds">
            <legend>{texts::TYPE}</legend>
            {KINDS.map(choice).into_iter().collect_view()}
        </fieldset>
    }
}

/// The options to choose from.
#[component]
fn Options(editor: Editor) -> impl IntoView {
    let keys = Memo::new(move |_| editor.with(QuestionDraft::keys));
    let has_room = Memo::new(move |_| editor.with(QuestionDraft::has_room));
    let has_too_many_correct = Memo::new(move |_| editor.with(QuestionDraft::has_too_many_correct));
    let has_correct =
        Memo::new(move |_| editor.with(|draft| draft.options.iter().any(|option| option.option.is_correct)));
    let shows_feedback = RwSignal::new(false);
    let order = DragOrder::new(move |from, to| {
        if let Some(key) = keys.with_untracked(|keys| keys.get(from).copied()) {
            editor.update(|draft| draft.move_option(key, to));
        }
    });
    let add = move |_| {
        editor.update(QuestionDraft::add_option);
        focus_text(keys.with_untracked(Vec::len).saturating_sub(1));
    };
    let add_feedback = move || {
        // The button goes, and its focus with it.
        focus::keep_or(|| focus::focus("#option-0-feedback"));
        (!shows_feedback.get()).then(|| {
            view! {
                <button type="button" class="add-feedback" on:click=move |_| shows_feedback.set(true)>
                    {texts::ADD_FEEDBACK}
                </button>
            }
        })
    };
    view! {
        <div class="options-field" role="group" aria-labelledby="options-heading">
            <h3 id="options-heading">{texts::OPTIONS}</h3>
            <ol class="question-options" role="list">
                <For each=move || keys.get() key=|key| *key let:key>
                    <OptionForm editor key order shows_feedback/>
                </For>
            </ol>
            <p class="hint" role="status">
                {move || match (has_too_many_correct.get(), has_correct.get()) {
                    (true, _) => texts::TOO_MANY_CORRECT,
                    (false, true) => "",
                    (false, false) => texts::NONE_CORRECT,
                }}
            </p>
            <div class="actions">
                <button type="button" class="add-option" disabled=move || !has_room.get() on:click=add>
                    {texts::ADD_OPTION}
                </button>
                {add_feedback}
            </div>
        </div>
    }
}

#[component]
fn LimitField(editor: Editor) -> impl IntoView {
    let error = Memo::new(move |_| editor.error(Field::Limit));
    view! {
        <div class="field limit-field">
            <label for="question-limit">{texts::LIMIT}</label>
            <input
                id="question-limit"
                type="text"
                inputmode="numeric"
                autocomplete="off"
                aria-describedby="question-limit-note"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || editor.with(|draft| draft.limit.clone())
                on:input=move |event| {
                    let limit = event_target_value(&event);
                    editor.update(|draft| draft.limit = limit);
                }
                on:change=move |_| editor.leave(Field::Limit)
            />
            <FieldNote id="question-limit-note" error hint=texts::LIMIT_HINT/>
        </div>
    }
}
