//! Commands on rooms and their picks. The rules are in `domain::room` and `domain::pick`.

use domain::actor::Actor;
use domain::pick::{Pick, PickRefusal, Tally};
use domain::question::QuestionId;
use domain::room::{JoinCode, Room, RoomChange, RoomId, RoomRefusal, RoomSettings, RoomState};
use domain::run_list::RunList;
use domain::score_sheet::{ScoreRow, score_sheet};
use protocol::envelope::{ApiError, ErrorCode};
use protocol::rooms::{RoomStatus, RoomWithPicks};

use crate::App;
use crate::command::{CommandError, Precondition, TRIES};
use crate::db::StorageError;
use crate::ids;
use crate::markdown;
use crate::rooms::access::{self, own_room, room, room_error};
use crate::rooms::store::PickRecord;

/// Creates a room. Names need not be unique: each room has its own id and join code.
///
/// # Errors
/// The actor is not a member, has the maximum number of rooms, or the database fails.
pub async fn create(app: &App, actor: &Actor, settings: &RoomSettings) -> Result<Room, CommandError> {
    let creator = actor.member()?;
    for _ in 0..TRIES {
        let owned = app.storage().owned_rooms(&creator.id).await?;
        Room::authorize_another(owned.count).map_err(room_error)?;
        let room = Room::create(ids::short()?, ids::code()?, settings.clone(), creator, app.now());
        match app.storage().create_room(&room, owned).await {
            // The member creates another room concurrently; or the id or the code is taken, by a chance of one in millions.
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| room)?),
        }
    }
    Err(StorageError::Changed.into())
}

/// The rooms in the actor's list: those that are not private, and the actor's own.
///
/// # Errors
/// The actor is not a member, or the database fails.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Room>, CommandError> {
    let member = actor.member()?;
    let rooms = app.storage().rooms().await?.into_iter();
    Ok(rooms.filter(|room| !room.is_private || room.creator == member.id).map(Room::public).collect())
}

/// A room with its picks, as admitted people see it.
///
/// # Errors
/// There is no such room, the actor is not admitted, or the database fails.
pub async fn get(app: &App, actor: &Actor, id: &RoomId) -> Result<RoomWithPicks, CommandError> {
    let room = access::authorize(app, id, &actor.person()?).await?;
    let picks = app.storage().picks(id).await?;
    let tally = match picks.last() {
        None => None,
        Some(last) => {
            let answered = app.storage().count_answers(id, last.number).await?;
            Some(Tally { pick: last.number, answered })
        }
    };
    let picks = picks.iter().map(|pick| pick.view(markdown::render(pick.content.text()))).collect();
    Ok(RoomWithPicks { room, picks, tally })
}

/// The room of a join code, in its public form.
///
/// # Errors
/// There is no room with this code, or the database fails.
pub async fn find(app: &App, code: &JoinCode) -> Result<Room, CommandError> {
    let unknown_code = || {
        let message = format!("No room has the code {code}. Check the code and try again.");
        CommandError::Rejected(ApiError::new(ErrorCode::ResourceNotFound, message))
    };
    let id = app.storage().room_of_code(code).await?.ok_or_else(unknown_code)?;
    let room = app.storage().room(&id).await?.ok_or_else(unknown_code)?;
    Ok(room.public())
}

/// The public status of a room: whether it is closed.
///
/// # Errors
/// There is no such room, or the database fails.
pub async fn status(app: &App, id: &RoomId) -> Result<RoomStatus, CommandError> {
    let room = room(app, id).await?;
    Ok(RoomStatus { is_closed: room.state == RoomState::RoomClosed })
}

/// Renames a room or changes the access to it.
///
/// # Errors
/// The room is not the actor's, is closed, the precondition fails, or the database fails.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: &RoomId,
    change: &RoomChange,
    precondition: Precondition,
) -> Result<Room, CommandError> {
    transition(app, actor, id, precondition, |room| Ok(room.change(change)?.map(Transition::room_only))).await
}

/// Closes a room.
///
/// # Errors
/// It is not the actor's, or the database fails.
pub async fn close(app: &App, actor: &Actor, id: &RoomId, precondition: Precondition) -> Result<Room, CommandError> {
    transition(app, actor, id, precondition, |room| {
        Ok(room.close().map(|next| Transition { room: next, question_end: QuestionEnd::Pass, pick: None }))
    })
    .await
}

/// Opens a closed room again.
///
/// # Errors
/// It is not the actor's or not closed, or the database fails.
pub async fn reopen(app: &App, actor: &Actor, id: &RoomId, precondition: Precondition) -> Result<Room, CommandError> {
    transition(app, actor, id, precondition, |room| Ok(Some(Transition::room_only(room.reopen()?)))).await
}

