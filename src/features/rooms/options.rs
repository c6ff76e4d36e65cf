//! A question's options with how many have chosen them: for a participant's result, the host's live results and the
//! projector.

use std::sync::Arc;

use domain::answer::AnswerRecord;
use domain::pick::PickView;
use leptos::prelude::*;

use super::outcome::Mark;
use super::share::Share;
use super::texts;

/// The marks of a pick's options for those who have not answered it: which are correct. None before the feedback is
/// shown.
pub(crate) fn correct_marks(pick: &PickView) -> Vec<Option<Mark>> {
    pick.options.iter().map(|option| (option.is_correct == Some(true)).then_some(Mark::Right)).collect()
}

/// The letter of an option: A for index 0. A question has ten options at most.
pub(crate) fn letter(index: usize) -> String {
    char::from(b'A' + (index % 26) as u8).to_string()
}

/// The letters of chosen options: “A, C”.
pub(crate) fn letters(choices: &[u8]) -> String {
    choices.iter().map(|choice| letter(usize::from(*choice))).collect::<Vec<_>>().join(", ")
}

/// How often each option was chosen, and by how many in all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OptionCounts {
    /// How often each option was chosen, by its index.
    pub(crate) chosen: Vec<u32>,
    /// How many have answered.
    pub(crate) answered: u32,
}

impl OptionCounts {
    /// The final counts of a pick whose feedback is shown.
    pub(crate) fn of_pick(pick: &PickView) -> Self {
        Self { chosen: pick.bars.clone(), answered: pick.answered }
    }

    /// Counts answers to a pick with this number of `options`. Choices beyond them are not counted.
    pub(crate) fn of_answers(options: usize, answers: &[AnswerRecord]) -> Self {
        let mut chosen = vec![0; options];
        for choice in answers.iter().flat_map(|answer| answer.answer.choices()) {
            if let Some(count) = chosen.get_mut(usize::from(*choice)) {
                *count += 1;
            }
        }
        Self { chosen, answered: u32::try_from(answers.len()).unwrap_or(u32::MAX) }
    }

    /// The share of those who answered that chose an option.
    pub(crate) fn share(&self, index: usize) -> Share {
        Share { part: self.chosen.get(index).copied().unwrap_or_default(), whole: self.answered }
    }
}

/// The options of a pick as a list, each with its letter, its mark, and a bar of how many have chosen it. Nothing if
/// the pick has no options.
#[component]
pub(crate) fn OptionBars(
    /// The pick.
    pick: Arc<PickView>,
    /// The marks of its options, by their index.
    marks: Vec<Option<Mark>>,
    /// The counts, which may change.
    #[prop(into)]
    counts: Signal<OptionCounts>,
    /// Whether each option's feedback is shown.
    #[prop(default = true)]
    has_feedback: bool,
    /// The indexes of the options that the user has chosen.
    #[prop(optional)]
    own: Vec<u8>,
    /// The classes of the list.
    #[prop(default = "bars")]
    class: &'static str,
) -> impl IntoView {
    let row = move |(index, option): (usize, &domain::pick::OptionView)| {
        let share = Memo::new(move |_| counts.with(|counts| counts.share(index)));
        let mark = marks.get(index).copied().flatten();
        let is_own = own.iter().any(|own| usize::from(*own) == index);
        let feedback = Some(option.feedback.clone()).filter(|text| has_feedback && !text.is_empty());
        view! {
            <li
                class="bar"
                data-option=index.to_string()
                data-mark=mark.map(Mark::name)
                data-count=move || share.get().part.to_string()
            >
                <div class="bar-head">
                    <span class="bar-text">
                        <span class="choice-letter" aria-hidden="true">{letter(index)}</span>
                        <span dir="auto">{option.text.clone()}</span>
                    </span>
                    {is_own.then(|| view! { <span class="own-choice">{texts::YOUR_ANSWER}</span> })}
                    {mark.map(|mark| view! { <strong class="bar-mark">{texts::mark(mark)}</strong> })}
                    <span class="bar-count">{move || share.get().label()}</span>
                </div>
                <progress
                    class="bar-drawn"
                    max="100"
                    aria-hidden="true"
                    tabindex="-1"
                    value=move || share.get().percent().to_string()
                ></progress>
                {feedback.map(|text| view! { <p class="bar-feedback" dir="auto">{text}</p> })}
            </li>
        }
    };
    let rows = pick.options.iter().enumerate().map(row).collect_view();
    (!pick.options.is_empty()).then(|| view! { <ul class=class role="list">{rows}</ul> })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::answer::Answer;
    use domain::time::Timestamp;

    use super::super::room_view::tests::pick;
    use super::*;

    fn answer(person: &str, choices: &[u8]) -> AnswerRecord {
        let (person, name) = (person.parse().unwrap(), person.parse().unwrap());
        AnswerRecord {
            pick: 1,
            person,
            name,
            answer: Answer::Choices(choices.to_vec()),
            at: Timestamp::default(),
            rev: 1,
        }
    }

    #[test]
    fn options_have_letters() {
        assert_eq!((letter(0).as_str(), letter(9).as_str()), ("A", "J"));
        assert_eq!((letters(&[0, 2]).as_str(), letters(&[]).as_str()), ("A, C", ""));
    }

    #[test]
    fn answers_are_counted_for_each_option() {
        let counts = OptionCounts::of_answers(2, &[answer("ada", &[1]), answer("bo", &[0, 1]), answer("cy", &[9])]);
        assert_eq!((counts.chosen.as_slice(), counts.answered), ([1, 2].as_slice(), 3));
        assert_eq!((counts.share(1).percent(), counts.share(7).percent()), (67, 0));
        assert_eq!(OptionCounts::of_pick(&pick(1, "closed")).share(0).label(), "3 · 60 %");
    }

    #[test]
    fn correct_options_are_marked_once_they_are_known() {
        let mut pick = pick(1, "closed");
        assert_eq!(correct_marks(&pick), [Some(Mark::Right), None]);
        pick.options[0].is_correct = None;
        assert_eq!(correct_marks(&pick), [None, None]);
    }

    #[test]
    fn an_option_without_possible_answers_has_no_share() {
        let counts = OptionCounts::of_answers(2, &[]);
        assert_eq!((counts.share(0).label().as_str(), counts.share(5).label().as_str()), ("0 · 0 %", "0 · 0 %"));
    }

    #[test]
    fn style_sheets_tell_marks_apart() {
        let names = [Mark::Correct, Mark::Missed, Mark::Wrong, Mark::Right].map(Mark::name);
        for (index, name) in names.into_iter().enumerate() {
            assert!(!names[..index].contains(&name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn an_option_is_counted_once_for_each_answer_that_has_it(
            answers in prop::collection::vec(prop::collection::btree_set(0..4_u8, 0..4), 0..12),
        ) {
            let given: Vec<AnswerRecord> = (0..)
                .zip(&answers)
                .map(|(number, choices)| {
                    answer(&format!("p{number}"), &choices.iter().copied().collect::<Vec<_>>())
                })
                .collect();
            let counts = OptionCounts::of_answers(4, &given);
            for option in 0..4_u8 {
                let part = answers.iter().filter(|choices| choices.contains(&option)).count();
                let share = counts.share(usize::from(option));
                prop_assert_eq!((share.part as usize, share.whole as usize), (part, answers.len()));
            }
        }
    }
}
