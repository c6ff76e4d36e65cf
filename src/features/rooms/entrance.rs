//! What a visitor who is not in a room sees of it: how to join, or why they cannot. They see the room's name after they have shown a code
//! or link that opens it.

use domain::room::{EntryKey, Room, RoomId, RoomState};
use leptos::prelude::*;
use protocol::rooms::RoomStatus;

use super::join_forms::{GuestForm, RoomCodeForm, SignInForm};
use super::room_bar::RoomBar;
use super::{entry_key, texts};
use crate::api;
use crate::auth::Session;
use crate::paths::Path;
use crate::platform::focus;
use crate::ui::{ActionLink, EmptyState, Loaded, Loader, PageSkeleton, PageTitle};

/// How a visitor comes into a room.
#[derive(Debug, Clone, PartialEq, Eq)]
enum EntranceState {
    /// It is not known yet whether they have what opens it.
    Loading,
    /// The server could not be reached; the sentence says why.
    Failed(String),
    /// What they have does not open it; the sentence says why.
    WrongKey(String),
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

impl EntranceState {
    fn of(room: &Loaded<Room>, can_sign_in: bool) -> Self {
        match room {
            Loaded::Loading => Self::Loading,
            Loaded::Failed(error) => match error.status() {
                403 => Self::WrongKey(error.to_string()),
                404 => Self::NotFound,
                _ => Self::Failed(error.to_string()),
            },
            Loaded::Ready(room) if room.state == RoomState::RoomClosed => Self::Closed { can_sign_in },
            Loaded::Ready(room) => Self::Open { as_guest: room.guests_allowed, can_sign_in },
        }
    }
}

/// The page of a room for a visitor who is not in it.
#[component]
pub(super) fn Entrance(
    /// The room.
    id: RoomId,
) -> impl IntoView {
    let key = RwSignal::new(entry_key::load(&id));
    let id = StoredValue::new(id);
    let show = move |next: EntryKey| {
        entry_key::store(&id.get_value(), Some(&next));
        // The form goes.
        focus::keep();
        key.set(Some(next));
    };
    move || match key.get() {
        None => view! {
            <PageTitle title=texts::ROOM/>
            <Frame title=Signal::stored(texts::ROOM.to_owned())>
                <CodeStep id=id.get_value() on_enter=show/>
            </Frame>
        }
        .into_any(),
        Some(key) => view! { <JoinPanel id=id.get_value() key on_enter=show/> }.into_any(),
    }
}

/// The room's bar with what the visitor sees below it.
#[component]
fn Frame(#[prop(into)] title: Signal<String>, children: Children) -> impl IntoView {
    view! {
        <div class="room">
            <RoomBar title/>
            <div class="room-column">{children()}</div>
        </div>
    }
}

/// For a visitor who has nothing that opens the room: requests the code, unless the room is over or does not exist.
#[component]
fn CodeStep(id: RoomId, #[prop(into)] on_enter: Callback<EntryKey>) -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = id.clone();
    let status = Loader::new(move || {
        let id = shown.clone();
        Box::pin(async move { api::rooms::status(&id).await })
    });
    let step = Memo::new(move |_| status.with(CodeEntry::of));
    move || {
        let step = step.get();
        focus::keep();
        match step {
            CodeEntry::Loading => view! { <PageSkeleton/> }.into_any(),
            CodeEntry::NotFound => view! { <RoomNotFound is_deleted=false/> }.into_any(),
            CodeEntry::Closed => view! { <ClosedRoom can_sign_in=session.can_sign_in()/> }.into_any(),
            CodeEntry::Ask => view! {
                <section class="panel" aria-label=texts::BY_CODE><RoomCodeForm id=id.clone() on_enter/></section>
                {session
                    .can_sign_in()
                    .then(|| view! { <SignInForm text=texts::SIGN_IN_WITHOUT_CODE is_secondary=true/> })}
            }
            .into_any(),
        }
    }
}

/// Whether the page requests the join code of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CodeEntry {
    /// It is not known yet how the room is.
    Loading,
    /// There is no such room.
    NotFound,
    /// The room is closed: no code opens it.
    Closed,
    /// The page requests it; also if the server could not be reached, which is reported when the code is sent.
    Ask,
}

impl CodeEntry {
    fn of(status: &Loaded<RoomStatus>) -> Self {
        match status {
            Loaded::Loading => Self::Loading,
            Loaded::Failed(error) if error.status() == 404 => Self::NotFound,
            Loaded::Ready(RoomStatus { is_closed: true }) => Self::Closed,
            Loaded::Failed(_) | Loaded::Ready(_) => Self::Ask,
        }
    }
}

/// The room is over: no one can join it.
#[component]
fn ClosedRoom(
    /// Whether this site has a sign-in.
    can_sign_in: bool,
) -> impl IntoView {
    let body = if can_sign_in { texts::CLOSED_TO_VISITORS } else { texts::CLOSED_TO_ALL };
    view! {
        <EmptyState title=texts::ROOM_CLOSED body>
            <RoomsLink/>
        </EmptyState>
        {can_sign_in.then(|| view! { <SignInForm text=texts::SIGN_IN_FOR_RESULTS is_secondary=true/> })}
    }
}