/// Picks a question of the actor's own library: a copy of it becomes the current question.
///
/// A conflict is not retried here: two clicks must pick only one question.
///
/// # Errors
/// The room is not the actor's, is closed or full, the precondition fails, there is no such question, or the database fails.
pub async fn pick(
    app: &App,
    actor: &Actor,
    id: &RoomId,
    question: &QuestionId,
    precondition: Precondition,
) -> Result<Room, CommandError> {
    let member = actor.member()?;
    let room = own_room(app, actor, id, precondition).await?;
    let Some(question) = app.storage().question(&member.id, question).await? else {
        let message = "You have no such question. It may have been deleted.";
        return Err(ApiError::new(ErrorCode::ResourceNotFound, message).into());
    };
    let next = room.pick().map_err(room_error)?;
    let pick =
        Pick { question: Some(question.id), ..Pick::create(id.clone(), next.picks, question.content, app.now()) };
    let transition = Transition { room: next, question_end: QuestionEnd::Pass, pick: Some(pick) };
    match write(app, &room, &transition).await {
        Err(CommandError::Storage(StorageError::Changed)) => {
            Err(conflict("The room was changed in the meantime, perhaps in another tab. Check it, then pick again."))
        }
        other => other.map(|()| transition.room),
    }
}

/// Ends the current question and shows its feedback.
///
/// # Errors
/// The room is not the actor's or is closed, another question is the current one, or the database fails.
pub async fn show_feedback(app: &App, actor: &Actor, id: &RoomId, number: u32) -> Result<Room, CommandError> {
    transition(app, actor, id, Precondition::Any, |room| {
        if number != room.picks && room.picks > 0 {
            return Err(TransitionError::Other(conflict(
                "Another question was picked in the meantime. Check it and try again.",
            )));
        }
        Ok(room.close_question()?.map(|next| Transition { room: next, question_end: QuestionEnd::Close, pick: None }))
    })
    .await
}

/// Sets how much longer a question takes answers: `seconds` from now on.
///
/// # Errors
/// The room is not the actor's or is closed, there is no such question or it has ended, or the database fails.
pub async fn set_time(app: &App, actor: &Actor, id: &RoomId, number: u32, seconds: u32) -> Result<Pick, CommandError> {
    for _ in 0..TRIES {
        let record = own_pick(app, actor, id, number).await?;
        let next = record.pick.set_time(seconds, app.now()).map_err(pick_error)?;
        match app.storage().save_pick(&record, &next).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| next)?),
        }
    }
    Err(StorageError::Changed.into())
}

/// Shows these text answers to everyone in the room, in place of those shown before.
///
/// # Errors
/// The room is not the actor's or is closed, there is no such question or no such answer, or the database fails.
pub async fn show_answers(
    app: &App,
    actor: &Actor,
    id: &RoomId,
    number: u32,
    answers: &[String],
) -> Result<Pick, CommandError> {
    for _ in 0..TRIES {
        let record = own_pick(app, actor, id, number).await?;
        let given = app.storage().answers(id, number).await?;
        let Some(next) = record.pick.show_answers(answers, &given).map_err(pick_error)? else {
            return Ok(record.pick);
        };
        match app.storage().save_pick(&record, &next).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| next)?),
        }
    }
    Err(StorageError::Changed.into())
}

/// A pick of a room that is the actor's own and is open.
async fn own_pick(app: &App, actor: &Actor, id: &RoomId, number: u32) -> Result<PickRecord, CommandError> {
    let room = own_room(app, actor, id, Precondition::Any).await?;
    if room.state == RoomState::RoomClosed {
        return Err(room_error(RoomRefusal::Closed));
    }
    app.storage().pick(id, number).await?.ok_or_else(|| {
        let message = format!("There is no question {number} in this room.");
        ApiError::new(ErrorCode::ResourceNotFound, message).into()
    })
}

fn pick_error(reason: PickRefusal) -> CommandError {
    ApiError::new(ErrorCode::RuleViolation, reason.to_string()).into()
}

/// The run list of a room.
///
/// # Errors
/// The room is not the actor's, or the database fails.
pub async fn run_list(app: &App, actor: &Actor, id: &RoomId) -> Result<RunList, CommandError> {
    own_room(app, actor, id, Precondition::Any).await?;
    Ok(app.storage().run_list(id).await?)
}

