//! Rooms: creating and joining them, their picks, answers and results.

use domain::answer::{Answer, AnswerRecord};
use domain::person::{GuestId, PersonName};
use domain::question::QuestionId;
use domain::room::{EntryKey, JoinCode, JoinLink, Room, RoomChange, RoomId};
use domain::run_list::RunList;
use domain::score_sheet::ScoreRow;
use protocol::rooms::{
    self, GuestToken, NewEntry, NewGuest, NewPick, NewRoom, NewRunList, NewShown, NewTime, Results, RoomLink,
    RoomStatus,
};

use super::{ApiError, Call};

/// Creates a room.
pub(crate) async fn create(room: &NewRoom) -> Result<Room, ApiError> {
    Call::post(rooms::ROOMS).json(room).send().await
}

/// Finds the room of a join code.
pub(crate) async fn find(code: &JoinCode) -> Result<Room, ApiError> {
    Call::get(rooms::code(code)).send().await
}

/// Whether a room is over; needs nothing that opens it.
pub(crate) async fn status(room: &RoomId) -> Result<RoomStatus, ApiError> {
    Call::get(rooms::room_status(room)).send().await
}

/// Shows a room its code or link: gives the room, which the member may then enter.
pub(crate) async fn enter(room: &RoomId, key: EntryKey) -> Result<Room, ApiError> {
    Call::post(rooms::room_enter(room)).json(&NewEntry::from(key)).send().await
}

/// Joins a room as a guest.
pub(crate) async fn join(room: &RoomId, name: PersonName, key: EntryKey) -> Result<GuestToken, ApiError> {
    Call::post(rooms::room_guests(room)).json(&NewGuest::new(name, key)).send().await
}

/// Removes a guest from a room.
pub(crate) async fn remove_guest(room: &RoomId, guest: &GuestId) -> Result<(), ApiError> {
    Call::delete(rooms::room_guest(room, guest)).run().await
}

/// The token of the link that leads into a room.
pub(crate) async fn link(room: &RoomId) -> Result<JoinLink, ApiError> {
    let link: RoomLink = Call::get(rooms::room_link(room)).send().await?;
    Ok(link.link)
}

/// Changes a room's settings, if the room still has this revision; gives the room as it is then. Send only what the host changed.
pub(crate) async fn change(room: &RoomId, change: &RoomChange, revision: Option<u64>) -> Result<Room, ApiError> {
    Call::patch(rooms::room(room)).json(change).if_match(revision).send().await
}

/// Deletes a room, or finds that it is deleted.
pub(crate) async fn delete(room: &RoomId) -> Result<(), ApiError> {
    Call::delete(rooms::room(room)).run_unless_gone().await
}

/// Closes a room.
pub(crate) async fn close(room: &RoomId) -> Result<(), ApiError> {
    Call::post(rooms::room_close(room)).run().await
}

/// Opens a closed room again.
pub(crate) async fn reopen(room: &RoomId) -> Result<(), ApiError> {
    Call::post(rooms::room_reopen(room)).run().await
}

/// Picks a question, if the room still has this revision.
pub(crate) async fn pick(room: &RoomId, question: QuestionId, revision: u64) -> Result<(), ApiError> {
    Call::post(rooms::room_picks(room)).json(&NewPick { question }).if_match(Some(revision)).run().await
}

/// Ends a question and shows its feedback.
pub(crate) async fn show_feedback(room: &RoomId, pick: u32) -> Result<(), ApiError> {
    Call::post(rooms::pick_feedback(room, pick)).run().await
}

/// Lets a question take answers for this many seconds from now on; 0 ends that at once.
pub(crate) async fn set_time(room: &RoomId, pick: u32, seconds: u32) -> Result<(), ApiError> {
    Call::put(rooms::pick_time(room, pick)).json(&NewTime { seconds }).run().await
}

/// Shows these text answers to all participants, and no others.
pub(crate) async fn show_answers(room: &RoomId, pick: u32, answers: Vec<String>) -> Result<(), ApiError> {
    Call::put(rooms::pick_shown(room, pick)).json(&NewShown { answers }).run().await
}

/// The run list of one's own room.
pub(crate) async fn run_list(room: &RoomId) -> Result<RunList, ApiError> {
    Call::get(rooms::room_run_list(room)).send().await
}

/// Replaces the run list if it still has this revision; returns the new one.
pub(crate) async fn set_run_list(
    room: &RoomId,
    questions: Vec<QuestionId>,
    revision: Option<u64>,
) -> Result<RunList, ApiError> {
    Call::put(rooms::room_run_list(room)).json(&NewRunList { questions }).if_match(revision).send().await
}

/// Answers a question.
pub(crate) async fn answer(room: &RoomId, pick: u32, answer: &Answer) -> Result<AnswerRecord, ApiError> {
    Call::put(rooms::pick_answer(room, pick)).json(answer).send().await
}

/// The score sheet.
pub(crate) async fn results(room: &RoomId) -> Result<Vec<ScoreRow>, ApiError> {
    let pages: Vec<Results> = Call::get(rooms::room_results(room)).send_pages().await?;
    Ok(pages.into_iter().flat_map(|page| page.rows).collect())
}

/// The whole session as CSV.
pub(crate) async fn results_csv(room: &RoomId) -> Result<String, ApiError> {
    Call::get(rooms::room_results_csv(room)).download().await
}
