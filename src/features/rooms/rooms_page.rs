//! All rooms: join one, create one.

use domain::person::PersonId;
use domain::room::Room;
use domain::topic::Topic;
use leptos::prelude::*;

use super::join_forms::{JoinCodeForm, SignInForm};
use super::new_room_form::NewRoomForm;
use super::room_list::RoomLists;
use super::room_view::state_name;
use super::texts;
use crate::auth::Session;
use crate::live::{TopicStore, use_topic};
use crate::platform::focus;
use crate::routes::Path;
use crate::ui::{EmptyState, PageHeading, PageSkeleton, PageTitle, TopicView};

/// The page.
#[component]
pub(crate) fn RoomsPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let member: Memo<Option<PersonId>> = Memo::new(move |_| session.member().map(|member| member.id));
    let is_settled = Memo::new(move |_| session.is_settled());
    let list = move || match member.get() {
        Some(person) => view! { <MemberRooms person/> }.into_any(),
        None if is_settled.get() => {
            let body = if session.can_sign_in() { texts::ENTER_CODE_OR_SIGN_IN } else { texts::ENTER_CODE };
            view! { <EmptyState title=texts::ROOMS_FOR_MEMBERS body/> }.into_any()
        }
        None => view! { <PageSkeleton/> }.into_any(),
    };
    view! {
        <PageTitle title=texts::ROOMS/>
        <PageHeading title=texts::ROOMS/>
        <div class="rooms-ways">
            <section class="panel" aria-label=texts::JOIN>
                <JoinCodeForm/>
            </section>
            <NewRoomPanel/>
        </div>
        {list}
    }
}

/// The rooms that a member sees: their own private ones, and all that are not private.
#[component]
fn MemberRooms(person: PersonId) -> impl IntoView {
    let rooms = use_topic::<Room>(Topic::Rooms);
    let private = use_topic::<Room>(Topic::OwnRooms(person));
    let has_private = Memo::new(move |_| !private.is_empty());
    let own = move || {
        let has_private = has_private.get();
        focus::keep();
        has_private.then(|| view! { <RoomList rooms=private is_private=true/> })
    };
    view! {
        {own}
        <TopicView
            topic=rooms
            loading=|| view! { <PageSkeleton/> }
            denied=texts::ROOMS_DENIED
            empty=move || view! { <NoRooms has_private/> }
        >
            <RoomList rooms is_private=false/>
        </TopicView>
    }
}

/// There is no room that is not private.
#[component]
fn NoRooms(
    /// Whether the member has private rooms, which are listed above.
    has_private: Memo<bool>,
) -> impl IntoView {
    move || (!has_private.get()).then(|| view! { <EmptyState title=texts::NO_ROOMS body=texts::NO_ROOMS_MEMBER/> })
}

/// Creates a room, or says who can.
#[component]
fn NewRoomPanel() -> impl IntoView {
    let session = expect_context::<Session>();
    let member: Memo<Option<PersonId>> = Memo::new(move |_| session.member().map(|member| member.id));
    let content = move || match member.get() {
        Some(person) => view! { <NewRoomForm person/> }.into_any(),
        None if session.can_sign_in() => view! { <SignInForm text=texts::SIGN_IN_TO_CREATE/> }.into_any(),
        None => view! { <p>{texts::NO_SIGN_IN}</p> }.into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="new-room">
            <h2 id="new-room">{texts::NEW_ROOM}</h2>
            {content}
        </section>
    }
}

/// The rooms that there are; the closed ones are folded.
#[component]
fn RoomList(
    rooms: TopicStore<Room>,
    /// Whether these are the member's own private rooms.
    is_private: bool,
) -> impl IntoView {
    let lists = Memo::new(move |_| RoomLists::of(rooms.list()));
    let rows = move |is_closed: bool| {
        let ids = move || {
            focus::keep();
            lists.with(|lists| if is_closed { lists.closed.clone() } else { lists.open.clone() })
        };
        view! {
            <ul class="rows" role="list">
                <For each=ids key=String::clone let:id>
                    {rooms.entry(&id).map(|room| view! { <RoomRow room=room.into()/> })}
                </For>
            </ul>
        }
    };
    let has_open = Memo::new(move |_| lists.with(|lists| !lists.open.is_empty()));
    let has_closed = Memo::new(move |_| lists.with(|lists| !lists.closed.is_empty()));
    let label = if is_private { texts::PRIVATE_ROOMS } else { texts::ROOMS };
    view! {
        <section class="panel room-list" aria-label=label>
            {is_private.then(|| view! { <h2>{label}</h2> })}
            {move || match has_open.get() {
                true => rows(false).into_any(),
                false => view! { <p class="hint">{texts::NO_OPEN_ROOMS}</p> }.into_any(),
            }}
            {move || {
                let summary = texts::CLOSED_ROOMS;
                has_closed.get().then(|| view! { <details><summary>{summary}</summary>{rows(true)}</details> })
            }}
        </section>
    }
}

/// A room in the list: a link to it, how far it is, and who runs it.
#[component]
fn RoomRow(room: Signal<Room>) -> impl IntoView {
    let id = room.with_untracked(|room| room.id.clone());
    let (row_id, path) = (id.to_string(), Path::Room(id).to_string());
    view! {
        <li class="room-row" data-room=row_id data-state=move || room.with(|room| state_name(room.state))>
            <a class="room-link" href=path dir="auto">{move || room.with(|room| room.name.to_string())}</a>
            <span class="row-detail">
                {move || room.with(|room| texts::room_state(room.state, false))}
                " · "
                <bdi>{move || room.with(|room| room.creator_name.to_string())}</bdi>
            </span>
        </li>
    }
}
