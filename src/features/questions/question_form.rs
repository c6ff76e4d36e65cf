//! The form of a question: text with its preview, options, answer type, time limit. What the server would refuse is said before it is sent,
//! by the same rules, once a field has been left.

use leptos::prelude::*;

use super::draft::{Field, KINDS, QuestionDraft, kind_of, kind_value};
use super::editor::Editor;
use super::option_form::OptionForm;
use super::preview::{Preview, use_preview};
use super::texts;
use crate::platform::focus;
use crate::platform::page::after_render;
use crate::ui::{Request, RequestError, SubmitButton, on_submit};

/// The form. `on_save` is called when the draft is submitted and nothing is wrong with it; it makes `request`.
#[component]
pub(super) fn QuestionForm(editor: Editor, request: Request, on_save: Callback<()>) -> impl IntoView {
    let is_new = Memo::new(move |_| editor.is_new());
    let submit = move || {
        if editor.submit() {
            on_save.run(());
        } else {
            request.clear();
            focus::focus_after_render(".question-editor [aria-invalid]");
        }
    };
    let cancel = move |_| {
        editor.open(QuestionDraft::default());
        request.clear();
        focus::focus_after_render("#question-text");
    };
    // "Saved" is said of the last question, until the next one is begun.
    Effect::new(move |_| {
        if request.is_done() && !editor.is_empty() {
            request.clear();
        }
    });
    let is_saved = Memo::new(move |_| request.is_done());
    let title = move || if is_new.get() { texts::NEW_QUESTION } else { texts::EDIT_QUESTION };
    let save = Signal::derive(move || if is_new.get() { texts::SAVE_QUESTION } else { texts::SAVE }.to_owned());
    view! {
        <section class="panel question-editor" aria-labelledby="editor-heading">
            <h2 id="editor-heading">{title}</h2>
            <form novalidate=true on:submit=on_submit(submit)>
                <Fields editor/>
                <div class="actions save-question">
                    <SubmitButton request label=save pending=texts::SAVING/>
                    {move || (!is_new.get()).then(|| view! { <button type="button" on:click=cancel>{texts::CANCEL}</button> })}
                </div>
                <p class="hint" role="status">{move || if is_saved.get() { texts::SAVED } else { "" }}</p>
                <RequestError request/>
            </form>
        </section>
    }
}

#[component]
fn Fields(editor: Editor) -> impl IntoView {
    let text = Signal::derive(move || editor.with(|draft| draft.text.clone()));
    let preview = use_preview(text);
    let text_error = Memo::new(move |_| editor.error(Field::Text));
    let keys = Memo::new(move |_| editor.with(QuestionDraft::keys));
    let has_room = Memo::new(move |_| editor.with(QuestionDraft::has_room));
    let add = move |_| {
        editor.update(QuestionDraft::add_option);
        let target = format!("#option-{}-text", keys.with_untracked(Vec::len).saturating_sub(1));
        after_render(move || _ = focus::focus(&target));
    };
    view! {
        <div class="question-fields">
            <div class="question-writing">
                <div class="field">
                    <label for="question-text">{texts::TEXT}</label>
                    <textarea
                        id="question-text"
                        rows="5"
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
                    <Note id="question-text-note" error=text_error hint=texts::TEXT_HINT/>
                </div>
                <Preview state=preview/>
            </div>
            <ol class="question-options" role="list">
                <For each=move || keys.get() key=|key| *key let:key>
                    <OptionForm editor key/>
                </For>
            </ol>
            <div class="actions">
                <button type="button" class="add-option" disabled=move || !has_room.get() on:click=add>
                    {texts::ADD_OPTION}
                </button>
            </div>
            <div class="question-rules">
                <KindField editor/>
                <LimitField editor/>
            </div>
        </div>
    }
}

#[component]
fn KindField(editor: Editor) -> impl IntoView {
    let error = Memo::new(move |_| editor.error(Field::Kind));
    let chosen = Memo::new(move |_| editor.with(|draft| draft.kind));
    let automatic = Memo::new(move |_| editor.with(|draft| draft.kind.is_none().then(|| draft.to_draft().kind())));
    let choices = KINDS.map(|(value, kind)| {
        view! { <option value=value>{kind.map_or(texts::AUTOMATIC, texts::kind_name)}</option> }
    });
    view! {
        <div class="field">
            <label for="question-kind">{texts::TYPE}</label>
            <select
                id="question-kind"
                aria-describedby="question-kind-note"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || kind_value(chosen.get())
                on:change=move |event| {
                    let kind = kind_of(&event_target_value(&event));
                    editor.update(|draft| draft.kind = kind);
                    editor.leave(Field::Kind);
                }
            >
                {choices.into_iter().collect_view()}
            </select>
            <Note id="question-kind-note" error hint=""/>
            <p class="hint">{move || automatic.get().map(texts::kind_now).unwrap_or_default()}</p>
        </div>
    }
}

#[component]
fn LimitField(editor: Editor) -> impl IntoView {
    let error = Memo::new(move |_| editor.error(Field::Limit));
    view! {
        <div class="field">
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
            <Note id="question-limit-note" error hint=texts::LIMIT_HINT/>
        </div>
    }
}

/// What is wrong with a field, or else a hint.
#[component]
fn Note(id: &'static str, error: Memo<Option<String>>, hint: &'static str) -> impl IntoView {
    view! {
        <p id=id class=move || if error.with(Option::is_some) { "failure" } else { "hint" }>
            {move || error.get().unwrap_or_else(|| hint.to_owned())}
        </p>
    }
}
