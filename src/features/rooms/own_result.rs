//! What became of a participant's answer once its question has ended: graded by the rules that the server grades by.

use std::sync::Arc;

use domain::answer::{Answer, Attempt as AnswerRecord};
use domain::evaluation::Evaluation;
use domain::pick::{PickPhase, PickView};
use leptos::prelude::*;

use super::options::{Mark, OptionBars, OptionCounts, correct_marks, letters};
use super::texts;

/// What is shown of an ended question to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ResultView {
    /// The score, or why there is none; may be empty.
    verdict: String,
    /// Whether the verdict is a score.
    is_score: bool,
    /// The text that they answered.
    text: Option<String>,
    /// The letters of the options that they chose, where no marks show them.
    choices: Option<String>,
    /// The marks of the options.
    marks: Vec<Option<Mark>>,
    /// Whether the options are shown, with their feedback.
    has_feedback: bool,
}

impl ResultView {
    /// The result of a pick for a person who has answered `mine`, if anything. The host does not answer, and is not
    /// told so.
    fn of(pick: &PickView, mine: Option<&AnswerRecord>, is_host: bool) -> Self {
        let has_feedback = pick.phase == PickPhase::Closed;
        let text = mine.and_then(|mine| match &mine.answer {
            Answer::Text(text) => Some(text.clone()),
            Answer::Choices(_) => None,
        });
        let chosen = mine.map(|mine| mine.answer.choices()).filter(|choices| !choices.is_empty());
        if !has_feedback {
            let (verdict, choices) = (texts::ENDED_WITHOUT_FEEDBACK.to_owned(), chosen.map(letters));
            return Self { verdict, is_score: false, text, choices, marks: Vec::new(), has_feedback };
        }
        let correct: Vec<bool> = pick.options.iter().map(|option| option.is_correct == Some(true)).collect();
        let evaluation = mine.and_then(|mine| Evaluation::of(pick.kind, &correct, mine.answer.choices()));
        let Some(evaluation) = evaluation else {
            let verdict = if mine.is_some() || is_host { "" } else { texts::NOT_ANSWERED };
            let (verdict, marks) = (verdict.to_owned(), correct_marks(pick));
            return Self { verdict, is_score: true, text, choices: chosen.map(letters), marks, has_feedback };
        };
        let mark = |index: usize| {
            if evaluation.marked_correct.contains(&index) {
                Some(Mark::Correct)
            } else if evaluation.missed.contains(&index) {
                Some(Mark::Missed)
            } else if evaluation.marked_wrong.contains(&index) {
                Some(Mark::Wrong)
            } else {
                // One correct option of several that a single answer could have been.
                correct.get(index).filter(|is_correct| **is_correct).map(|_| Mark::Right)
            }
        };
        let score = evaluation.score();
        Self {
            verdict: texts::score(score.right, score.of),
            is_score: true,
            text,
            choices: None,
            marks: (0..correct.len()).map(mark).collect(),
            has_feedback,
        }
    }
}

