//! The answers to the current question, and the people who have not answered. Only for the host.

use domain::answer::{Answer, AnswerRecord, Presence};
use domain::pick::{PickPhase, PickView};
use domain::topic::Topic;
use leptos::prelude::*;

use super::controls::Controls;
use super::session_state::SessionState;
use super::shown_answers::set_shown;
use super::texts;
use crate::features::rooms::options::letters;
use crate::features::rooms::outcome::Verdict;
use crate::live::{TopicStore, use_topic};
use crate::ui::{Request, RequestError};

/// The answers to the current question.
#[component]
pub(super) fn AnswersPanel(controls: Controls) -> impl IntoView {
    let number = Memo::new(move |_| controls.room.key.get().map(|(number, _)| number));
    move || match number.get() {
        Some(number) => view! { <Answers controls number/> }.into_any(),
        None => view! { <p class="hint">{texts::NO_ANSWERS}</p> }.into_any(),
    }
}

#[component]
fn Answers(controls: Controls, number: u32) -> impl IntoView {
    let answers = use_topic::<AnswerRecord>(Topic::Answers(controls.id.get_value(), number));
    let missing = Memo::new(move |_| controls.audience(&answers.ids()).missing);
    let takes_answers = Memo::new(move |_| matches!(controls.state.get(), SessionState::Live(_)));
    let showing = Request::new();
    let no_one_here = move || {
        (answers.is_ready() && answers.is_empty() && missing.with(Vec::is_empty))
            .then(|| view! { <p class="hint">{texts::people_here(0)}</p> })
    };
    view! {
        // They scroll, so the keyboard must reach them.
        <div class="people-scroll" tabindex="0" role="group" aria-label=texts::ANSWERS>
            <RequestError request=showing/>
            {no_one_here}
            <ul class="rows people" role="list" aria-label=texts::ANSWERS>
                <For each=move || answers.ids() key=String::clone let:id>
                    {answers.entry(&id).map(|answer| view! { <AnswerRow controls id answer showing/> })}
                </For>
            </ul>
            <ul class="rows people missing" role="list" aria-label=texts::WITHOUT_ANSWER>
                <For each=move || missing.get() key=String::clone let:id>
                    <MissingRow id people=controls.people takes_answers/>
                </For>
            </ul>
        </div>
    }
}

#[component]
fn AnswerRow(controls: Controls, id: String, answer: ArcRwSignal<AnswerRecord>, showing: Request) -> impl IntoView {
    let answer = RwSignal::from(answer);
    let words = Memo::new(move |_| answer.with(|answer| answer_text(&answer.answer)));
    let is_guest = answer.with_untracked(|answer| answer.person.is_guest());
    let is_text = Memo::new(move |_| answer.with(|answer| matches!(answer.answer, Answer::Text(_))));
    let is_shown = Memo::new(move |_| {
        controls
            .room
            .current
            .with(|pick| pick.as_ref().is_some_and(|pick| words.with(|words| pick.shown.contains(words))))
    });
    let toggle = move |_| {
        if let Some(pick) = controls.room.current.get_untracked() {
            set_shown(controls, showing, &pick, &words.get_untracked(), !is_shown.get_untracked());
        }
    };
    let mark = move || {
        let pick = controls.room.current.get()?;
        answer
            .with(|answer| mark_of(&pick, answer))
            .map(|mark| view! { <span class="row-detail answer-mark">{mark}</span> })
    };
    let show = move || {
        is_text.get().then(|| {
            view! {
                <button
                    type="button"
                    class="show-answer"
                    aria-pressed=move || is_shown.get().to_string()
                    on:click=toggle
                >
                    {move || if is_shown.get() { texts::HIDE } else { texts::SHOW }}
                    <span class="visually-hidden">{move || [" ", &words.get()].concat()}</span>
                </button>
            }
        })
    };
    view! {
        <li data-person=id data-answered="true">
            <strong dir="auto">{move || answer.with(|answer| answer.name.to_string())}</strong>
            {is_guest.then(|| view! { <span class="row-detail">{texts::GUEST}</span> })}
            <span class="person-answer" dir="auto">{words}</span>
            {mark}
            <span class="row-detail">{move || texts::changed(answer.with(AnswerRecord::changes))}</span>
            {show}
        </li>
    }
}

/// How right an answer is, once the feedback is shown and if the question has a right answer.
fn mark_of(pick: &PickView, answer: &AnswerRecord) -> Option<&'static str> {
    if pick.phase != PickPhase::Closed {
        return None;
    }
    let grade = pick.grade(answer.answer.choices())?;
    Some(texts::answer_mark(Verdict::of(grade.score())))
}

/// An answer in one cell: its text, or the letters of the chosen options.
fn answer_text(answer: &Answer) -> String {
    match answer {
        Answer::Text(text) => text.clone(),
        Answer::Choices(choices) => letters(choices),
    }
}

#[component]
fn MissingRow(id: String, people: TopicStore<Presence>, takes_answers: Memo<bool>) -> impl IntoView {
    let person = people.entry(&id).map(RwSignal::from);
    let name = move || person.map(|person| person.with(|person| person.name.to_string())).unwrap_or_default();
    let status = move || if takes_answers.get() { texts::NO_ANSWER_YET } else { texts::NO_ANSWER };
    view! {
        <li data-person=id data-answered="false">
            <span dir="auto">{name}</span>
            <span class="row-detail">{status}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(choices: &[u8]) -> AnswerRecord {
        let record = json!({"pick": 1, "person": "ada", "name": "Ada", "answer": {"choices": choices},
            "at": "2026-11-20T12:00:00.000Z", "rev": 1});
        serde_json::from_value(record).unwrap()
    }

    fn pick(phase: &str, correct: &[u8]) -> PickView {
        let option = |index: u8| json!({"text": "x", "isCorrect": correct.contains(&index)});
        let pick = json!({"number": 1, "phase": phase, "html": "", "type": "multiple_answer",
            "options": [option(0), option(1), option(2)], "answered": 1, "rev": 1});
        serde_json::from_value(pick).unwrap()
    }

    #[test]
    fn an_answer_is_marked_once_the_feedback_is_shown() {
        let closed = pick("closed", &[0, 1]);
        assert_eq!(mark_of(&closed, &answer(&[0, 1])), Some(texts::CORRECT));
        assert_eq!(mark_of(&closed, &answer(&[1])), Some(texts::PARTLY_RIGHT));
        assert_eq!(mark_of(&closed, &answer(&[2])), Some(texts::WRONG));
        assert_eq!(mark_of(&pick("open", &[0]), &answer(&[0])), None);
        assert_eq!(mark_of(&pick("closed", &[]), &answer(&[0])), None, "a poll");
    }

    #[test]
    fn an_answer_is_its_text_or_letters() {
        assert_eq!(answer_text(&Answer::Text("Because".to_owned())), "Because");
        assert_eq!(answer_text(&Answer::Choices(vec![0, 2])), "A, C");
    }

    #[test]
    fn an_answer_without_a_choice_is_an_empty_cell() {
        assert_eq!(answer_text(&Answer::Choices(vec![])), "");
        assert_eq!(
            answer_text(&Answer::Text("Line one\nline two".to_owned())),
            "Line one\nline two",
            "as it was typed"
        );
    }
}
