//! One option of a question, as its author writes it: its place, its text, whether it is correct, its feedback.

use domain::question::QuestionOption;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::draft::Field;
use super::editor::Editor;
use super::texts;
use crate::features::rooms::options::letter;
use crate::platform::focus;
use crate::platform::page::after_render;
use crate::ui::{DragHandle, DragOrder, Menu, use_latch};

/// The option with this key, as an item of a list. Its ids in the page follow its place.
#[component]
pub(super) fn OptionForm(
    editor: Editor,
    /// The option.
    key: u32,
    /// The order of the options.
    order: DragOrder,
    /// Whether the feedback of all options is shown.
    shows_feedback: RwSignal<bool>,
) -> impl IntoView {
    let index = Memo::new(move |before: Option<&usize>| {
        // On the way out the option has no index: it keeps the last one.
        editor.with(|draft| draft.index(key)).or(before.copied()).unwrap_or_default()
    });
    let count = Memo::new(move |_| editor.with(|draft| draft.options.len()));
    let number = move || index.get() + 1;
    let is_last = Memo::new(move |_| index.get() + 1 == count.get());
    let id = move |part: &str| format!("option-{}-{part}", index.get());
    let option =
        move |read: fn(&QuestionOption) -> String| editor.with(|draft| draft.option(key).map(read).unwrap_or_default());
    let is_correct = Memo::new(move |_| editor.with(|draft| draft.option(key).is_some_and(|one| one.is_correct)));
    // It does not go while its text is being deleted.
    let has_feedback = use_latch(move || shows_feedback.get() || !option(|option| option.feedback.clone()).is_empty());
    let shift = move |to: Option<usize>| {
        if let Some(to) = to {
            editor.update(|draft| draft.move_option(key, to));
            focus_text(index.get_untracked());
        }
    };
    let remove = move || {
        editor.update(|draft| draft.remove_option(key));
        let next = index.get_untracked().min(count.get_untracked().saturating_sub(1));
        let target = text_selector(next);
        after_render(move || _ = focus::focus(&target) || focus::focus(".add-option"));
    };
    // Enter goes on to the next option, and never submits the form.
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() {
            event.prevent_default();
            editor.update(|draft| _ = draft.option_after(key));
            let next = index.get_untracked() + 1;
            if next < count.get_untracked() {
                focus_text(next);
            }
        }
    };
    let feedback = move || {
        has_feedback.get().then(|| {
            view! {
                <OptionInput
                    editor
                    field=Field::OptionFeedback(key)
                    error=Signal::derive(move || editor.error(Field::OptionFeedback(key)))
                    id=Signal::derive(move || id("feedback"))
                    label=Signal::derive(move || texts::feedback_label(number()))
                    placeholder=texts::FEEDBACK
                    value=Signal::derive(move || option(|option| option.feedback.clone()))
                    on_input=Callback::new(move |text| editor.update(|draft| {
                        if let Some(option) = draft.option_mut(key) {
                            option.feedback = text;
                        }
                    }))
                />
            }
        })
    };
    // The first option says what is wrong with all of them.
    let text_error = Signal::derive(move || {
        let of_all = || editor.error(Field::Options).filter(|_| index.get() == 0);
        editor.error(Field::OptionText(key)).or_else(of_all)
    });
    view! {
        <li
            class="question-option"
            class:dragged=move || order.is_dragged(index.get())
            style:translate=move || order.translate(index.get())
        >
            <DragHandle order index=index count label=Signal::derive(move || texts::move_label(number()))>
                <span class="choice-letter" aria-hidden="true">{move || letter(index.get())}</span>
            </DragHandle>
            <div class="field" on:keydown=on_key>
                <OptionInput
                    editor
                    field=Field::OptionText(key)
                    error=text_error
                    id=Signal::derive(move || id("text"))
                    label=Signal::derive(move || texts::option_label(number()))
                    placeholder=texts::OPTION
                    value=Signal::derive(move || option(|option| option.text.clone()))
                    on_input=Callback::new(move |text| editor.update(|draft| {
                        if let Some(option) = draft.option_mut(key) {
                            option.text = text;
                        }
                    }))
                />
                {feedback}
            </div>
            <button
                type="button"
                class="correct-toggle"
                id=move || id("correct")
                aria-pressed=move || is_correct.get().to_string()
                aria-label=move || texts::correct_label(number())
                on:click=move |_| {
                    let is_correct = !is_correct.get_untracked();
                    editor.update(|draft| draft.set_correct(key, is_correct));
                }
            >
                <span aria-hidden="true">{move || if is_correct.get() { "✓" } else { "○" }}</span>
                <span class="correct-word">{texts::CORRECT}</span>
            </button>
            <Menu label=Signal::derive(move || texts::option_menu_label(number()))>
                <button
                    type="button"
                    class="menu-entry"
                    disabled=move || index.get() == 0
                    on:click=move |_| shift(index.get_untracked().checked_sub(1))
                >
                    {texts::MOVE_UP}
                </button>
                <button
                    type="button"
                    class="menu-entry"
                    disabled=is_last
                    on:click=move |_| shift(Some(index.get_untracked() + 1))
                >
                    {texts::MOVE_DOWN}
                </button>
                <button type="button" class="menu-entry remove-option" on:click=move |_| remove()>{texts::REMOVE_OPTION}</button>
            </Menu>
        </li>
    }
}

/// The selector of the text of the option at this index, from 0.
fn text_selector(index: usize) -> String {
    format!("#option-{index}-text")
}

/// The option at this index gets the focus, once what has changed is on the page.
pub(super) fn focus_text(index: usize) {
    let target = text_selector(index);
    after_render(move || _ = focus::focus(&target));
}

/// A line of an option, with what is wrong with it below.
#[component]
fn OptionInput(
    editor: Editor,
    field: Field,
    error: Signal<Option<String>>,
    id: Signal<String>,
    label: Signal<String>,
    placeholder: &'static str,
    value: Signal<String>,
    on_input: Callback<String>,
) -> impl IntoView {
    let error = Memo::new(move |_| error.get());
    let note_id = move || format!("{}-note", id.get());
    view! {
        <input
            type="text"
            id=id
            dir="auto"
            autocomplete="off"
            aria-label=label
            aria-describedby=note_id
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            placeholder=placeholder
            prop:value=value
            on:input=move |event| on_input.run(event_target_value(&event))
            on:change=move |_| editor.leave(field)
        />
        <p class="failure" id=note_id>{move || error.get().unwrap_or_default()}</p>
    }
}
