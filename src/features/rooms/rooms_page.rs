//! All rooms: join one, run one's own, create one.

use domain::person::PersonId;
use domain::room::Room;
use domain::topic::Topic;
use leptos::prelude::*;

use super::join_forms::{JoinCodeForm, SignInForm};
use super::new_room_form::NewRoomForm;
use super::room_list::{RoomGroup, RoomKey, RoomLists};
use super::room_row::{OwnRoomRow, RoomRow};
use super::texts;
use crate::auth::Session;
use crate::live::use_topic;
use crate::platform::focus;
use crate::ui::{Dialog, EmptyState, PageHeading, PageSkeleton, PageTitle, RowSkeletons, TopicView};

/// The page.
#[component]
pub(crate) fn RoomsPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let member: Memo<Option<PersonId>> = Memo::new(move |_| session.member().map(|member| member.id));
    let is_settled = Memo::new(move |_| session.is_settled());
    let is_creating = RwSignal::new(false);
    let list = move || match member.get() {
        Some(person) => view! { <MemberRooms person is_creating/> }.into_any(),
        None if !is_settled.get() => view! { <PageSkeleton/> }.into_any(),
        None if session.can_sign_in() => {
            view! { <SignInForm text=texts::SIGN_IN_FOR_ROOMS is_secondary=true/> }.into_any()
        }
        None => view! { <p class="hint">{texts::NO_SIGN_IN}</p> }.into_any(),
    };
    let is_member = Memo::new(move |_| member.with(Option::is_some));
    view! {
        <PageTitle title=texts::ROOMS/>
        <div class="column rooms">
            <PageHeading title=texts::ROOMS>
                {move || is_member.get().then(|| view! { <NewRoomButton is_creating is_primary=false/> })}
            </PageHeading>
            <section class="panel" aria-label=texts::JOIN_A_ROOM>
                <JoinCodeForm/>
            </section>
            {list}
        </div>
    }
}

/// Opens the dialog that creates a room.
#[component]
fn NewRoomButton(is_creating: RwSignal<bool>, is_primary: bool) -> impl IntoView {
    view! {
        <button type="button" class="new-room" class:primary=is_primary on:click=move |_| is_creating.set(true)>
            {texts::NEW_ROOM}
        </button>
    }
}

/// The rooms that a member sees: their own, and those of other members that are not private.
#[component]
fn MemberRooms(person: PersonId, is_creating: RwSignal<bool>) -> impl IntoView {
    let rooms = use_topic::<Room>(Topic::Rooms);
    let private = use_topic::<Room>(Topic::OwnRooms(person.clone()));
    let creator = person.clone();
    let lists = Memo::new(move |_| RoomLists::of(rooms.list(), private.list(), &person));
    let own = Memo::new(move |_| lists.with(|lists| lists.own.clone()));
    let others = Memo::new(move |_| lists.with(|lists| lists.others.clone()));
    let has_own = Memo::new(move |_| own.with(|own| !own.is_empty()));
    let find = move |(id, is_private): RoomKey| if is_private { private.entry(&id) } else { rooms.entry(&id) };
    let own_row = move |key| find(key).map(|room| view! { <OwnRoomRow room=room.into()/> }.into_any()).into_any();
    let other_row = move |key| find(key).map(|room| view! { <RoomRow room=room.into()/> }.into_any()).into_any();
    let no_own = move || {
        view! {
            <EmptyState title=texts::NO_ROOMS body=texts::NO_ROOMS_BODY>
                <div class="actions"><NewRoomButton is_creating is_primary=true/></div>
            </EmptyState>
        }
    };
    view! {
        <TopicView topic=rooms loading=|| view! { <RowSkeletons/> } denied=texts::ROOMS_DENIED>
            <RoomSection id="own-rooms" title=texts::YOUR_ROOMS group=own row=own_row empty=no_own/>
            <RoomSection
                id="open-rooms"
                title=texts::OPEN_ROOMS
                group=others
                row=other_row
                empty=move || view! { <p class="hint">{move || texts::no_open_rooms(has_own.get())}</p> }
            />
        </TopicView>
        <Dialog open=is_creating title=texts::NEW_ROOM>
            <NewRoomForm person=creator.clone() is_open=is_creating/>
        </Dialog>
    }
}

/// Some of the rooms under a heading; the closed ones are folded.
#[component]
fn RoomSection(
    /// The id of its heading.
    id: &'static str,
    /// Its heading.
    title: &'static str,
    /// The rooms.
    group: Memo<RoomGroup>,
    /// Draws one of them.
    row: impl Fn(RoomKey) -> AnyView + Copy + Send + Sync + 'static,
    /// Shown where there is no room.
    #[prop(into)]
    empty: ViewFn,
) -> impl IntoView {
    let rows = move |keys: fn(&RoomGroup) -> &Vec<RoomKey>| {
        let each = move || {
            focus::keep();
            group.with(|group| keys(group).clone())
        };
        view! {
            <ul class="rows" role="list"><For each key=RoomKey::clone let:key>{row(key)}</For></ul>
        }
    };
    let is_empty = Memo::new(move |_| group.with(RoomGroup::is_empty));
    let has_closed = Memo::new(move |_| group.with(|group| !group.closed.is_empty()));
    let content = move || {
        let is_empty = is_empty.get();
        focus::keep();
        match is_empty {
            true => empty.run(),
            false => rows(|group| &group.open).into_any(),
        }
    };
    let closed = move || {
        has_closed.get().then(|| {
            view! {
                <details class="closed-rooms">
                    <summary>{texts::CLOSED_ROOMS}</summary>
                    {rows(|group| &group.closed)}
                </details>
            }
        })
    };
    view! {
        <section class="room-list" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {content}
            {closed}
        </section>
    }
}
