//! The view model of a room: what its participants, its host and its projector see of it.

use std::sync::Arc;

use domain::person::PersonId;
use domain::pick::{PickPhase, PickView, Tally};
use domain::room::{Room, RoomState};
use domain::time::Timestamp;
use protocol::frames::DenialReason;
use serde::Deserialize;
use serde_json::Value;

use super::texts;
use crate::live::{Denial, TopicState};

/// One entity of a room's topic.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RoomEntity {
    /// The room itself.
    Room(Room),
    /// One of its picks. Shared: a room has up to 200 of them, with the whole text of the question.
    Pick(Arc<PickView>),
    /// How many have answered the current pick.
    Tally(Tally),
}

impl RoomEntity {
    /// Reads an entity from its id and its public state; `None` if this version cannot read it.
    pub(super) fn read(id: &str, state: &Value) -> Option<Self> {
        match id {
            "room" => Room::deserialize(state).ok().map(Self::Room),
            "tally" => Tally::deserialize(state).ok().map(Self::Tally),
            _ => PickView::deserialize(state).ok().map(|pick| Self::Pick(Arc::new(pick))),
        }
    }
}

/// A room as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RoomView {
    /// Nothing is known yet, or the room is read again after it was there.
    Loading {
        /// Whether it was there.
        was_there: bool,
    },
    /// The server does not give it; the sentence says why.
    Denied(Denial),
    /// It was there, and is deleted.
    Deleted,
    /// It is there.
    Ready(RoomContents),
}

/// What is in a room that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomContents {
    /// The room.
    pub(crate) room: Room,
    /// Its picks, the first one first.
    pub(crate) picks: Vec<Arc<PickView>>,
    /// How many have answered the last pick.
    pub(crate) answered: u32,
}

/// Which pick is shown, and how far it is: a page draws its question again when this changes.
pub(crate) type PickKey = (u32, PickPhase);

impl RoomView {
    /// The view of a topic's entities, after the view `before`. `unreadable` is how many entities this version cannot
    /// read.
    pub(super) fn of(state: &TopicState, entities: Vec<RoomEntity>, unreadable: usize, before: Option<&Self>) -> Self {
        match state {
            TopicState::Loading => return Self::Loading { was_there: Self::was_there(before) },
            // A room that was there may also be denied: it takes the user no longer.
            TopicState::Denied(why) if Self::was_there(before) && why.reason == Some(DenialReason::NoRoom) => {
                return Self::Deleted;
            }
            TopicState::Denied(why) => return Self::Denied(why.clone()),
            TopicState::Ready => {}
        }
        let (mut room, mut picks, mut tally) = (None, Vec::new(), None);
        for entity in entities {
            match entity {
                RoomEntity::Room(known) => room = Some(known),
                RoomEntity::Pick(pick) => picks.push(pick),
                RoomEntity::Tally(known) => tally = Some(known),
            }
        }
        let Some(room) = room else {
            return if unreadable > 0 { Self::Denied(Denial::new(texts::UNREADABLE_ROOM)) } else { Self::Deleted };
        };
        let answered = match picks.last() {
            Some(last) if last.phase != PickPhase::Open => last.answered,
            Some(last) => tally.filter(|tally| tally.pick == last.number).map_or(0, |tally| tally.answered),
            None => 0,
        };
        Self::Ready(RoomContents { room, picks, answered })
    }

    const fn was_there(before: Option<&Self>) -> bool {
        matches!(before, Some(Self::Ready(_) | Self::Deleted | Self::Loading { was_there: true }))
    }

    /// What is in the room, if it is there.
    pub(crate) const fn contents(&self) -> Option<&RoomContents> {
        match self {
            Self::Ready(contents) => Some(contents),
            _ => None,
        }
    }
}

impl RoomContents {
    /// The current pick, if there is one: it takes answers, or its feedback is shown.
    pub(crate) fn current(&self) -> Option<&Arc<PickView>> {
        let is_shown = matches!(self.room.state, RoomState::QuestionOpen | RoomState::QuestionClosed);
        self.picks.last().filter(|_| is_shown)
    }

    /// The picks before the current one, the latest first.
    pub(crate) fn earlier(&self) -> impl Iterator<Item = &Arc<PickView>> {
        let current = self.current().map(|pick| pick.number);
        self.picks.iter().rev().filter(move |pick| Some(pick.number) != current)
    }
}

/// Whether a person runs the room. Only members do: a guest's id is never a creator's.
pub(crate) fn is_host(room: &Room, member: Option<&PersonId>) -> bool {
    member == Some(&room.creator)
}

