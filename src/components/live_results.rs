//! What is answered to the current question, as it comes: bars, who answered what, who has not. For the creator alone.

use domain::answer::{Answer, Attempt, Presence};
use domain::pick::{PickPhase, PickView};

use super::options::{Mark, bar, letter};
use super::question_text::{clock_of, question_text};
use crate::browser::element::{Element, el, el_class};
use crate::reactive::*;
use crate::state::live::Known;
use crate::state::rooms::{RoomShown, counts, not_answered};

/// What is known.
#[derive(Clone, Copy)]
pub(crate) struct Attempts {
    /// The room.
    pub(crate) shown: ReadSignal<RoomShown>,
    /// What was answered to the current question.
    pub(crate) attempts: ReadSignal<Known<Attempt>>,
    /// Who is here.
    pub(crate) people: ReadSignal<Known<Presence>>,
}

/// The results; `left` is how many seconds there still are, if the time is limited; `actions` is what can be done.
pub(crate) fn live_results(
    known: Attempts,
    left: impl Fn() -> Option<u64> + Copy + 'static,
    actions: [Element; 2],
) -> Element {
    let Attempts { shown, attempts, people } = known;
    let pick = move || shown.with(|shown| shown.current().cloned());
    let count = move || attempts.with(|attempts| attempts.list().len());
    let is_limited = move || {
        shown.with(|shown| shown.current().is_some_and(|pick| pick.deadline.is_some() && pick.phase == PickPhase::Open))
    };
    let here = move || {
        let creator = shown.with(|shown| shown.open().map(|open| open.room.creator.clone()));
        people.with(|people| people.list().iter().filter(|one| Some(&one.person) != creator.as_ref()).count())
    };
    let summary = el_class("p", "answered-count")
        .live("data-answered", move || Some(count().to_string()))
        .live("data-here", move || Some(here().to_string()))
        .live_text(move || [&count().to_string(), " answered, ", &here().to_string(), " here"].concat());
    let counted = RwSignal::new(Vec::new());
    follow(move || {
        let options = shown.with(|shown| shown.current().map_or(0, |pick| pick.options.len()));
        let next = attempts.with(|attempts| counts(options, attempts.list()));
        if next != counted.get_untracked() {
            counted.set(next);
        }
    });
    let question = move |pick: &Option<PickView>| {
        let pick = pick.as_ref()?;
        let bars = pick.options.iter().enumerate().map(|(place, option)| {
            let mark = (option.is_correct == Some(true)).then_some(Mark::Right);
            let of = move || {
                let chosen = counted.with(|counts| counts.get(place).copied().unwrap_or_default());
                (chosen, u32::try_from(count()).unwrap_or(u32::MAX))
            };
            bar(place, &option.text, mark, &option.feedback, of)
        });
        let text = el_class("div", "live-results").child(question_text(&pick.html));
        Some(if pick.options.is_empty() {
            text
        } else {
            text.child(el_class("ul", "bars").set("role", "list").children(bars))
        })
    };
    let missing = move || {
        shown.with(|shown| {
            let creator = shown.open().map(|open| open.room.creator.clone());
            let Some(creator) = creator else { return Vec::new() };
            people.with(|people| {
                attempts.with(|attempts| {
                    let missing = not_answered(people.list(), attempts.list(), &creator);
                    missing.into_iter().map(|one| (one.person.to_string(), one.clone())).collect()
                })
            })
        })
    };
    let rows = move || {
        let all = attempts.with(|attempts| attempts.list().to_vec());
        all.into_iter().map(|one| (one.person.to_string(), one)).collect::<Vec<_>>()
    };
    el_class("div", "live-results")
        .part(pick, question)
        .when(is_limited, move || clock_of(move || left().unwrap_or_default()))
        .child(summary)
        .children(actions)
        .child(
            el_class("ul", "rows people")
                .set("role", "list")
                // It scrolls: the keyboard has to get there.
                .set("tabindex", "0")
                .set("aria-label", "Who has answered")
                .list(rows, attempt_row),
        )
        .child(
            el_class("ul", "rows people missing")
                .set("role", "list")
                .set("tabindex", "0")
                .set("aria-label", "Who has not")
                .list(missing, missing_row),
        )
}

fn attempt_row(attempt: ReadSignal<Attempt>) -> Element {
    let words = move || {
        attempt.with(|attempt| match &attempt.answer {
            Answer::Text(words) => words.clone(),
            Answer::Choices(choices) => {
                choices.iter().map(|place| letter(usize::from(*place))).collect::<Vec<_>>().join(", ")
            }
        })
    };
    let changed = move || match attempt.with(Attempt::changes) {
        0 => String::new(),
        1 => "changed".to_owned(),
        times => ["changed ", &times.to_string(), " times"].concat(),
    };
    el("li")
        .set("data-person", &attempt.with_untracked(|attempt| attempt.person.to_string()))
        .set("data-answered", "true")
        .child(el("strong").live_text(move || attempt.with(|attempt| attempt.name.to_string())))
        .child(el_class("span", "person-answer").live_text(words))
        .child(el_class("span", "row-detail").live_text(changed))
}

fn missing_row(person: ReadSignal<Presence>) -> Element {
    el("li")
        .set("data-person", &person.with_untracked(|person| person.person.to_string()))
        .set("data-answered", "false")
        .child(el("span").live_text(move || person.with(|person| person.name.to_string())))
        .child(el_class("span", "row-detail").text("not yet"))
}
