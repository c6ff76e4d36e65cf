//! Entering a room with its code, by its link, or as a guest. The rules are in `domain::room`.

use std::collections::BTreeSet;

use domain::actor::Actor;
use domain::person::{Guest, GuestId, Person, PersonId, PersonName};
use domain::room::{EntryKey, JoinLink, Room, RoomId, RoomRefusal};
use futures::try_join;

use crate::App;
use crate::command::{CommandError, Precondition, TRIES};
use crate::db::StorageError;
use crate::identity::join_links;
use crate::ids;
use crate::rooms::entrant_store::EntrantRecord;
use crate::rooms::{access, lookalikes};

/// Enters a room with a key. Returns the room's public state, and admits the actor if it is a member. A visitor only sees the room of the
/// key.
///
/// # Errors
/// There is no such room, the key belongs to another room, the actor is a device, or the database fails.
pub async fn enter(app: &App, actor: &Actor, id: &RoomId, key: &EntryKey) -> Result<Room, CommandError> {
    if matches!(actor, Actor::Device(_) | Actor::InvalidKey) {
        actor.person()?;
    }
    let room = room_for_key(app, id, key).await?;
    if let Actor::Member(member) = actor
        && room.needs_admission(&Person::Member(member.clone()))
    {
        app.storage().admit_member(id, member, app.now()).await?;
    }
    Ok(room.public())
}

/// Admits a guest with a name that looks like no other in the room.
///
/// # Errors
/// There is no such room, the key belongs to another room, the room takes no guests, is closed or full, or the database fails.
pub async fn admit(app: &App, id: &RoomId, name: &PersonName, key: &EntryKey) -> Result<Guest, CommandError> {
    let room = room_for_key(app, id, key).await?;
    room.admit_guest(0).map_err(access::room_error)?;
    for _ in 0..TRIES {
        let (guests, people) = try_join!(app.storage().guests(id, app.now()), app.storage().people(id))?;
        room.admit_guest(guests.len()).map_err(access::room_error)?;
        let looks_of_people = people.iter().map(|person| lookalikes::look(&person.name));
        let looks = guests.into_iter().filter_map(|guest| guest.look).chain(looks_of_people);
        let looks: BTreeSet<String> = looks.chain([lookalikes::look(&room.creator_name)]).collect();
        let guest = Guest { id: ids::guest()?.into(), name: lookalikes::distinct(name, &looks), room: id.clone() };
        let look = lookalikes::look(&guest.name);
        match app.storage().save_guest(&guest, &look, app.now()).await {
            // Another guest has taken the name concurrently.
            Err(StorageError::Changed) => continue,
            other => other?,
        }
        // Each of several concurrent guests counts after its own write, so never more stay than the limit allows.
        let guests = app.storage().guests(id, app.now()).await?.len();
        if let Err(full) = room.admit_guest(guests.saturating_sub(1)) {
            app.storage().remove_guest(id, &guest.id, &look).await?;
            return Err(access::room_error(full));
        }
        return Ok(guest);
    }
    Err(StorageError::Changed.into())
}

/// The guests of a room, for its creator.
///
/// # Errors
/// The room is not the actor's, or the database fails.
pub async fn guests(app: &App, actor: &Actor, id: &RoomId) -> Result<Vec<EntrantRecord>, CommandError> {
    access::own_room(app, actor, id, Precondition::Any).await?;
    Ok(app.storage().guests(id, app.now()).await?)
}

/// Removes a guest; the guest's token is not valid any more. Succeeds if the guest does not exist. Guests remove themselves when they
/// leave.
///
/// # Errors
/// The actor is neither the room's creator nor that guest, or the database fails.
pub async fn remove_guest(app: &App, actor: &Actor, id: &RoomId, guest: &GuestId) -> Result<(), CommandError> {
    let guest = PersonId::from(guest.clone());
    let is_own = matches!(actor, Actor::Guest(own) if own.room == *id && own.id == guest);
    if !is_own {
        access::own_room(app, actor, id, Precondition::Any).await?;
    }
    for _ in 0..TRIES {
        let Some(record) = app.storage().entrant(id, &guest).await? else { return Ok(()) };
        match app.storage().remove_guest(id, &guest, &record.look.unwrap_or_default()).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}

/// The token of the link to a room, for admitted people.
///
/// # Errors
/// There is no such room, the actor is not admitted, or the database fails.
pub async fn link(app: &App, actor: &Actor, id: &RoomId) -> Result<JoinLink, CommandError> {
    let room = access::authorize(app, id, &actor.person()?).await?;
    Ok(join_links::sign(app, &room).await?)
}

/// The room, if this key opens it.
async fn room_for_key(app: &App, id: &RoomId, key: &EntryKey) -> Result<Room, CommandError> {
    let room = access::room(app, id).await?;
    let result = match key {
        EntryKey::Code(code) => room.check_code(code),
        EntryKey::Link(link) if join_links::verify(app, &room, link).await? => Ok(()),
        EntryKey::Link(_) => Err(RoomRefusal::WrongLink),
    };
    result.map_err(access::room_error)?;
    Ok(room)
}
