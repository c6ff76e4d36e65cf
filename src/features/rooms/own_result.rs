//! The result of a participant's answer once its question has ended, graded by the same code as on the server.

use std::sync::Arc;

use domain::answer::{Answer, AnswerRecord};
use domain::pick::{PickPhase, PickView};
use domain::question::QuestionKind;
use domain::score_sheet;
use leptos::prelude::*;

use super::options::{OptionBars, OptionCounts, correct_marks};
use super::outcome::{Mark, Verdict};
use super::question_text::QuestionText;
use super::room_view::RoomContents;
use super::texts;
use super::use_room::RoomHandle;
use crate::live::TopicStore;

/// What is shown of an ended question to one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct ResultView {
    /// How right the answer is, if the question has a right answer.
    verdict: Option<Verdict>,
    /// What the verdict counts, or why there is none; may be empty.
    detail: String,
    /// What they answered, where no option is marked as theirs.
    answers: Vec<String>,
    /// The indexes of the options that they chose, to be marked as theirs.
    own: Vec<u8>,
    /// The marks of the options.
    marks: Vec<Option<Mark>>,
    /// Whether the options are shown, with their feedback.
    has_feedback: bool,
}

impl ResultView {
    /// The result of a pick for a person who has answered `mine`, if anything. It says that there is no answer only if
    /// that `is_known`: not before their answers have come, and not to the host, who does not answer.
    fn of(pick: &PickView, mine: Option<&AnswerRecord>, is_known: bool) -> Self {
        let chosen = mine.map(|mine| mine.answer.choices()).unwrap_or_default();
        let text = mine.and_then(|mine| match &mine.answer {
            Answer::Text(text) => Some(text.clone()),
            Answer::Choices(_) => None,
        });
        if pick.phase != PickPhase::Closed {
            let options = chosen.iter().filter_map(|index| pick.options.get(usize::from(*index)));
            let answers = text.into_iter().chain(options.map(|option| option.text.clone())).collect();
            return Self { detail: texts::ENDED_WITHOUT_FEEDBACK.to_owned(), answers, ..Self::default() };
        }
        let result =
            Self { answers: text.into_iter().collect(), own: chosen.to_vec(), has_feedback: true, ..Self::default() };
        let grade = mine.and_then(|mine| pick.grade(mine.answer.choices()));
        let Some(grade) = grade else {
            let verdict = (mine.is_none() && is_known).then_some(Verdict::NoAnswer);
            return Self { verdict, marks: correct_marks(pick), ..result };
        };
        let mark = |index: usize| {
            if grade.marked_correct.contains(&index) {
                Some(Mark::Correct)
            } else if grade.missed.contains(&index) {
                Some(Mark::Missed)
            } else if grade.marked_wrong.contains(&index) {
                Some(Mark::Wrong)
            } else {
                // One correct option of several that a single answer could have been.
                pick.options.get(index).filter(|option| option.is_correct == Some(true)).map(|_| Mark::Right)
            }
        };
        let verdict = Verdict::of(grade.score());
        let detail = match pick.kind {
            QuestionKind::MultipleAnswer => {
                texts::counts(grade.marked_correct.len(), grade.marked_wrong.len(), grade.missed.len())
            }
            QuestionKind::SingleAnswer | QuestionKind::Discursive => String::new(),
        };
        Self { verdict: Some(verdict), detail, marks: (0..pick.options.len()).map(mark).collect(), ..result }
    }
}

/// The result: the verdict, the question, what is said of its options.
#[component]
pub(super) fn OwnResult(
    /// The question, which takes no answers any more.
    pick: Arc<PickView>,
    /// What the user has answered, if anything.
    #[prop(into)]
    mine: Signal<Option<AnswerRecord>>,
    /// Whether it is known that the user has answered nothing if there is no answer: not of the host, and not before the answers have come.
    #[prop(into)]
    is_known: Signal<bool>,
    /// What became of a change that was not sent; may be empty.
    #[prop(optional)]
    note: Signal<&'static str>,
) -> impl IntoView {
    let own = Arc::clone(&pick);
    let result = Memo::new(move |_| mine.with(|mine| ResultView::of(&own, mine.as_ref(), is_known.get())));
    let verdict = move || {
        result.with(|result| result.verdict).map(|verdict| {
            let (sign, words) = texts::verdict(verdict);
            view! { <p class="verdict" data-verdict=verdict.name()><span aria-hidden="true">{sign}</span>{words}</p> }
        })
    };
    let html = pick.html.clone();
    let content = move || {
        let ResultView { detail, answers, own, marks, has_feedback, .. } = result.get();
        let counts = OptionCounts::of_pick(&pick);
        let label = (!answers.is_empty()).then(|| view! { <p class="hint">{texts::YOUR_ANSWER}</p> });
        let answers =
            answers.into_iter().map(|text| view! { <blockquote class="own-words" dir="auto">{text}</blockquote> });
        view! {
            {(!detail.is_empty()).then(|| view! { <p class="result-detail">{detail}</p> })}
            {label}
            {answers.collect_view()}
            {has_feedback.then(|| view! { <OptionBars pick=Arc::clone(&pick) marks counts own/> })}
        }
    };
    view! {
        <div class="own-result">
            {verdict}
            {move || Some(note.get()).filter(|note| !note.is_empty()).map(|note| view! { <p class="result-note">{note}</p> })}
            <QuestionText html/>
            {content}
        </div>
    }
}

