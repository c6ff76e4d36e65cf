//! View model: how far a session is, and what the host's one main button does next.

use domain::pick::PickPhase;
use domain::question::QuestionId;
use domain::room::RoomState;

use crate::features::rooms::room_view::PickKey;

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionState {
    /// No question is open.
    Waiting,
    /// The question of this number takes answers.
    Live(u32),
    /// It takes none any more, and its feedback is not shown yet.
    TimeUp(u32),
    /// Its feedback is shown.
    Results(u32),
    /// The room is closed.
    Closed,
}

impl SessionState {
    /// The state of a room whose current pick is `key`.
    pub(super) fn of(state: Option<RoomState>, key: Option<PickKey>, is_time_up: bool) -> Self {
        match (state, key) {
            (Some(RoomState::RoomClosed), _) => Self::Closed,
            (_, Some((number, PickPhase::Open))) if is_time_up => Self::TimeUp(number),
            (_, Some((number, PickPhase::Open))) => Self::Live(number),
            (_, Some((number, PickPhase::Closed))) => Self::Results(number),
            (_, Some((_, PickPhase::Passed)) | None) => Self::Waiting,
        }
    }

    /// As attributes and style sheets name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Live(_) => "live",
            Self::TimeUp(_) => "time_up",
            Self::Results(_) => "results",
            Self::Closed => "closed",
        }
    }

    /// The number of the question that waits for its feedback.
    pub(super) const fn open_pick(self) -> Option<u32> {
        match self {
            Self::Live(number) | Self::TimeUp(number) => Some(number),
            Self::Waiting | Self::Results(_) | Self::Closed => None,
        }
    }
}

/// What the main button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Shows the feedback of the question of this number.
    ShowFeedback(u32),
    /// Picks the next question of the run list.
    Pick(QuestionId),
    /// The run list has no next question: the host chooses one.
    Choose,
    /// Opens the room again.
    Reopen,
}

impl NextStep {
    /// The step after `state`, if `next` is the next question of the run list.
    pub(super) fn of(state: SessionState, next: Option<QuestionId>) -> Self {
        match (state, next) {
            (SessionState::Closed, _) => Self::Reopen,
            (SessionState::Live(number) | SessionState::TimeUp(number), _) => Self::ShowFeedback(number),
            (SessionState::Waiting | SessionState::Results(_), Some(next)) => Self::Pick(next),
            (SessionState::Waiting | SessionState::Results(_), None) => Self::Choose,
        }
    }

    /// As attributes name it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::ShowFeedback(_) => "feedback",
            Self::Pick(_) => "pick",
            Self::Choose => "choose",
            Self::Reopen => "reopen",
        }
    }
}

/// Whether a key does the next step, as the remote controls of presentations send them.
pub(super) fn is_step_key(key: &str) -> bool {
    matches!(key, " " | "ArrowRight" | "PageDown")
}

#[cfg(test)]
mod tests {
    use PickPhase::{Closed, Open, Passed};
    use RoomState::{NoQuestion, QuestionClosed, QuestionOpen, RoomClosed};

    use super::*;

    fn question() -> QuestionId {
        "aaaaaaaaaa".parse().unwrap()
    }

    #[test]
    fn a_session_goes_from_waiting_to_its_results() {
        let of = |state, key, is_time_up| SessionState::of(Some(state), key, is_time_up);
        assert_eq!(of(NoQuestion, None, false), SessionState::Waiting);
        assert_eq!(of(QuestionOpen, Some((3, Open)), false), SessionState::Live(3));
        assert_eq!(of(QuestionOpen, Some((3, Open)), true), SessionState::TimeUp(3), "not “open” after the clock");
        assert_eq!(of(QuestionClosed, Some((3, Closed)), false), SessionState::Results(3));
        assert_eq!(of(RoomClosed, None, false), SessionState::Closed);
        assert_eq!(of(QuestionOpen, Some((3, Passed)), false), SessionState::Waiting);
        assert_eq!(SessionState::of(None, None, false), SessionState::Waiting);
    }

    #[test]
    fn one_button_leads_through_a_session() {
        let step = |state| NextStep::of(state, Some(question()));
        assert_eq!(step(SessionState::Waiting), NextStep::Pick(question()));
        assert_eq!(step(SessionState::Live(1)), NextStep::ShowFeedback(1));
        assert_eq!(step(SessionState::TimeUp(1)), NextStep::ShowFeedback(1));
        assert_eq!(step(SessionState::Results(1)), NextStep::Pick(question()));
        assert_eq!(step(SessionState::Closed), NextStep::Reopen);
    }

    #[test]
    fn at_the_end_of_the_run_list_the_host_chooses() {
        assert_eq!(NextStep::of(SessionState::Results(1), None), NextStep::Choose);
        assert_eq!(NextStep::of(SessionState::Waiting, None), NextStep::Choose);
        assert_eq!(NextStep::of(SessionState::Live(1), None), NextStep::ShowFeedback(1), "the open one ends first");
    }

    #[test]
    fn only_an_open_question_waits_for_its_feedback() {
        assert_eq!(SessionState::Live(4).open_pick(), Some(4));
        assert_eq!(SessionState::TimeUp(4).open_pick(), Some(4));
        for state in [SessionState::Waiting, SessionState::Results(4), SessionState::Closed] {
            assert_eq!(state.open_pick(), None);
        }
    }

    #[test]
    fn remote_controls_and_the_space_bar_do_the_step() {
        assert!([" ", "ArrowRight", "PageDown"].into_iter().all(is_step_key));
        assert!(!["f", "p", "Enter", "ArrowLeft", "PageUp", ""].into_iter().any(is_step_key));
    }
}
