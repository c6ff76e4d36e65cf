//! A question as a participant's phone will show it, shortly after it is typed. The server makes the HTML of its text and sanitizes it.

use domain::question::QuestionKind;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::draft::QuestionDraft;
use super::editor::Editor;
use super::texts;
use crate::api;
use crate::features::rooms::options::letter;
use crate::features::rooms::question_text::QuestionText;
use crate::features::rooms::texts as rooms;
use crate::format;

/// The preview is requested this long after the last key, in milliseconds.
const DEBOUNCE: u32 = 300;

/// What is previewed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct PreviewState {
    /// The text that is wanted.
    text: String,
    /// The HTML of the last text that the server answered for.
    html: String,
    has_failed: bool,
}

impl PreviewState {
    /// The author has typed `text`; whether it is to be requested.
    fn set_text(&mut self, text: &str) -> bool {
        if self.text == text {
            return false;
        }
        text.clone_into(&mut self.text);
        if text.trim().is_empty() {
            (self.html, self.has_failed) = (String::new(), false);
            return false;
        }
        true
    }

    /// The server has answered for `text`; `None` if it failed. An answer for another text than the wanted one is dropped.
    fn handle_answer(&mut self, text: &str, html: Option<String>) {
        if self.text != text {
            return;
        }
        self.has_failed = html.is_none();
        if let Some(html) = html {
            self.html = html;
        }
    }
}

/// The preview of a text, as it changes.
fn use_preview(text: Signal<String>) -> Signal<PreviewState> {
    let state = RwSignal::new(PreviewState::default());
    // A timer that is replaced does not fire.
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let next = text.get();
        let mut known = state.get_untracked();
        let is_wanted = known.set_text(&next);
        if state.with_untracked(|state| *state != known) {
            state.set(known);
        }
        if is_wanted {
            let request = move || {
                spawn_local(async move {
                    let html = api::questions::preview(&next).await.ok();
                    _ = state.try_update(|state| state.handle_answer(&next, html));
                });
            };
            timer.set_value(Some(Timeout::new(DEBOUNCE, request)));
        }
    });
    state.into()
}

/// The question as a participant's phone will show it.
#[component]
pub(super) fn Preview(editor: Editor) -> impl IntoView {
    let state = use_preview(Signal::derive(move || editor.with(|draft| draft.text.clone())));
    let html = Memo::new(move |_| state.with(|state| state.html.clone()));
    let has_failed = Memo::new(move |_| state.with(|state| state.has_failed));
    let time_limit = Memo::new(move |_| editor.with(QuestionDraft::time_limit));
    let text = move || {
        let html = html.get();
        if html.is_empty() {
            view! { <p class="hint">{texts::PREVIEW_EMPTY}</p> }.into_any()
        } else {
            view! { <QuestionText html/> }.into_any()
        }
    };
    view! {
        <div class="preview" role="region" aria-label=texts::PREVIEW>
            <div class="phone">
                {move || time_limit.get().map(|limit| view! { <p class="countdown">{format::countdown(limit)}</p> })}
                {text}
                <PreviewedAnswer editor/>
            </div>
            {move || has_failed.get().then(|| view! { <p class="hint">{texts::PREVIEW_FAILED}</p> })}
        </div>
    }
}

/// What the question is answered by. Nothing in it can be used: it is a picture.
#[component]
fn PreviewedAnswer(editor: Editor) -> impl IntoView {
    let kind = Memo::new(move |_| editor.with(|draft| draft.kind));
    let options = Memo::new(move |_| editor.with(QuestionDraft::option_texts));
    let legend = move || match kind.get() {
        QuestionKind::Discursive => rooms::YOUR_ANSWER,
        QuestionKind::SingleAnswer => rooms::CHOOSE_ONE,
        QuestionKind::MultipleAnswer => rooms::SELECT_ALL,
    };
    let option = |(index, text): (usize, String)| {
        view! {
            <li class="choice">
                <span class="choice-letter" aria-hidden="true">{letter(index)}</span>
                <span dir="auto">{text}</span>
            </li>
        }
    };
    let answer = move || {
        match kind.get() {
        QuestionKind::Discursive => view! { <div class="phone-text"></div> }.into_any(),
        QuestionKind::SingleAnswer | QuestionKind::MultipleAnswer => view! {
            <ol class="choices" role="list">{move || options.get().into_iter().enumerate().map(option).collect_view()}</ol>
        }
        .into_any(),
    }
    };
    view! {
        <p class="phone-legend">{legend}</p>
        {answer}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> Option<String> {
        Some(format!("<p>{text}</p>"))
    }

    #[test]
    fn an_answer_for_an_older_text_is_dropped() {
        let mut state = PreviewState::default();
        assert!(state.set_text("a"));
        assert!(state.set_text("ab"));
        state.handle_answer("ab", html("ab"));
        state.handle_answer("a", html("a"));
        assert_eq!(state.html, "<p>ab</p>");
        assert!(!state.set_text("ab"), "it is known");
    }

    #[test]
    fn an_empty_text_has_no_preview() {
        let mut state = PreviewState::default();
        state.set_text("a");
        assert!(!state.set_text("  "));
        state.handle_answer("a", html("a"));
        assert_eq!(state.html, "");
    }

    #[test]
    fn a_failure_keeps_the_last_preview_and_says_so() {
        let mut state = PreviewState::default();
        state.set_text("a");
        state.handle_answer("a", html("a"));
        state.set_text("ab");
        state.handle_answer("ab", None);
        assert_eq!((state.html.as_str(), state.has_failed), ("<p>a</p>", true));
        state.set_text("abc");
        state.handle_answer("abc", html("abc"));
        assert!(!state.has_failed);
    }

    #[test]
    fn a_text_is_requested_once() {
        let mut state = PreviewState::default();
        assert!(!state.set_text(""), "there is nothing to show");
        assert_eq!(
            [state.set_text("a"), state.set_text("a"), state.set_text("b"), state.set_text("a")],
            [true, false, true, true]
        );
    }

    #[test]
    fn an_emptied_text_forgets_an_earlier_failure() {
        let mut state = PreviewState::default();
        state.set_text("a");
        state.handle_answer("a", None);
        assert!(state.has_failed);
        state.set_text("");
        assert!(!state.has_failed);
        state.handle_answer("a", None);
        assert!(!state.has_failed, "the failure of an older text");
    }
}