/// How right the user was over the session so far. Nothing if no question has a score, and for the host.
#[component]
pub(super) fn SessionTotal(
    /// The room.
    room: RoomHandle,
    /// What the user has answered in it.
    own: TopicStore<AnswerRecord>,
) -> impl IntoView {
    let total = Memo::new(move |_| {
        let answers = own.list();
        let of = |pick: &PickView| answers.iter().find(|answer| answer.pick == pick.number);
        let total = |contents: &RoomContents| score_sheet::total(contents.picks.iter().map(|pick| (&**pick, of(pick))));
        room.view.with(|view| view.contents().and_then(total)).filter(|_| is_known(room, own))
    });
    move || total.get().map(|total| view! { <p class="session-total">{texts::total(total)}</p> })
}

/// Whether what the user has answered in a room is known, and they may answer (tracked).
pub(super) fn is_known(room: RoomHandle, own: TopicStore<AnswerRecord>) -> bool {
    own.is_ready() && !room.is_host.get()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn a_correct_and_a_wrong_answer_have_different_verdicts() {
        let right = ResultView::of(&pick(1, "closed"), Some(&choices(&[0])), true);
        assert_eq!((right.verdict, right.marks), (Some(Verdict::Correct), vec![Some(Mark::Correct), None]));
        let wrong = ResultView::of(&pick(1, "closed"), Some(&choices(&[1])), true);
        assert_eq!((wrong.verdict, wrong.own.as_slice()), (Some(Verdict::NotRight), [1].as_slice()));
        assert_eq!(wrong.marks, [Some(Mark::Missed), Some(Mark::Wrong)]);
        assert_eq!((right.detail.as_str(), wrong.detail.as_str()), ("", ""), "one option has nothing to count");
    }

    #[test]
    fn of_several_answers_the_verdict_says_what_it_counts() {
        let mut pick = PickView { kind: QuestionKind::MultipleAnswer, ..pick(1, "closed") };
        pick.options.extend(pick.options.clone());
        let result = |chosen: &[u8]| {
            let view = ResultView::of(&pick, Some(&choices(chosen)), true);
            (view.verdict.unwrap(), view.detail)
        };
        assert_eq!(result(&[0, 1]), (Verdict::PartlyRight, "1 right, 1 wrong, 1 missed".to_owned()));
        assert_eq!(result(&[0, 2]), (Verdict::Correct, "2 right".to_owned()));
        assert_eq!(result(&[1]), (Verdict::NotRight, "1 wrong, 2 missed".to_owned()));
    }

    #[test]
    fn another_correct_option_of_a_single_answer_is_not_missed() {
        let mut pick = pick(1, "closed");
        pick.options[1].is_correct = Some(true);
        let result = ResultView::of(&pick, Some(&choices(&[0])), true);
        assert_eq!(result.marks, [Some(Mark::Correct), Some(Mark::Right)]);
    }

    #[test]
    fn only_a_participant_sees_that_they_did_not_answer() {
        let result = ResultView::of(&pick(1, "closed"), None, true);
        assert_eq!((result.verdict, result.marks), (Some(Verdict::NoAnswer), vec![Some(Mark::Right), None]));
        assert_eq!(ResultView::of(&pick(1, "closed"), None, false).verdict, None, "not before it is known");
    }

    #[test]
    fn a_poll_shows_ones_choice_and_no_score() {
        let mut poll = PickView { kind: QuestionKind::MultipleAnswer, ..pick(1, "closed") };
        poll.options[0].is_correct = Some(false);
        let result = ResultView::of(&poll, Some(&choices(&[0, 1])), true);
        assert_eq!((result.verdict, result.own.as_slice()), (None, [0, 1].as_slice()));
        assert_eq!(result.marks, [None, None]);
    }

    #[test]
    fn a_text_is_shown_without_a_score() {
        let essay = PickView { kind: QuestionKind::Discursive, options: vec![], ..pick(1, "closed") };
        let result = ResultView::of(&essay, Some(&answer(Answer::Text("It scatters".to_owned()))), true);
        assert_eq!((result.verdict, result.answers), (None, vec!["It scatters".to_owned()]));
    }

    #[test]
    fn a_question_that_was_passed_shows_ones_answer_and_no_feedback() {
        let result = ResultView::of(&pick(1, "passed"), Some(&choices(&[1])), true);
        assert!(!result.has_feedback && result.verdict.is_none() && result.marks.is_empty());
        assert_eq!((result.detail.as_str(), result.answers), (texts::ENDED_WITHOUT_FEEDBACK, vec!["b".to_owned()]));
    }

    #[test]
    fn a_text_is_shown_also_if_its_question_ended_without_feedback() {
        let essay = PickView { kind: QuestionKind::Discursive, options: vec![], ..pick(1, "passed") };
        let result = ResultView::of(&essay, Some(&answer(Answer::Text("It scatters".to_owned()))), true);
        assert_eq!((result.answers, result.verdict), (vec!["It scatters".to_owned()], None));
        assert_eq!(result.detail, texts::ENDED_WITHOUT_FEEDBACK);
    }

    #[test]
    fn a_question_that_ended_without_feedback_does_not_say_which_options_are_correct() {
        for mine in [None, Some(choices(&[0]))] {
            assert_eq!(ResultView::of(&pick(1, "passed"), mine.as_ref(), true).marks, []);
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
            let result = ResultView::of(&pick, Some(&choices(&chosen)), true);
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
            let verdict = match right {
                0 => Verdict::NotRight,
                right if right == expected.iter().flatten().count() => Verdict::Correct,
                _ => Verdict::PartlyRight,
            };
            prop_assert_eq!(result.verdict, Some(verdict));
            prop_assert_eq!(result.marks, expected);
        }
    }
}