/// The result.
#[component]
pub(super) fn OwnResult(
    /// The question, which takes no answers any more.
    pick: Arc<PickView>,
    /// What the user has answered, if anything.
    #[prop(into)]
    mine: Signal<Option<AnswerRecord>>,
    /// Whether the user runs the room.
    #[prop(into)]
    is_host: Signal<bool>,
) -> impl IntoView {
    let own = Arc::clone(&pick);
    let result = Memo::new(move |_| mine.with(|mine| ResultView::of(&own, mine.as_ref(), is_host.get())));
    let content = move || {
        let ResultView { verdict, is_score, text, choices, marks, has_feedback } = result.get();
        let counts = OptionCounts::of_pick(&pick);
        let class = if is_score { "score" } else { "hint" };
        view! {
            {(!verdict.is_empty()).then(|| view! { <p class=class>{verdict}</p> })}
            {text.map(|text| view! { <blockquote class="own-words" dir="auto">{text}</blockquote> })}
            {choices.map(|choices| view! { <p class="hint">{texts::your_choice(&choices)}</p> })}
            {has_feedback.then(|| view! { <OptionBars pick=Arc::clone(&pick) marks counts/> })}
        }
    };
    view! { <div class="own-result">{content}</div> }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::question::QuestionKind;
    use domain::time::Timestamp;

    use super::super::room_view::tests::pick;
    use super::*;

    fn answer(answer: Answer) -> AnswerRecord {
        let (person, name) = ("bo".parse().unwrap(), "Bo".parse().unwrap());
        AnswerRecord { pick: 1, person, name, answer, at: Timestamp::default(), rev: 1 }
    }

    fn choices(choices: &[u8]) -> AnswerRecord {
        answer(Answer::Choices(choices.to_vec()))
    }

    #[test]
    fn a_right_and_a_wrong_answer_are_told_apart() {
        let right = ResultView::of(&pick(1, "closed"), Some(&choices(&[0])), false);
        assert_eq!(
            (right.verdict.as_str(), right.marks.as_slice()),
            ("Your score: 1 of 1", [Some(Mark::Correct), None].as_slice())
        );
        let wrong = ResultView::of(&pick(1, "closed"), Some(&choices(&[1])), false);
        assert_eq!((wrong.verdict.as_str(), wrong.choices), ("Your score: 0 of 1", None));
        assert_eq!(wrong.marks, [Some(Mark::Missed), Some(Mark::Wrong)]);
    }

    #[test]
    fn another_correct_option_of_a_single_answer_is_not_missed() {
        let mut pick = pick(1, "closed");
        pick.options[1].is_correct = Some(true);
        let result = ResultView::of(&pick, Some(&choices(&[0])), false);
        assert_eq!(result.marks, [Some(Mark::Correct), Some(Mark::Right)]);
    }

    #[test]
    fn only_a_participant_is_told_that_they_did_not_answer() {
        let result = ResultView::of(&pick(1, "closed"), None, false);
        assert_eq!(
            (result.verdict.as_str(), result.marks.as_slice()),
            ("You didn't answer.", [Some(Mark::Right), None].as_slice())
        );
        assert_eq!(ResultView::of(&pick(1, "closed"), None, true).verdict, "");
    }

    #[test]
    fn a_poll_shows_ones_choice_and_no_score() {
        let mut poll = PickView { kind: QuestionKind::MultipleAnswer, ..pick(1, "closed") };
        poll.options[0].is_correct = Some(false);
        let result = ResultView::of(&poll, Some(&choices(&[0, 1])), false);
        assert_eq!((result.verdict.as_str(), result.choices.as_deref()), ("", Some("A, B")));
        assert_eq!(result.marks, [None, None]);
    }

    #[test]
    fn a_text_is_shown_without_a_score() {
        let essay = PickView { kind: QuestionKind::Discursive, options: vec![], ..pick(1, "closed") };
        let result = ResultView::of(&essay, Some(&answer(Answer::Text("It scatters".to_owned()))), false);
        assert_eq!((result.verdict.as_str(), result.text.as_deref()), ("", Some("It scatters")));
    }

    #[test]
    fn a_question_that_was_passed_shows_ones_answer_and_no_feedback() {
        let result = ResultView::of(&pick(1, "passed"), Some(&choices(&[1])), false);
        assert!(!result.has_feedback && !result.is_score && result.marks.is_empty());
        assert_eq!((result.verdict.as_str(), result.choices.as_deref()), (texts::ENDED_WITHOUT_FEEDBACK, Some("B")));
    }

    #[test]
    fn a_text_is_shown_also_if_its_question_ended_without_feedback() {
        let essay = PickView { kind: QuestionKind::Discursive, options: vec![], ..pick(1, "passed") };
        let result = ResultView::of(&essay, Some(&answer(Answer::Text("It scatters".to_owned()))), false);
        assert_eq!((result.text.as_deref(), result.choices), (Some("It scatters"), None));
        assert_eq!(result.verdict, texts::ENDED_WITHOUT_FEEDBACK);
    }

    #[test]
    fn a_question_that_ended_without_feedback_does_not_say_which_options_are_correct() {
        for mine in [None, Some(choices(&[0]))] {
            assert_eq!(ResultView::of(&pick(1, "passed"), mine.as_ref(), false).marks, []);
        }
    }

    proptest! {
        /// Of several answers each option says whether it is correct and was chosen, and the score counts these marks.
        #[test]
        fn marks_and_score_agree(options in prop::collection::vec((any::<bool>(), any::<bool>()), 1..10)) {
            prop_assume!(options.iter().any(|(is_correct, _)| *is_correct));
            let mut pick = PickView { kind: QuestionKind::MultipleAnswer, ..pick(1, "closed") };
            let option = pick.options[0].clone();
            let with = |(is_correct, _): &(bool, bool)| domain::pick::OptionView {
                is_correct: Some(*is_correct),
                ..option.clone()
            };
            pick.options = options.iter().map(with).collect();
            let chosen = (0..).zip(&options).filter(|(_, (_, is_chosen))| *is_chosen);
            let chosen: Vec<u8> = chosen.map(|(index, _)| index).collect();
            let result = ResultView::of(&pick, Some(&choices(&chosen)), false);
            let expected: Vec<Option<Mark>> = options
                .iter()
                .map(|option| match option {
                    (true, true) => Some(Mark::Correct),
                    (true, false) => Some(Mark::Missed),
                    (false, true) => Some(Mark::Wrong),
                    (false, false) => None,
                })
                .collect();
            let right = expected.iter().filter(|mark| **mark == Some(Mark::Correct)).count();
            prop_assert_eq!(result.verdict, format!("Your score: {right} of {}", expected.iter().flatten().count()));
            prop_assert_eq!(result.marks, expected);
        }
    }
}