/// Replaces the run list of a room.
///
/// # Errors
/// The room is not the actor's, the list is too long, the precondition fails, or the database fails.
pub async fn set_run_list(
    app: &App,
    actor: &Actor,
    id: &RoomId,
    questions: &[QuestionId],
    precondition: Precondition,
) -> Result<RunList, CommandError> {
    for _ in 0..TRIES {
        own_room(app, actor, id, Precondition::Any).await?;
        let list = app.storage().run_list(id).await?;
        precondition.check("The run list", list.rev)?;
        let Some(next) = list.with(questions.to_vec()).map_err(ApiError::from)? else { return Ok(list) };
        match app.storage().save_run_list(id, list.rev, &next).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| next)?),
        }
    }
    Err(StorageError::Changed.into())
}

/// Deletes a room with its contents. Succeeds if it does not exist.
///
/// # Errors
/// The room is not the actor's, the precondition fails, or the database fails.
pub async fn remove(app: &App, actor: &Actor, id: &RoomId, precondition: Precondition) -> Result<(), CommandError> {
    actor.member()?;
    for _ in 0..TRIES {
        if app.storage().room(id).await?.is_none() {
            return Ok(());
        }
        let room = own_room(app, actor, id, precondition).await?;
        match app.storage().delete_room(&room).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}

/// The picks of a room and all answers to them, for its creator.
///
/// # Errors
/// The room is not the actor's, or the database fails.
pub async fn session(
    app: &App,
    actor: &Actor,
    id: &RoomId,
) -> Result<(Room, Vec<Pick>, Vec<domain::answer::AnswerRecord>), CommandError> {
    let room = own_room(app, actor, id, Precondition::Any).await?;
    let picks = app.storage().picks(id).await?;
    let mut answers = Vec::new();
    for pick in &picks {
        answers.extend(app.storage().answers(id, pick.number).await?);
    }
    Ok((room, picks, answers))
}

/// The score sheet.
///
/// # Errors
/// As for [`session`].
pub async fn results(app: &App, actor: &Actor, id: &RoomId) -> Result<Vec<ScoreRow>, CommandError> {
    let (_, picks, answers) = session(app, actor, id).await?;
    Ok(score_sheet(&picks, &answers))
}

/// The next state of a room, with its effects.
struct Transition {
    room: Room,
    /// How an open question ends.
    question_end: QuestionEnd,
    /// A new pick.
    pick: Option<Pick>,
}

/// How an open question ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum QuestionEnd {
    Unchanged,
    Close,
    Pass,
}

impl Transition {
    const fn room_only(room: Room) -> Self {
        Self { room, question_end: QuestionEnd::Unchanged, pick: None }
    }
}

/// Why a transition fails.
enum TransitionError {
    Rule(RoomRefusal),
    Other(CommandError),
}

impl From<RoomRefusal> for TransitionError {
    fn from(refusal: RoomRefusal) -> Self {
        Self::Rule(refusal)
    }
}

/// Decides on the current state of the room and writes the result. On a conflict it is decided again, up to [`TRIES`] times.
async fn transition(
    app: &App,
    actor: &Actor,
    id: &RoomId,
    precondition: Precondition,
    decide: impl Fn(&Room) -> Result<Option<Transition>, TransitionError> + Send + Sync,
) -> Result<Room, CommandError> {
    for _ in 0..TRIES {
        let room = own_room(app, actor, id, precondition).await?;
        let transition = decide(&room).map_err(|error| match error {
            TransitionError::Rule(rule) => room_error(rule),
            TransitionError::Other(error) => error,
        })?;
        let Some(transition) = transition else { return Ok(room) };
        match write(app, &room, &transition).await {
            Err(CommandError::Storage(StorageError::Changed)) => {}
            other => return other.map(|()| transition.room),
        }
    }
    Err(StorageError::Changed.into())
}

async fn write(app: &App, before: &Room, transition: &Transition) -> Result<(), CommandError> {
    let mut picks = Vec::new();
    if before.state == RoomState::QuestionOpen && transition.question_end != QuestionEnd::Unchanged {
        let open = app.storage().pick(&before.id, before.picks).await?.ok_or(StorageError::Changed)?;
        let answers = app.storage().answers(&before.id, before.picks).await?;
        let ended = if transition.question_end == QuestionEnd::Close {
            open.pick.close(&answers)
        } else {
            open.pick.pass(&answers)
        };
        picks.push((Some(open.rev), ended));
    }
    picks.extend(transition.pick.clone().map(|pick| (None, pick)));
    Ok(app.storage().save_room(before.rev, &transition.room, &picks).await?)
}

fn conflict(message: &str) -> CommandError {
    ApiError::new(ErrorCode::Conflict, message).into()
}
