//! Commands of guests: their answers, and the wait list. The rules are in `domain::meetup` and `domain::meetup::seats`.

use domain::meetup::seats::{NextAnswer, Seats};
use domain::meetup::{
    GuestAnswer, GuestKey, GuestOrigin, Meetup, MeetupGuest, MeetupId, MeetupRefusal, Visibility, Wish,
};
use domain::person::PersonName;
use protocol::meetups::MeetupPage;

use crate::App;
use crate::command::{CommandError, Precondition, TRIES, backoff};
use crate::db::StorageError;
use crate::ids;
use crate::meetups::access::{MeetupCaller, hosted, meetup_error, seats, seats_error, visible};
use crate::meetups::guest_store::NextGuest;
use crate::meetups::page::{Viewer, page};

/// The number of attempts at an answer: all answers to a meetup write its seats, and an announcement brings many at once.
const ANSWER_TRIES: usize = 4 * TRIES;

/// Answers for the caller, who is a guest from then on. The name of a member is that of the account; of others it is `name`.
///
/// # Errors
/// There is no such meetup, the caller may not see it or has no identity, a rule does not allow the answer, or the database fails.
pub(crate) async fn answer(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    wish: Wish,
    name: Option<&PersonName>,
) -> Result<MeetupPage, CommandError> {
    for attempt in 0..ANSWER_TRIES {
        let (meetup, guest) = visible(app, caller, id).await?;
        let plus = if let Wish::Come { plus } = wish { plus } else { 0 };
        meetup.authorize_answer(caller.actor(), plus).map_err(meetup_error)?;
        let (before, own) = match guest {
            Some(guest) => (Some(guest.rev), MeetupGuest { name: name.unwrap_or(&guest.name).clone(), ..guest }),
            None => (None, new_guest(app, caller, &meetup, name)?),
        };
        let seats = seats(app, id).await?;
        let answered = seats.answer(&own.key, own.answer, wish).map_err(seats_error)?;
        let Some((next, answers)) = answered else { return Ok(page(meetup, &seats, Viewer::Other(Some(own)))) };
        let (of_caller, of_others): (Vec<NextAnswer>, Vec<NextAnswer>) =
            answers.into_iter().partition(|(key, _)| *key == own.key);
        let answer = of_caller.first().map_or(own.answer, |(_, answer)| *answer);
        let own = MeetupGuest { answer, answered_at: app.now(), rev: own.rev + 1, ..own };
        let mut guests = next_guests(app, id, &of_others).await?;
        guests.push((before, own.clone()));
        let writes = app.storage().seat_writes(id, Some((seats.rev, &next)), &guests)?;
        match app.storage().transact(writes).await {
            Err(StorageError::Changed) => backoff(attempt).await?,
            other => return Ok(other.map(|()| page(meetup, &next, Viewer::Other(Some(own))))?),
        }
    }
    Err(StorageError::Changed.into())
}

/// All guests, for the host; or those who come, by their names only, for guests of a meetup that shows them.
///
/// # Errors
/// There is no such meetup, it is not the caller's and does not show its guests, or the database fails.
pub(crate) async fn list(app: &App, caller: &MeetupCaller, id: &MeetupId) -> Result<Vec<MeetupGuest>, CommandError> {
    let (meetup, guest) = visible(app, caller, id).await?;
    let is_host = meetup.is_host(caller.actor());
    if !(is_host || meetup.details.shows_guests && guest.is_some()) {
        return Err(meetup_error(MeetupRefusal::NotHost));
    }
    let mut guests = app.storage().meetup_guests(id).await?;
    if !is_host {
        guests.retain(|guest| matches!(guest.answer, GuestAnswer::Going { .. }));
        guests.iter_mut().for_each(|guest| guest.person = None);
    }
    Ok(guests)
}

/// Removes a guest: their seats are free again. Succeeds if there is no such guest.
///
/// # Errors
/// There is no such meetup, it is not the caller's, or the database fails.
pub(crate) async fn remove(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    key: &GuestKey,
) -> Result<(), CommandError> {
    for attempt in 0..ANSWER_TRIES {
        hosted(app, caller, id, Precondition::Any).await?;
        let Some(guest) = app.storage().meetup_guest(id, key).await? else { return Ok(()) };
        let seats = seats(app, id).await?;
        let declined = seats.answer(key, guest.answer, Wish::Decline).map_err(seats_error)?;
        let (next, answers) = declined.unwrap_or_else(|| (Seats { rev: seats.rev + 1, ..seats.clone() }, Vec::new()));
        let others: Vec<NextAnswer> = answers.into_iter().filter(|(of, _)| of != key).collect();
        let guests = next_guests(app, id, &others).await?;
        let mut writes = app.storage().seat_writes(id, Some((seats.rev, &next)), &guests)?;
        writes.extend(app.storage().guest_deletions(id, &guest)?);
        match app.storage().transact(writes).await {
            Err(StorageError::Changed) => backoff(attempt).await?,
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}

/// Gives free seats to guests who wait. May be called at any time, and twice.
///
/// # Errors
/// The database fails.
pub(crate) async fn advance_seats(app: &App, id: &MeetupId) -> Result<(), StorageError> {
    for _ in 0..TRIES {
        let Some(seats) = app.storage().seats(id).await? else { return Ok(()) };
        let Some((next, answers)) = seats.advance() else { return Ok(()) };
        let guests = next_guests(app, id, &answers).await?;
        let writes = app.storage().seat_writes(id, Some((seats.rev, &next)), &guests)?;
        match app.storage().transact(writes).await {
            Err(StorageError::Changed) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed)
}

/// The guests with these answers, as they are written.
pub(crate) async fn next_guests(
    app: &App,
    id: &MeetupId,
    answers: &[NextAnswer],
) -> Result<Vec<NextGuest>, StorageError> {
    let keys: Vec<&GuestKey> = answers.iter().map(|(key, _)| key).collect();
    let guests = app.storage().meetup_guests_with(id, &keys).await?;
    let next = |(key, answer): &NextAnswer| {
        let guest = guests.iter().find(|guest| guest.key == *key)?.clone();
        Some((Some(guest.rev), MeetupGuest { answer: *answer, rev: guest.rev + 1, ..guest }))
    };
    // Without one of the guests the seats and the guests have changed since: the caller reads both again.
    answers.iter().map(next).collect::<Option<Vec<_>>>().ok_or(StorageError::Changed)
}

/// A guest who has not answered yet.
fn new_guest(
    app: &App,
    caller: &MeetupCaller,
    meetup: &Meetup,
    name: Option<&PersonName>,
) -> Result<MeetupGuest, CommandError> {
    let person = caller.actor().ids().next().ok_or_else(|| meetup_error(MeetupRefusal::NoIdentity))?;
    let of_account = caller.member.as_ref().map(|member| &member.name);
    let name = of_account.or(name).ok_or_else(|| meetup_error(MeetupRefusal::NoName))?;
    let origin = match meetup.details.visibility {
        Visibility::Public => GuestOrigin::Public,
        Visibility::Private | Visibility::Unlisted => GuestOrigin::Link,
    };
    Ok(MeetupGuest {
        key: ids::short()?,
        name: name.clone(),
        person: Some(person.clone()),
        origin,
        answer: GuestAnswer::None,
        answered_at: app.now(),
        rev: 0,
    })
}