/// For a visitor who has a join code, or has come by a link.
#[component]
fn JoinPanel(id: RoomId, key: EntryKey, #[prop(into)] on_enter: Callback<EntryKey>) -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = (id.clone(), key.clone());
    let room = Loader::new(move || {
        let (id, key) = shown.clone();
        Box::pin(async move { api::rooms::enter(&id, key).await })
    });
    let state = Memo::new(move |_| room.with(|room| EntranceState::of(room, session.can_sign_in())));
    let title = Signal::derive(move || room.data().map_or(texts::ROOM.to_owned(), |room| room.name.to_string()));
    let content = move || match state.get() {
        EntranceState::Loading => view! { <PageSkeleton/> }.into_any(),
        EntranceState::Failed(why) => view! {
            <EmptyState title=texts::NOT_OPENED body=why>
                <div class="actions">
                    <button type="button" class="primary" on:click=move |_| room.reload()>{texts::TRY_AGAIN}</button>
                </div>
            </EmptyState>
        }
        .into_any(),
        EntranceState::WrongKey(why) => view! {
            <p class="failure" role="alert">{why}</p>
            <CodeStep id=id.clone() on_enter/>
        }
        .into_any(),
        EntranceState::NotFound => view! { <RoomNotFound is_deleted=false/> }.into_any(),
        EntranceState::Closed { can_sign_in } => view! { <ClosedRoom can_sign_in/> }.into_any(),
        EntranceState::Open { as_guest: false, can_sign_in: false } => {
            view! { <EmptyState title=texts::NO_GUESTS body=texts::NO_GUESTS_BODY/> }.into_any()
        }
        EntranceState::Open { as_guest, can_sign_in } => {
            let (id, key) = (id.clone(), key.clone());
            let guests = as_guest.then(|| {
                view! { <section class="panel" aria-label=texts::AS_GUEST><GuestForm id key/></section> }
            });
            let text = if as_guest { texts::HAVE_ACCOUNT } else { texts::SIGN_IN_TO_JOIN };
            view! {
                {guests}
                {can_sign_in.then(|| view! { <SignInForm text is_secondary=as_guest/> })}
            }
            .into_any()
        }
    };
    view! {
        <PageTitle title/>
        <Frame title>{content}</Frame>
    }
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
            <RoomsLink/>
        </EmptyState>
    }
}

/// Leads to the page of all rooms. Only members see rooms there; other users join one with its code.
#[component]
pub(super) fn RoomsLink() -> impl IntoView {
    let session = expect_context::<Session>();
    let is_member = Memo::new(move |_| session.member().is_some());
    move || view! { <ActionLink href=Path::Rooms.to_string() label=texts::rooms_link(is_member.get())/> }
}

#[cfg(test)]
mod tests {
    use protocol::envelope::{ApiError as Reason, ErrorCode};

    use super::super::room_view::tests::room;
    use super::*;
    use crate::api::ApiError;

    fn state(room: Room, can_sign_in: bool) -> EntranceState {
        EntranceState::of(&Loaded::Ready(room), can_sign_in)
    }

    fn refused(status: u16) -> EntranceState {
        let errors = vec![Reason::new(ErrorCode::Forbidden, "No.")];
        EntranceState::of(&Loaded::Failed(ApiError::Rejected { status, errors }), true)
    }

    #[test]
    fn guests_join_an_open_room_that_takes_guests() {
        let open = room("question_open", 1);
        assert_eq!(state(open.clone(), true), EntranceState::Open { as_guest: true, can_sign_in: true });
        let no_guests = Room { guests_allowed: false, ..open };
        assert_eq!(state(no_guests, false), EntranceState::Open { as_guest: false, can_sign_in: false });
    }

    #[test]
    fn a_closed_room_says_that_it_is_closed_to_all() {
        for guests_allowed in [true, false] {
            let room = Room { guests_allowed, ..room("room_closed", 1) };
            assert_eq!(state(room, true), EntranceState::Closed { can_sign_in: true });
        }
    }

    #[test]
    fn no_code_is_requested_if_none_opens_the_room() {
        let status = |is_closed| CodeEntry::of(&Loaded::Ready(RoomStatus { is_closed }));
        assert_eq!((status(true), status(false)), (CodeEntry::Closed, CodeEntry::Ask));
        let failed = |status| CodeEntry::of(&Loaded::Failed(ApiError::Rejected { status, errors: Vec::new() }));
        assert_eq!((failed(404), failed(429)), (CodeEntry::NotFound, CodeEntry::Ask));
        assert_eq!(CodeEntry::of(&Loaded::Loading), CodeEntry::Loading);
    }

    #[test]
    fn a_wrong_key_differs_from_an_unreachable_server() {
        assert_eq!(EntranceState::of(&Loaded::Loading, true), EntranceState::Loading);
        assert_eq!((refused(403), refused(404)), (EntranceState::WrongKey("No.".to_owned()), EntranceState::NotFound));
        assert_eq!(refused(429), EntranceState::Failed("No.".to_owned()));
        assert!(matches!(EntranceState::of(&Loaded::Failed(ApiError::Unreachable), true), EntranceState::Failed(_)));
    }
}
