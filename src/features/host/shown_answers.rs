//! The text answers that the host shows to all participants: on the panel they can be hidden again.

use domain::pick::PickView;
use leptos::prelude::*;

use super::controls::Controls;
use super::texts;
use crate::api;
use crate::platform::focus;
use crate::ui::Request;

/// The answers that are shown.
#[component]
pub(super) fn ShownAnswers(
    /// Their texts.
    shown: Vec<String>,
    /// Called with the one that is to be hidden.
    on_hide: Callback<String>,
) -> impl IntoView {
    let has_any = !shown.is_empty();
    let card = move |text: String| {
        let (label, hidden) = (texts::hide_answer(&text), text.clone());
        view! {
            <li class="shown-answer">
                <span dir="auto">{text}</span>
                <button
                    type="button"
                    aria-label=label
                    on:click=move |_| {
                        focus::rescue_to(".stage-scroll");
                        on_hide.run(hidden.clone());
                    }
                >
                    {texts::HIDE}
                </button>
            </li>
        }
    };
    has_any.then(|| view! { <ul class="shown-answers" role="list" aria-label=texts::SHOWN>{shown.into_iter().map(card).collect_view()}</ul> })
}

/// Shows an answer to all participants, or hides it.
pub(super) fn set_shown(controls: Controls, request: Request, pick: &PickView, text: &str, is_shown: bool) {
    let answers = with_answer(&pick.shown, text, is_shown);
    let (id, number) = (controls.id.get_value(), pick.number);
    request.run(async move { api::rooms::show_answers(&id, number, answers).await });
}

/// The answers that are shown after one of them is added or taken away.
fn with_answer(shown: &[String], text: &str, is_shown: bool) -> Vec<String> {
    let others = shown.iter().filter(|one| *one != text).cloned();
    others.chain(is_shown.then(|| text.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_once_and_hidden_again() {
        let shown = ["a".to_owned(), "b".to_owned()];
        assert_eq!(with_answer(&shown, "c", true), ["a", "b", "c"]);
        assert_eq!(with_answer(&shown, "a", true), ["b", "a"], "once");
        assert_eq!(with_answer(&shown, "a", false), ["b"]);
        assert_eq!(with_answer(&shown, "x", false), ["a", "b"]);
    }
}
