//! Commands on meetups. The rules are in `domain::meetup`.

use domain::meetup::seats::Seats;
use domain::meetup::{Meetup, MeetupDetails, MeetupId, MeetupListing, MeetupOwner, MeetupRefusal};
use domain::time::Timestamp;
use protocol::meetups::MeetupPage;

use crate::App;
use crate::command::{CommandError, Precondition, TRIES};
use crate::db::StorageError;
use crate::ids;
use crate::meetups::access::{MeetupCaller, hosted, meetup_error, seats, seats_error, visible};
use crate::meetups::calendar;
use crate::meetups::guest_service::next_guests;
use crate::meetups::page::{Viewer, page};

/// What a host sets: the details, and the number of seats; `None` for no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MeetupSettings {
    /// The details.
    pub(crate) details: MeetupDetails,
    /// The number of seats.
    pub(crate) capacity: Option<u32>,
}

/// Creates a draft.
///
/// # Errors
/// The caller has no identity, has the maximum number of meetups, or the database fails.
pub(crate) async fn create(
    app: &App,
    caller: &MeetupCaller,
    settings: MeetupSettings,
) -> Result<MeetupPage, CommandError> {
    let owner = match (&caller.member, &caller.visitor) {
        (Some(member), _) => MeetupOwner::Member { id: member.id.clone(), name: member.name.clone() },
        (None, Some(visitor)) => MeetupOwner::Visitor { id: visitor.clone() },
        (None, None) => return Err(meetup_error(MeetupRefusal::NoIdentity)),
    };
    let seats = Seats::new(settings.capacity);
    for _ in 0..TRIES {
        let owned = app.storage().owned_meetups(owner.id()).await?;
        Meetup::authorize_another(&owner, owned.count).map_err(meetup_error)?;
        let meetup = Meetup::create(ids::short()?, owner.clone(), settings.details.clone(), app.now());
        match app.storage().create_meetup(&meetup, &seats, owned).await {
            // The host creates another meetup concurrently; or the id is taken, by a chance of one in millions.
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| page(meetup, &seats, Viewer::Host))?),
        }
    }
    Err(StorageError::Changed.into())
}

/// A meetup as the caller sees it.
///
/// # Errors
/// There is no such meetup, the caller may not see it, or the database fails.
pub(crate) async fn get(app: &App, caller: &MeetupCaller, id: &MeetupId) -> Result<MeetupPage, CommandError> {
    let (meetup, guest) = visible(app, caller, id).await?;
    let seats = seats(app, id).await?;
    let viewer = if meetup.is_host(caller.actor()) { Viewer::Host } else { Viewer::Other(guest) };
    Ok(page(meetup, &seats, viewer))
}

/// A meetup as an iCalendar object.
///
/// # Errors
/// There is no such meetup, the caller may not see it, it has no start, or the database fails.
pub(crate) async fn calendar(app: &App, caller: &MeetupCaller, id: &MeetupId) -> Result<String, CommandError> {
    let (meetup, _) = visible(app, caller, id).await?;
    calendar::calendar(&meetup, &app.config().site, app.now()).ok_or_else(|| meetup_error(MeetupRefusal::NoStart))
}

/// The public meetups that people can still come to.
///
/// # Errors
/// The database fails.
pub(crate) async fn list(app: &App) -> Result<Vec<MeetupListing>, CommandError> {
    Ok(app.storage().public_meetups().await?)
}

/// The caller's own meetups, those of their browser included.
///
/// # Errors
/// The caller has no identity, or the database fails.
pub(crate) async fn list_own(app: &App, caller: &MeetupCaller) -> Result<Vec<MeetupListing>, CommandError> {
    if caller.actor().ids().next().is_none() {
        return Err(meetup_error(MeetupRefusal::NoIdentity));
    }
    let mut own = Vec::new();
    for host in caller.actor().ids() {
        own.extend(app.storage().hosted_meetups(host).await?);
    }
    own.sort_by(|one, other| one.meetup.id.cmp(&other.meetup.id));
    Ok(own)
}

/// Replaces the details and the number of seats.
///
/// # Errors
/// The meetup is not the caller's or is over, a rule does not allow the change, the precondition fails, or the database fails.
pub(crate) async fn change(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    settings: &MeetupSettings,
    precondition: Precondition,
) -> Result<MeetupPage, CommandError> {
    for _ in 0..TRIES {
        let meetup = hosted(app, caller, id, precondition).await?;
        let seats = seats(app, id).await?;
        let changed = meetup.change(settings.details.clone(), app.now()).map_err(meetup_error)?;
        let resized = seats.resize(settings.capacity).map_err(seats_error)?;
        if changed.is_none() && resized.is_none() {
            return Ok(page(meetup, &seats, Viewer::Host));
        }
        let mut others = Vec::new();
        if let Some((next, answers)) = &resized {
            let guests = next_guests(app, id, answers).await?;
            others = app.storage().seat_writes(id, Some((seats.rev, next)), &guests)?;
        }
        let saved = match &changed {
            Some(next) => app.storage().save_meetup(&meetup, next, others).await,
            None => app.storage().transact(others).await,
        };
        match saved {
            Err(StorageError::Changed) => {}
            other => {
                other?;
                let seats = resized.map_or(seats, |(next, _)| next);
                return Ok(page(changed.unwrap_or(meetup), &seats, Viewer::Host));
            }
        }
    }
    Err(StorageError::Changed.into())
}

