//! A meetup as a caller sees it.

use domain::meetup::seats::Seats;
use domain::meetup::{GuestAnswer, Meetup, MeetupGuest};
use protocol::meetups::MeetupPage;

use crate::markdown;

/// The caller of a request for a meetup that it may see.
pub(crate) enum Viewer {
    /// Its host.
    Host,
    /// A guest, or another caller.
    Other(Option<MeetupGuest>),
}

/// The meetup as this caller sees it. Only the host and guests who come get the address of the video meeting.
pub(crate) fn page(meetup: Meetup, seats: &Seats, viewer: Viewer) -> MeetupPage {
    let (is_host, guest) = match viewer {
        Viewer::Host => (true, None),
        Viewer::Other(guest) => (false, guest),
    };
    let is_coming = guest.as_ref().is_some_and(|guest| matches!(guest.answer, GuestAnswer::Going { .. }));
    let position = guest
        .as_ref()
        .and_then(|guest| seats.waiting.iter().position(|waiting| waiting.guest == guest.key))
        .and_then(|position| u32::try_from(position + 1).ok());
    MeetupPage {
        description_html: markdown::render(meetup.details.description.as_str()),
        meetup: if is_host || is_coming { meetup } else { meetup.public() },
        seats: seats.view(),
        is_host,
        guest,
        wait_position: position,
    }
}
