//! What a visitor who is not in a room sees of it: how to come in, or why they cannot.

use domain::room::{Room, RoomId, RoomState};
use domain::topic::Topic;
use leptos::prelude::*;

use super::join_forms::{GuestForm, SignInForm};
use super::texts;
use crate::auth::Session;
use crate::live::{TopicState, use_topic};
use crate::routes::Path;
use crate::ui::{ActionLink, EmptyState, PageHeading, PageSkeleton, PageTitle};

/// How a visitor comes into a room.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// It is not known yet whether there is such a room.
    Loading,
    /// The server does not list the rooms; the sentence says why.
    Denied(String),
    /// There is no such room.
    NotFound,
    /// The room is closed: only members can look at it.
    Closed {
        /// Whether this site has a sign-in.
        can_sign_in: bool,
    },
    /// The room is open.
    Open {
        /// Whether they can join with a nickname.
        as_guest: bool,
        /// Whether they can sign in.
        can_sign_in: bool,
    },
}

impl Entry {
    fn of(state: &TopicState, room: Option<&Room>, can_sign_in: bool) -> Self {
        match (state, room) {
            (_, Some(room)) if room.state == RoomState::RoomClosed => Self::Closed { can_sign_in },
            (_, Some(room)) => Self::Open { as_guest: room.guests_allowed, can_sign_in },
            (TopicState::Loading, None) => Self::Loading,
            (TopicState::Denied(why), None) => Self::Denied(why.clone()),
            (TopicState::Ready, None) => Self::NotFound,
        }
    }
}

/// The page of a room for a visitor who is not in it.
#[component]
pub(super) fn Entrance(
    /// The room.
    id: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let rooms = use_topic::<Room>(Topic::Rooms);
    let key = id.to_string();
    let room = Memo::new(move |_| rooms.get(&key));
    let entry = Memo::new(move |_| room.with(|room| Entry::of(&rooms.state(), room.as_ref(), session.can_sign_in())));
    let name = move || room.with(|room| room.as_ref().map_or(texts::ROOM.to_owned(), |room| room.name.to_string()));
    let title = Signal::derive(name);
    let content = move || match entry.get() {
        Entry::Loading => view! { <PageSkeleton/> }.into_any(),
        Entry::Denied(why) => view! { <EmptyState title=texts::ROOMS_DENIED body=why/> }.into_any(),
        Entry::NotFound => view! { <RoomNotFound is_deleted=false/> }.into_any(),
        Entry::Closed { can_sign_in } => {
            let body = if can_sign_in { texts::CLOSED_TO_VISITORS } else { texts::CLOSED_TO_ALL };
            view! {
                <EmptyState title=texts::ROOM_CLOSED body>
                    <ActionLink href=Path::Rooms.to_string() label=texts::SEE_ALL_ROOMS/>
                </EmptyState>
                {can_sign_in.then(|| view! { <SignInPanel text=texts::SIGN_IN_FOR_RESULTS/> })}
            }
            .into_any()
        }
        Entry::Open { as_guest: false, can_sign_in: false } => {
            view! { <EmptyState title=texts::NO_GUESTS body=texts::NO_GUESTS_BODY/> }.into_any()
        }
        Entry::Open { as_guest, can_sign_in } => {
            let guests = as_guest.then(|| {
                view! { <section class="panel" aria-label=texts::AS_GUEST><GuestForm id=id.clone()/></section> }
            });
            let text = if as_guest { texts::HAVE_ACCOUNT } else { texts::SIGN_IN_TO_JOIN };
            view! { <div class="rooms-ways">{guests}{can_sign_in.then(|| view! { <SignInPanel text/> })}</div> }
                .into_any()
        }
    };
    view! {
        <PageTitle title/>
        <PageHeading title/>
        {content}
    }
}

#[component]
fn SignInPanel(text: &'static str) -> impl IntoView {
    view! { <section class="panel" aria-label=crate::auth::texts::SIGN_IN><SignInForm text/></section> }
}

/// There is no such room, or no longer.
#[component]
pub(super) fn RoomNotFound(
    /// Whether it was there a moment ago.
    is_deleted: bool,
) -> impl IntoView {
    let (title, body) = match is_deleted {
        true => (texts::ROOM_DELETED, texts::ROOM_DELETED_BODY),
        false => (texts::ROOM_NOT_FOUND, texts::ROOM_NOT_FOUND_BODY),
    };
    view! {
        <EmptyState title body>
            <ActionLink href=Path::Rooms.to_string() label=texts::SEE_ALL_ROOMS/>
        </EmptyState>
    }
}

#[cfg(test)]
mod tests {
    use super::super::room_view::tests::room;
    use super::*;

    fn entry(room: &Room, can_sign_in: bool) -> Entry {
        Entry::of(&TopicState::Ready, Some(room), can_sign_in)
    }

    #[test]
    fn guests_join_an_open_room_that_takes_guests() {
        let mut room = room("question_open", 1);
        assert_eq!(entry(&room, true), Entry::Open { as_guest: true, can_sign_in: true });
        room.guests_allowed = false;
        assert_eq!(entry(&room, false), Entry::Open { as_guest: false, can_sign_in: false });
    }

    #[test]
    fn a_closed_room_says_that_it_is_closed_whoever_may_join() {
        for guests_allowed in [true, false] {
            let room = Room { guests_allowed, ..room("room_closed", 1) };
            assert_eq!(entry(&room, true), Entry::Closed { can_sign_in: true });
        }
    }

    #[test]
    fn a_room_that_is_not_listed_is_not_found_only_once_the_list_is_known() {
        let of = |state: &TopicState| Entry::of(state, None, true);
        assert_eq!((of(&TopicState::Loading), of(&TopicState::Ready)), (Entry::Loading, Entry::NotFound));
        assert_eq!(of(&TopicState::Denied("no".to_owned())), Entry::Denied("no".to_owned()));
    }

    #[test]
    fn a_room_that_is_known_stays_while_the_list_is_read_again() {
        let room = room("no_question", 0);
        for state in [TopicState::Loading, TopicState::Denied("no".to_owned())] {
            let expected = Entry::Open { as_guest: true, can_sign_in: false };
            assert_eq!(Entry::of(&state, Some(&room), false), expected, "{state:?}");
        }
    }
}
