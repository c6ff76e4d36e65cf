//! The room that a request is about, and whether the actor may use it. The rules are in `domain::room`.

use domain::actor::Actor;
use domain::person::Person;
use domain::room::{Room, RoomId, RoomRefusal};
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::{CommandError, Precondition};

/// A room, if `person` may enter it.
///
/// # Errors
/// There is no such room, the person is not admitted, or the database fails.
pub(crate) async fn authorize(app: &App, id: &RoomId, person: &Person) -> Result<Room, CommandError> {
    let access = app.storage().room_access(id, person).await?.ok_or_else(no_room)?;
    access.authorize(person).map_err(room_error)?;
    Ok(access.room)
}

/// A room, if it exists.
pub(crate) async fn room(app: &App, id: &RoomId) -> Result<Room, CommandError> {
    app.storage().room(id).await?.ok_or_else(no_room)
}

/// The error for a room that does not exist.
pub(crate) fn no_room() -> CommandError {
    let message = "There is no such room. It may have been deleted.";
    ApiError::new(ErrorCode::ResourceNotFound, message).into()
}

/// The room, if the actor created it and the precondition holds.
pub(crate) async fn own_room(
    app: &App,
    actor: &Actor,
    id: &RoomId,
    precondition: Precondition,
) -> Result<Room, CommandError> {
    let person = Person::Member(actor.member()?.clone());
    let room = room(app, id).await?;
    room.authorize_creator(&person).map_err(room_error)?;
    precondition.check("The room", room.rev)?;
    Ok(room)
}

pub(crate) fn room_error(reason: RoomRefusal) -> CommandError {
    let code = if reason.is_about_person() { ErrorCode::Forbidden } else { ErrorCode::RuleViolation };
    ApiError::new(code, reason.to_string()).into()
}
