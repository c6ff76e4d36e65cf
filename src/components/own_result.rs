//! What became of one's own answer once the feedback is shown: worked out by the rules that the server goes by.

use domain::answer::{Answer, Attempt};
use domain::evaluation::Evaluation;
use domain::pick::{PickPhase, PickView};

use super::options::{Mark, bar};
use crate::browser::element::{Element, el, el_class};

/// The result: `mine` is what was answered, if anything was.
pub(crate) fn own_result(pick: &PickView, mine: Option<&Attempt>) -> Element {
    let around = el_class("div", "own-result");
    if pick.phase != PickPhase::Closed {
        let words = "This question ended without feedback.";
        return around.child(el_class("p", "hint").text(words)).children(own_words(mine));
    }
    let correct: Vec<bool> = pick.options.iter().map(|option| option.is_correct == Some(true)).collect();
    let choices = mine.map(|mine| mine.answer.choices()).unwrap_or_default();
    let found = Evaluation::of(pick.kind, &correct, choices);
    let score = match (&found, mine) {
        (Some(found), Some(_)) => {
            let score = found.score();
            ["Your score: ", &score.right.to_string(), " of ", &score.of.to_string()].concat()
        }
        (Some(_), None) => "You did not answer.".to_owned(),
        (None, _) => String::new(),
    };
    let mark = |place: usize| match (&found, mine) {
        (Some(found), Some(_)) if found.marked_correct.contains(&place) => Some(Mark::Correct),
        (Some(found), Some(_)) if found.missed.contains(&place) => Some(Mark::Missed),
        (Some(found), Some(_)) if found.marked_wrong.contains(&place) => Some(Mark::Wrong),
        (Some(_), _) if correct.get(place) == Some(&true) => Some(Mark::Right),
        _ => None,
    };
    let answered = pick.answered;
    let bars = pick.options.iter().enumerate().map(|(place, option)| {
        let count = pick.bars.get(place).copied().unwrap_or_default();
        bar(place, &option.text, mark(place), &option.feedback, move || (count, answered))
    });
    let around = if score.is_empty() { around } else { around.child(el_class("p", "score").text(&score)) };
    let around = around.children(own_words(mine));
    if pick.options.is_empty() {
        around
    } else {
        around.child(el_class("ul", "bars").set("role", "list").children(bars))
    }
}

/// One's own words, or what one has chosen where nothing else says it.
fn own_words(mine: Option<&Attempt>) -> Option<Element> {
    match mine.map(|mine| &mine.answer) {
        Some(Answer::Text(words)) => Some(el("blockquote").set("class", "own-words").text(words)),
        _ => None,
    }
}
