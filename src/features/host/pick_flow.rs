//! View model of picking a question: the effect of a press of a button or key, and what the host confirms first.

use domain::pick::PickPhase;
use domain::room::RoomState;

use crate::features::rooms::room_view::PickKey;

/// How a question was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChosenBy {
    /// By its button, or Enter in the search.
    Button,
    /// By a single key, which may be pressed by mistake.
    Key,
}

/// What happens when a question is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PickStep {
    /// Nothing: the room is closed or not known, or a pick is under way, which is not replaced.
    Ignore,
    /// It is picked.
    Pick,
    /// The host must confirm the pick.
    Ask,
    /// The host must confirm that it is picked once more.
    AskAgain,
    /// The host must confirm that the feedback of the open question is skipped.
    AskToSkip,
}

impl PickStep {
    /// The step in a room of this state; `was_picked` says whether the question was picked before.
    pub(super) fn of(state: Option<RoomState>, is_picking: bool, was_picked: bool, by: ChosenBy) -> Self {
        match (state, by) {
            _ if is_picking => Self::Ignore,
            (None | Some(RoomState::RoomClosed), _) => Self::Ignore,
            (Some(RoomState::QuestionOpen), _) => Self::AskToSkip,
            _ if was_picked => Self::AskAgain,
            (Some(RoomState::NoQuestion | RoomState::QuestionClosed), ChosenBy::Key) => Self::Ask,
            (Some(RoomState::NoQuestion | RoomState::QuestionClosed), ChosenBy::Button) => Self::Pick,
        }
    }
}

/// Whether the room shows the pick that this page waits for, or a later one, and it can be ended.
pub(super) fn is_shown(awaited: u32, current: Option<PickKey>) -> bool {
    open_pick(current).is_some_and(|number| number >= awaited)
}

/// The number of the current pick, if it is open: its feedback can be shown.
pub(super) fn open_pick(current: Option<PickKey>) -> Option<u32> {
    current.and_then(|(number, phase)| (phase == PickPhase::Open).then_some(number))
}

#[cfg(test)]
mod tests {
    use RoomState::{NoQuestion, QuestionClosed, QuestionOpen, RoomClosed};

    use super::*;

    #[test]
    fn a_button_picks_at_once_unless_a_question_is_open() {
        let step = |state| PickStep::of(Some(state), false, false, ChosenBy::Button);
        assert_eq!([NoQuestion, QuestionClosed].map(step), [PickStep::Pick; 2]);
        assert_eq!(step(QuestionOpen), PickStep::AskToSkip);
    }

    #[test]
    fn a_single_key_always_needs_a_confirmation() {
        let step = |state| PickStep::of(Some(state), false, false, ChosenBy::Key);
        assert_eq!([NoQuestion, QuestionClosed].map(step), [PickStep::Ask; 2]);
        assert_eq!(step(QuestionOpen), PickStep::AskToSkip);
    }

    #[test]
    fn picking_a_question_again_needs_a_confirmation() {
        for by in [ChosenBy::Button, ChosenBy::Key] {
            assert_eq!(PickStep::of(Some(QuestionClosed), false, true, by), PickStep::AskAgain);
            assert_eq!(
                PickStep::of(Some(QuestionOpen), false, true, by),
                PickStep::AskToSkip,
                "the open one comes first"
            );
        }
    }

    #[test]
    fn nothing_is_picked_in_a_closed_room_or_twice_at_once() {
        for by in [ChosenBy::Button, ChosenBy::Key] {
            for was_picked in [false, true] {
                assert_eq!(PickStep::of(Some(RoomClosed), false, was_picked, by), PickStep::Ignore);
                assert_eq!(PickStep::of(None, false, was_picked, by), PickStep::Ignore);
                assert_eq!(PickStep::of(Some(NoQuestion), true, was_picked, by), PickStep::Ignore);
                assert_eq!(PickStep::of(Some(QuestionOpen), true, was_picked, by), PickStep::Ignore);
            }
        }
    }

    #[test]
    fn the_awaited_pick_is_shown_once_it_is_open() {
        assert!(!is_shown(2, None));
        assert!(!is_shown(2, Some((1, PickPhase::Open))), "the one before");
        assert!(!is_shown(2, Some((2, PickPhase::Closed))), "it has ended already");
        assert!(is_shown(2, Some((2, PickPhase::Open))));
        assert!(is_shown(2, Some((3, PickPhase::Open))), "another page has picked after it");
    }

    #[test]
    fn only_an_open_pick_can_be_ended() {
        assert_eq!(open_pick(Some((4, PickPhase::Open))), Some(4));
        assert_eq!(open_pick(Some((4, PickPhase::Closed))), None);
        assert_eq!(open_pick(Some((4, PickPhase::Passed))), None);
        assert_eq!(open_pick(None), None);
    }

    #[test]
    fn a_pick_that_was_skipped_is_no_longer_awaited_only_when_a_later_one_is_open() {
        assert!(!is_shown(2, Some((2, PickPhase::Passed))));
        assert!(!is_shown(2, Some((3, PickPhase::Closed))), "there is nothing to end");
    }
}