/// Publishes a draft. A draft of the caller's browser becomes the member's first.
///
/// # Errors
/// The meetup is not the caller's, the caller is not signed in, a rule does not allow it, the precondition fails, or the database fails.
pub(crate) async fn publish(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    precondition: Precondition,
) -> Result<MeetupPage, CommandError> {
    transition(app, caller, id, precondition, |meetup, now| {
        let adopted = match (&meetup.owner, &caller.member) {
            (MeetupOwner::Visitor { .. }, Some(member)) => meetup.adopt(member.id.clone(), member.name.clone())?,
            _ => meetup.clone(),
        };
        adopted.publish(now).map(|published| Meetup { rev: meetup.rev + 1, ..published })
    })
    .await
}

/// Takes publishing back, before the invitations are sent.
///
/// # Errors
/// The meetup is not the caller's, the invitations are sent, the precondition fails, or the database fails.
pub(crate) async fn take_back(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    precondition: Precondition,
) -> Result<MeetupPage, CommandError> {
    transition(app, caller, id, precondition, Meetup::take_back).await
}

/// Cancels a published meetup.
///
/// # Errors
/// The meetup is not the caller's, is a draft or over, the precondition fails, or the database fails.
pub(crate) async fn cancel(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    precondition: Precondition,
) -> Result<MeetupPage, CommandError> {
    transition(app, caller, id, precondition, |meetup, _| meetup.cancel()).await
}

/// Deletes a draft. Succeeds if there is no such meetup.
///
/// # Errors
/// The meetup is not the caller's or is no draft, the precondition fails, or the database fails.
pub(crate) async fn remove(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    precondition: Precondition,
) -> Result<(), CommandError> {
    for _ in 0..TRIES {
        if app.storage().meetup(id).await?.is_none() {
            return Ok(());
        }
        let meetup = hosted(app, caller, id, precondition).await?;
        meetup.authorize_deletion().map_err(meetup_error)?;
        match app.storage().delete_meetup(&meetup).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}

/// Makes the changes of a meetup whose time has come. May be called at any time, and twice.
///
/// # Errors
/// The database fails.
pub(crate) async fn advance(app: &App, id: &MeetupId) -> Result<(), StorageError> {
    for _ in 0..TRIES {
        let Some(meetup) = app.storage().meetup(id).await? else { return Ok(()) };
        let Some(next) = meetup.advance(app.now()) else { return Ok(()) };
        match app.storage().save_meetup(&meetup, &next, Vec::new()).await {
            Err(StorageError::Changed) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed)
}

/// Writes the entries of a meetup in the lists again. Can be repeated, and in any order.
///
/// # Errors
/// The database fails.
pub(crate) async fn update_listings(app: &App, id: &MeetupId) -> Result<(), StorageError> {
    let storage = app.storage();
    let (meetup, seats) = futures::try_join!(storage.meetup(id), storage.seats(id))?;
    match meetup.zip(seats) {
        Some((meetup, seats)) => storage.save_listings(&meetup, &seats).await,
        None => storage.delete_public_listing(id).await,
    }
}

/// Reads the meetup, decides and writes, and repeats this on a conflict.
async fn transition(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    precondition: Precondition,
    decide: impl Fn(&Meetup, Timestamp) -> Result<Meetup, MeetupRefusal> + Send + Sync,
) -> Result<MeetupPage, CommandError> {
    for _ in 0..TRIES {
        let meetup = hosted(app, caller, id, precondition).await?;
        let seats = seats(app, id).await?;
        let next = decide(&meetup, app.now()).map_err(meetup_error)?;
        let mut others = Vec::new();
        if meetup.owner != next.owner {
            let owned = app.storage().owned_meetups(next.owner.id()).await?;
            Meetup::authorize_another(&next.owner, owned.count).map_err(meetup_error)?;
            others = app.storage().adoption(&meetup, &next, &seats, owned)?;
        }
        match app.storage().save_meetup(&meetup, &next, others).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| page(next, &seats, Viewer::Host))?),
        }
    }
    Err(StorageError::Changed.into())
}
