//! The texts of rooms.

use domain::room::RoomState;

use super::options::Mark;
use crate::format;

/// The room's own state is newer than this version of the site.
pub(super) const UNREADABLE_ROOM: &str = "This version of Rally can't show this room. Reload the page.";
/// A time limit has passed.
pub(crate) const TIME_IS_UP: &str = "Time's up";
/// A countdown is short, announced.
pub(super) const TEN_SECONDS_LEFT: &str = "10 seconds left";
/// The label of a join code.
pub(crate) const JOIN_CODE: &str = "Join code";
/// The region with the join code, for assistive technology.
pub(super) const JOIN_INFO: &str = "Join";
/// Opens the projector.
pub(super) const PRESENT: &str = "Present";
/// Opens the room as its participants see it.
pub(super) const VIEW_AS_PARTICIPANT: &str = "View as participant";
/// What the QR code is, for assistive technology.
pub(super) const QR_CODE: &str = "QR code to this room";

/// A room's state in words. `is_time_up` says that the open question's time limit has passed.
pub(crate) const fn room_state(state: RoomState, is_time_up: bool) -> &'static str {
    match state {
        RoomState::NoQuestion => "Waiting to start",
        RoomState::QuestionOpen if is_time_up => TIME_IS_UP,
        RoomState::QuestionOpen => "Question open",
        RoomState::QuestionClosed => "Feedback shown",
        RoomState::RoomClosed => "Closed",
    }
}

/// What became of an option: a sign and a word, never a colour only.
pub(super) const fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Correct | Mark::Right => "✓ Correct",
        Mark::Missed => "○ Missed",
        Mark::Wrong => "✗ Wrong",
    }
}

/// “1 answer”.
pub(crate) fn answers(number: u32) -> String {
    format::count(number as usize, "answer", "answers")
}
