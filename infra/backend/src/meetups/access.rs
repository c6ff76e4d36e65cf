//! The meetup that a request is about, and its caller. The rules are in `domain::meetup`.

use domain::meetup::seats::{Seats, SeatsRefusal};
use domain::meetup::{Meetup, MeetupActor, MeetupGuest, MeetupId, MeetupRefusal};
use domain::person::{Member, PersonId};
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::{CommandError, Precondition};

/// The identities of a request's caller: a member by the token, a browser by its key, both, or none.
#[derive(Debug, Clone, Default)]
pub(crate) struct MeetupCaller {
    /// The member.
    pub(crate) member: Option<Member>,
    /// The id of the browser.
    pub(crate) visitor: Option<PersonId>,
}

impl MeetupCaller {
    /// The same, for the rules.
    pub(crate) const fn actor(&self) -> MeetupActor<'_> {
        MeetupActor { member: self.member.as_ref(), visitor: self.visitor.as_ref() }
    }
}

/// A meetup that the caller may see, and the caller as its guest.
pub(crate) async fn visible(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
) -> Result<(Meetup, Option<MeetupGuest>), CommandError> {
    let storage = app.storage();
    let meetup = storage.meetup(id).await?.ok_or_else(|| meetup_error(MeetupRefusal::NotFound))?;
    let mut guest = None;
    // A member may have answered in this browser before they signed in.
    for person in caller.actor().ids() {
        if guest.is_none()
            && let Some(key) = storage.guest_key(id, person).await?
        {
            guest = storage.meetup_guest(id, &key).await?;
        }
    }
    if !meetup.is_visible(caller.actor(), guest.is_some()) {
        return Err(meetup_error(MeetupRefusal::NotFound));
    }
    Ok((meetup, guest))
}

/// A meetup of which the caller is the host, if the precondition holds. Others do not learn whether a meetup exists that they may not see.
pub(crate) async fn hosted(
    app: &App,
    caller: &MeetupCaller,
    id: &MeetupId,
    precondition: Precondition,
) -> Result<Meetup, CommandError> {
    let (meetup, _) = visible(app, caller, id).await?;
    meetup.authorize_host(caller.actor()).map_err(meetup_error)?;
    precondition.check("The event", meetup.rev)?;
    Ok(meetup)
}

/// The seats of a meetup that exists.
pub(crate) async fn seats(app: &App, id: &MeetupId) -> Result<Seats, CommandError> {
    app.storage().seats(id).await?.ok_or_else(|| meetup_error(MeetupRefusal::NotFound))
}

pub(crate) fn meetup_error(refusal: MeetupRefusal) -> CommandError {
    let code = match refusal {
        MeetupRefusal::NotFound => ErrorCode::ResourceNotFound,
        MeetupRefusal::NoIdentity | MeetupRefusal::SignInFirst => ErrorCode::Unauthenticated,
        _ if refusal.is_about_person() => ErrorCode::Forbidden,
        _ => ErrorCode::RuleViolation,
    };
    ApiError::new(code, refusal.to_string()).into()
}

pub(crate) fn seats_error(refusal: SeatsRefusal) -> CommandError {
    ApiError::new(ErrorCode::RuleViolation, refusal.to_string()).into()
}
