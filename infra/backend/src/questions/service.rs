//! Commands on an author's question library. The rules are in `domain::question`.

use std::time::Duration;

use domain::actor::Actor;
use domain::question::{Content, LIBRARY_LIMIT, LibraryQuestion, QuestionId};
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::{CommandError, Precondition};
use crate::db::StorageError;
use crate::ids;

/// The actor's questions.
///
/// # Errors
/// The actor is not a member, or the database fails.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<LibraryQuestion>, CommandError> {
    Ok(app.storage().questions(&actor.member()?.id).await?)
}

/// The actor's questions in the order of their creation, for an export.
///
/// # Errors
/// The actor is not a member, or the database fails.
pub async fn in_order(app: &App, actor: &Actor) -> Result<Vec<LibraryQuestion>, CommandError> {
    let mut questions = list(app, actor).await?;
    questions.sort_by(|one, other| (one.updated_at, one.id.as_str()).cmp(&(other.updated_at, other.id.as_str())));
    Ok(questions)
}

/// Adds questions, all of them or none: if the database fails in between, the written ones are deleted again. Their times differ by a
/// millisecond each, so that lists keep their order.
///
/// # Errors
/// The actor is not a member, the library would exceed its limit, or the database fails.
pub async fn add(app: &App, actor: &Actor, contents: Vec<Content>) -> Result<Vec<LibraryQuestion>, CommandError> {
    let author = &actor.member()?.id;
    let existing = app.storage().questions(author).await?.len();
    if existing + contents.len() > LIBRARY_LIMIT {
        let message = format!(
            "You can have at most {LIBRARY_LIMIT} questions. You have {existing}, and these are {} more. Delete some first.",
            contents.len()
        );
        return Err(ApiError::new(ErrorCode::RuleViolation, message).into());
    }
    let now = app.now();
    let count = contents.len() as u64;
    let questions: Result<Vec<LibraryQuestion>, CommandError> = (1..)
        .zip(contents)
        .map(|(number, content)| {
            let at = now.minus(Duration::from_millis(count - number));
            Ok(LibraryQuestion::create(ids::short()?, content, at))
        })
        .collect();
    let questions = questions?;
    match app.storage().add_questions(author, &questions).await {
        Err((0, error)) => Err(error.into()),
        Err((done, error)) => {
            tracing::error!(%error, done, "an import broke off");
            // All are deleted: the failed write may have succeeded, with only its response lost.
            let message = match app.storage().delete_questions(author, &questions).await {
                Ok(()) => "Nothing was imported: the database failed. Try again in a moment.".to_owned(),
                Err(error) => {
                    tracing::error!(%error, "an import cannot be undone");
                    format!("Only the first {done} questions were added: the database failed. Add the others again.")
                }
            };
            Err(ApiError::new(ErrorCode::Unavailable, message).into())
        }
        Ok(()) => Ok(questions),
    }
}

/// Replaces a question.
///
/// # Errors
/// There is no such question in the actor's library, the precondition fails, or the database fails.
pub async fn rewrite(
    app: &App,
    actor: &Actor,
    id: &QuestionId,
    content: Content,
    precondition: Precondition,
) -> Result<LibraryQuestion, CommandError> {
    let author = &actor.member()?.id;
    let before = app.storage().question(author, id).await?.ok_or_else(unknown)?;
    check(&before, precondition)?;
    let Some(next) = before.rewrite(content, app.now()) else { return Ok(before) };
    match app.storage().save_question(author, &next, Some(before.rev)).await {
        Err(StorageError::Changed) => Err(changed()),
        other => Ok(other.map(|()| next)?),
    }
}

/// Deletes a question. Succeeds if it does not exist; picks of it stay.
///
/// # Errors
/// The actor is not a member, the precondition fails, or the database fails.
pub async fn remove(app: &App, actor: &Actor, id: &QuestionId, precondition: Precondition) -> Result<(), CommandError> {
    let author = &actor.member()?.id;
    let Some(question) = app.storage().question(author, id).await? else { return Ok(()) };
    check(&question, precondition)?;
    match app.storage().delete_question(author, &question).await {
        Err(StorageError::Changed) => Err(changed()),
        other => Ok(other?),
    }
}

fn check(question: &LibraryQuestion, precondition: Precondition) -> Result<(), CommandError> {
    precondition.check_or(question.rev, changed)
}

fn changed() -> CommandError {
    let message = "The question was changed in the meantime, perhaps in another tab. Check it and try again.";
    ApiError::new(ErrorCode::Conflict, message).into()
}

fn unknown() -> CommandError {
    let message = "You have no such question. It may have been deleted.";
    ApiError::new(ErrorCode::ResourceNotFound, message).into()
}