/// The seconds until a pick's time limit, rounded up, at the server's time `now`; 0 when it has passed. `None` if it
/// has no limit, or takes no answers any more.
pub(crate) fn seconds_left(pick: &PickView, now: Timestamp) -> Option<u64> {
    let deadline = pick.deadline.filter(|_| pick.phase == PickPhase::Open)?;
    Some(u64::try_from(deadline.since(now).as_millis().div_ceil(1_000)).unwrap_or(u64::MAX))
}

/// A room's state as attributes and style sheets name it.
pub(crate) const fn state_name(state: RoomState) -> &'static str {
    match state {
        RoomState::NoQuestion => "no_question",
        RoomState::QuestionOpen => "question_open",
        RoomState::QuestionClosed => "question_closed",
        RoomState::RoomClosed => "room_closed",
    }
}

/// A pick's phase as attributes and style sheets name it.
pub(crate) const fn phase_name(phase: PickPhase) -> &'static str {
    match phase {
        PickPhase::Open => "open",
        PickPhase::Closed => "closed",
        PickPhase::Passed => "passed",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// A room of Ada's in a state, with a number of picks.
    pub(crate) fn room(state: &str, picks: u32) -> Room {
        let room = json!({"id": "k3j9x0a2bc", "name": "Biology", "creator": "ada", "creatorName": "Ada",
            "guestsAllowed": true, "state": state, "picks": picks, "createdAt": "2026-11-20T12:00:00.000Z", "rev": 1});
        Room::deserialize(&room).unwrap()
    }

    /// A pick with one right option of two, answered by five.
    pub(crate) fn pick(number: u32, phase: &str) -> PickView {
        let pick = json!({"number": number, "phase": phase, "html": "<p>?</p>", "type": "single_answer",
            "options": [{"text": "a", "isCorrect": true, "feedback": "Yes."}, {"text": "b", "isCorrect": false}],
            "bars": [3, 2], "answered": 5, "rev": 1});
        PickView::deserialize(&pick).unwrap()
    }

    fn entities(state: &str, phases: &[&str]) -> Vec<RoomEntity> {
        let picks = (1..).zip(phases).map(|(number, phase)| RoomEntity::Pick(Arc::new(pick(number, phase))));
        let room = room(state, u32::try_from(phases.len()).unwrap());
        picks.chain([RoomEntity::Room(room)]).collect()
    }

    fn view(entities: Vec<RoomEntity>) -> RoomView {
        RoomView::of(&TopicState::Ready, entities, 0, None)
    }

    fn contents(view: &RoomView) -> &RoomContents {
        view.contents().unwrap()
    }

    #[test]
    fn a_room_has_its_current_pick_and_those_before() {
        let tally = RoomEntity::Tally(Tally { pick: 2, answered: 3 });
        let open = view(entities("question_open", &["closed", "open"]).into_iter().chain([tally]).collect());
        assert_eq!(contents(&open).current().map(|pick| pick.number), Some(2));
        assert_eq!(contents(&open).earlier().map(|pick| pick.number).collect::<Vec<_>>(), [1]);
        assert_eq!(contents(&open).answered, 3);
    }

    #[test]
    fn a_closed_room_has_no_current_pick() {
        let closed = view(entities("room_closed", &["closed", "passed"]));
        assert_eq!(contents(&closed).current(), None);
        assert_eq!(contents(&closed).earlier().map(|pick| pick.number).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn the_tally_of_another_pick_does_not_count() {
        let tally = RoomEntity::Tally(Tally { pick: 1, answered: 9 });
        let open = view(entities("question_open", &["passed", "open"]).into_iter().chain([tally]).collect());
        assert_eq!(contents(&open).answered, 0);
        assert_eq!(contents(&view(entities("question_closed", &["closed"]))).answered, 5, "as the pick says");
        assert_eq!(contents(&view(entities("no_question", &[]))).answered, 0);
    }

    #[test]
    fn a_room_that_vanishes_is_deleted() {
        let open = view(entities("no_question", &[]));
        let denied = TopicState::Denied(Denial::new("There is no such room.").because(DenialReason::NoRoom));
        assert_eq!(RoomView::of(&TopicState::Ready, vec![], 0, Some(&open)), RoomView::Deleted);
        assert_eq!(RoomView::of(&denied, vec![], 0, Some(&open)), RoomView::Deleted);
        assert_eq!(RoomView::of(&denied, vec![], 0, Some(&RoomView::Deleted)), RoomView::Deleted);
        assert_eq!(
            RoomView::of(&denied, vec![], 0, Some(&RoomView::Loading { was_there: false })),
            RoomView::Denied(Denial::new("There is no such room.").because(DenialReason::NoRoom))
        );
        let read_again = RoomView::of(&TopicState::Loading, vec![], 0, Some(&open));
        assert_eq!(read_again, RoomView::Loading { was_there: true });
        assert_eq!(RoomView::of(&denied, vec![], 0, Some(&read_again)), RoomView::Deleted);
        let removed = TopicState::Denied(Denial::new("You were removed."));
        let refused = RoomView::of(&removed, vec![], 0, Some(&open));
        assert_eq!(refused, RoomView::Denied(Denial::new("You were removed.")), "the room is there, for others");
    }

    #[test]
    fn a_room_that_this_version_cannot_read_is_not_called_deleted() {
        assert!(matches!(RoomView::of(&TopicState::Ready, vec![], 1, None), RoomView::Denied(_)));
    }

    #[test]
    fn entities_are_distinguished_by_their_ids() {
        assert!(matches!(RoomEntity::read("tally", &json!({"pick": 1, "answered": 2})), Some(RoomEntity::Tally(_))));
        let pick = serde_json::to_value(pick(1, "open")).unwrap();
        assert!(matches!(RoomEntity::read("pick/001", &pick), Some(RoomEntity::Pick(_))));
        assert_eq!(RoomEntity::read("room", &pick), None);
    }

    #[test]
    fn only_the_member_who_created_a_room_is_its_host() {
        let (ada, bo) = ("ada".parse().unwrap(), "bo".parse().unwrap());
        let room = room("no_question", 0);
        assert!(is_host(&room, Some(&ada)) && !is_host(&room, Some(&bo)) && !is_host(&room, None));
    }

    #[test]
    fn the_time_that_is_left_is_rounded_up() {
        let deadline: Timestamp = "2026-11-20T12:01:00.000Z".parse().unwrap();
        let mut pick = PickView { deadline: Some(deadline), ..pick(1, "open") };
        let left = |pick: &PickView, now: &str| seconds_left(pick, now.parse().unwrap());
        assert_eq!(left(&pick, "2026-11-20T12:00:18.000Z"), Some(42));
        assert_eq!(left(&pick, "2026-11-20T12:00:59.500Z"), Some(1));
        assert_eq!(left(&pick, "2026-11-20T12:01:09.000Z"), Some(0));
        pick.phase = PickPhase::Closed;
        assert_eq!(left(&pick, "2026-11-20T12:00:18.000Z"), None);
    }

    #[test]
    fn style_sheets_name_states_and_phases_as_the_api_does() {
        for state in [RoomState::NoQuestion, RoomState::QuestionOpen, RoomState::QuestionClosed, RoomState::RoomClosed]
        {
            assert_eq!(serde_json::to_value(state).unwrap(), state_name(state));
        }
        for phase in [PickPhase::Open, PickPhase::Closed, PickPhase::Passed] {
            assert_eq!(serde_json::to_value(phase).unwrap(), phase_name(phase));
        }
    }

    #[test]
    fn no_pick_is_both_current_and_earlier_and_none_is_lost() {
        for (state, phases, current, earlier) in [
            ("no_question", vec![], None, vec![]),
            ("no_question", vec!["closed"], None, vec![1]),
            ("question_open", vec!["open"], Some(1), vec![]),
            ("question_closed", vec!["closed", "passed", "closed"], Some(3), vec![2, 1]),
            ("room_closed", vec!["closed", "closed"], None, vec![2, 1]),
        ] {
            let view = view(entities(state, &phases));
            assert_eq!(contents(&view).current().map(|pick| pick.number), current, "{state}, {phases:?}");
            let numbers: Vec<u32> = contents(&view).earlier().map(|pick| pick.number).collect();
            assert_eq!(numbers, earlier, "{state}, {phases:?}");
        }
    }

    #[test]
    fn one_entity_that_cannot_be_read_does_not_hide_the_room() {
        let known = RoomView::of(&TopicState::Ready, entities("question_open", &["open"]), 2, None);
        assert_eq!(contents(&known).picks.len(), 1);
    }

    #[test]
    fn a_room_that_is_not_there_has_no_contents() {
        for view in [RoomView::Loading { was_there: false }, RoomView::Denied(Denial::new("no")), RoomView::Deleted] {
            assert_eq!(view.contents(), None);
        }
    }

    #[test]
    fn a_question_without_a_limit_has_no_time_left() {
        let now = "2026-11-20T12:00:18.000Z".parse().unwrap();
        assert_eq!(seconds_left(&pick(1, "open"), now), None);
    }
}
