//! What the pages of rooms and questions ask of the HTTP API. Never shows anything.

use domain::answer::{Answer, Attempt};
use domain::question::{BankQuestion, Draft, QuestionId};
use domain::results::ScoreRow;
use domain::room::{JoinCode, Room, RoomChange, RoomId};
use domain::wire::read::Read;
use domain::wire::rooms::{self, NewPick, NewRoom};
use serde_json::{Value, json};

use super::api::{self, Failure};

/// Makes a room.
pub(crate) async fn create(room: &NewRoom) -> Result<Room, Failure> {
    api::send("POST", rooms::ROOMS, room, None).await
}

/// Finds the room that a join code leads to.
pub(crate) async fn find(code: &JoinCode) -> Result<Room, Failure> {
    api::get(&rooms::code(code)).await
}

/// Renames a room or changes who may come in, if it is still at this revision.
pub(crate) async fn change(id: &RoomId, change: &RoomChange, revision: Option<u64>) -> Result<(), Failure> {
    api::send::<Value>("PATCH", &rooms::room(id), change, revision).await.map(|_| ())
}

/// Deletes a room.
pub(crate) async fn remove(id: &RoomId) -> Result<(), Failure> {
    api::delete(&rooms::room(id), None).await
}

/// Ends a room, or opens it again.
pub(crate) async fn set_closed(id: &RoomId, closed: bool) -> Result<(), Failure> {
    api::post(&if closed { rooms::room_close(id) } else { rooms::room_reopen(id) }, None).await
}

/// Picks a question, if the room is still at this revision.
pub(crate) async fn pick(id: &RoomId, question: QuestionId, revision: u64) -> Result<(), Failure> {
    api::send::<Value>("POST", &rooms::room_picks(id), &NewPick { question }, Some(revision)).await.map(|_| ())
}

/// Shows the feedback of a question.
pub(crate) async fn show_feedback(id: &RoomId, pick: u32) -> Result<(), Failure> {
    api::post(&rooms::pick_feedback(id, pick), None).await
}

/// Answers a question.
pub(crate) async fn answer(id: &RoomId, pick: u32, answer: &Answer) -> Result<Attempt, Failure> {
    api::send("PUT", &rooms::pick_answer(id, pick), answer, None).await
}

/// The score sheet.
pub(crate) async fn results(id: &RoomId) -> Result<Vec<ScoreRow>, Failure> {
    let results: Value = api::get(&rooms::room_results(id)).await?;
    Ok(Vec::read(&results["rows"]).unwrap_or_default())
}

/// The session as CSV.
pub(crate) async fn export(id: &RoomId) -> Result<String, Failure> {
    api::download(&rooms::room_results_csv(id)).await
}

/// Adds a question, or writes the one of this id and revision anew.
pub(crate) async fn save(draft: &Draft, known: Option<(QuestionId, u64)>) -> Result<BankQuestion, Failure> {
    match known {
        None => api::send("POST", rooms::QUESTIONS, draft, None).await,
        Some((id, revision)) => api::send("PUT", &rooms::question(&id), draft, Some(revision)).await,
    }
}

/// Deletes a question.
pub(crate) async fn delete_question(id: &QuestionId) -> Result<(), Failure> {
    api::delete(&rooms::question(id), None).await
}

/// The bank as a file: `csv` or `json`.
pub(crate) async fn export_bank(format: &str) -> Result<String, Failure> {
    api::download(&[rooms::QUESTIONS_EXPORT, "?format=", format].concat()).await
}

/// Adds the questions of a file; how many they were.
pub(crate) async fn import_bank(text: String, is_json: bool) -> Result<u64, Failure> {
    let content_type = if is_json { "application/json" } else { "text/csv" };
    let added = api::upload(rooms::QUESTIONS_IMPORT, content_type, text).await?;
    Ok(added["added"].as_u64().unwrap_or_default())
}

/// Markdown as participants would see it.
pub(crate) async fn preview(text: &str) -> Result<String, Failure> {
    let made: Value = api::send("POST", rooms::PREVIEWS, &json!({ "text": text }), None).await?;
    Ok(made["html"].as_str().unwrap_or_default().to_owned())
}
