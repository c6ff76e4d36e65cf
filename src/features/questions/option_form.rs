//! One option of a question, as its author writes it: its text, whether it is correct, its feedback, its place.

use domain::question::QuestionOption;
use leptos::prelude::*;

use super::draft::Field;
use super::editor::Editor;
use super::texts;
use crate::platform::focus;
use crate::platform::page::after_render;

/// The option with this key, as an item of a list. Its ids in the page follow its place.
#[component]
pub(super) fn OptionForm(editor: Editor, key: u32) -> impl IntoView {
    let index = Memo::new(move |before: Option<&usize>| {
        // On the way out the option has no place: it keeps the last one.
        editor.with(|draft| draft.index(key)).or(before.copied()).unwrap_or_default()
    });
    let number = move || index.get() + 1;
    let is_last = Memo::new(move |_| editor.with(|draft| index.get() + 1 >= draft.options.len()));
    let id = move |part: &str| format!("option-{}-{part}", index.get());
    let option =
        move |read: fn(&QuestionOption) -> String| editor.with(|draft| draft.option(key).map(read).unwrap_or_default());
    let is_correct = move || editor.with(|draft| draft.option(key).is_some_and(|option| option.is_correct));
    let set_correct = move |event| {
        let is_correct = event_target_checked(&event);
        editor.update(|draft| {
            if let Some(option) = draft.option_mut(key) {
                option.is_correct = is_correct;
            }
        });
    };
    let shift = move |is_down: bool| {
        editor.update(|draft| draft.move_option(key, is_down));
        // Moving an element takes its focus.
        let index = index.get_untracked();
        let target = format!("#option-{index}-{}", button_after_move(is_down, index, is_last.get_untracked()));
        after_render(move || _ = focus::focus(&target));
    };
    let remove = move |_| {
        editor.update(|draft| draft.remove_option(key));
        focus::focus_after_render(".add-option");
    };
    view! {
        <li class="question-option">
            <label class="option">
                <input
                    type="checkbox"
                    id=move || id("correct")
                    aria-label=move || texts::correct_label(number())
                    prop:checked=is_correct
                    on:change=set_correct
                />
                {texts::CORRECT}
            </label>
            <div class="field">
                <OptionInput
                    editor
                    field=Field::OptionText(key)
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
                <OptionInput
                    editor
                    field=Field::OptionFeedback(key)
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
            </div>
            <div class="actions">
                <button
                    type="button"
                    class="small"
                    id=move || id("up")
                    aria-label=move || texts::move_up_label(number())
                    disabled=move || index.get() == 0
                    on:click=move |_| shift(false)
                >
                    "↑"
                </button>
                <button
                    type="button"
                    class="small"
                    id=move || id("down")
                    aria-label=move || texts::move_down_label(number())
                    disabled=is_last
                    on:click=move |_| shift(true)
                >
                    "↓"
                </button>
                <button
                    type="button"
                    class="small"
                    id=move || id("remove")
                    aria-label=move || texts::remove_label(number())
                    on:click=remove
                >
                    "✕"
                </button>
            </div>
        </li>
    }
}

/// The button that has the focus after a move: the same one, so that pressing it again moves on; at an end, where it is disabled, the other.
const fn button_after_move(is_down: bool, index: usize, is_last: bool) -> &'static str {
    match (is_down, index, is_last) {
        (false, 0, _) | (true, _, false) => "down",
        _ => "up",
    }
}

/// A line of an option, with what is wrong with it below.
#[component]
fn OptionInput(
    editor: Editor,
    field: Field,
    id: Signal<String>,
    label: Signal<String>,
    placeholder: &'static str,
    value: Signal<String>,
    on_input: Callback<String>,
) -> impl IntoView {
    let error = Memo::new(move |_| editor.error(field));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_focus_stays_on_the_button_until_the_option_is_at_an_end() {
        assert_eq!((button_after_move(true, 1, false), button_after_move(false, 1, false)), ("down", "up"));
        assert_eq!((button_after_move(true, 2, true), button_after_move(false, 0, false)), ("up", "down"));
    }

    /// The button that is pressed is disabled at an end of the list, and a disabled one can have no focus.
    #[test]
    fn the_focus_never_goes_to_a_disabled_button() {
        for count in 2..=10 {
            for index in 0..count {
                for is_down in [true, false] {
                    let is_last = index + 1 == count;
                    match button_after_move(is_down, index, is_last) {
                        "down" => assert!(!is_last, "{index} of {count}"),
                        "up" => assert!(index > 0, "{index} of {count}"),
                        other => panic!("there is no button {other}"),
                    }
                }
            }
        }
    }
}
