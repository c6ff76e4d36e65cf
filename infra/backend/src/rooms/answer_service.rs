//! Commands on answers. The rules are in `domain::pick` and `domain::answer`.

use domain::actor::Actor;
use domain::answer::{Answer, AnswerRecord};
use domain::person::Person;
use domain::room::RoomId;
use futures::try_join;
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::{CommandError, Precondition, TRIES};
use crate::db::StorageError;
use crate::rooms::access;

/// Answers a pick, or changes the answer. The same answer again changes nothing.
///
/// The pick that is read decides whether the answer is in time. If the pick is read as open just before its end, the answer may be written
/// just after it. The stream then has the pick counted again; the correct options could not be seen before the answer was written.
///
/// # Errors
/// The actor is not in the room, or is its creator; there is no such pick, or it takes no answers; the answer does not fit the question; or
/// the database fails.
pub async fn answer(
    app: &App,
    actor: &Actor,
    room: &RoomId,
    number: u32,
    answer: Answer,
) -> Result<AnswerRecord, CommandError> {
    let person = actor.person()?;
    let pick = async { Ok::<_, CommandError>(app.storage().pick(room, number).await?) };
    let (_, pick) = try_join!(access::authorize(app, room, &person), pick)?;
    let Some(record) = pick else {
        let message = format!("There is no question {number} in this room.");
        return Err(ApiError::new(ErrorCode::ResourceNotFound, message).into());
    };
    if matches!(&person, Person::Member(member) if member.id == record.creator) {
        let message = "You run this room: its questions are for the others.";
        return Err(ApiError::new(ErrorCode::Forbidden, message).into());
    }
    let now = app.now();
    record.pick.check_open(now).map_err(|late| ApiError::new(ErrorCode::RuleViolation, late.to_string()))?;
    let content = &record.pick.content;
    let answer = answer.check(content.kind(), content.options().len()).map_err(ApiError::from)?;

    let first = AnswerRecord {
        pick: number,
        person: person.id().clone(),
        name: person.name().clone(),
        answer,
        at: now,
        rev: 1,
    };
    // It is usually the first answer, so it is written without reading.
    match app.storage().save_answer(room, &first, None).await {
        Err(StorageError::Changed) => change(app, room, &first).await,
        other => Ok(other.map(|()| first)?),
    }
}

/// The answers to a pick.
///
/// # Errors
/// The room is not the actor's, there is no such pick, or the database fails.
pub async fn list(app: &App, actor: &Actor, room: &RoomId, number: u32) -> Result<Vec<AnswerRecord>, CommandError> {
    access::own_room(app, actor, room, Precondition::Any).await?;
    Ok(app.storage().answers(room, number).await?)
}

async fn change(app: &App, room: &RoomId, requested: &AnswerRecord) -> Result<AnswerRecord, CommandError> {
    for _ in 0..TRIES {
        let Some(before) = app.storage().answer(room, requested.pick, &requested.person).await? else {
            // The room is being deleted.
            return Err(StorageError::Changed.into());
        };
        let Some(next) = before.change(requested.answer.clone(), requested.name.clone(), requested.at) else {
            return Ok(before);
        };
        match app.storage().save_answer(room, &next, Some(before.rev)).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| next)?),
        }
    }
    Err(StorageError::Changed.into())
}
