//! One room as its host runs it: the question library beside the room, who is here, who answered what.

use domain::answer::Presence;
use domain::person::PersonId;
use domain::room::{RoomId, RoomRefusal, RoomState};
use domain::topic::Topic;
use leptos::prelude::*;

use super::current_question::CurrentQuestion;
use super::people_panel::PeoplePanel;
use super::question_picker::QuestionPicker;
use super::room_settings::RoomSettings;
use super::score_sheet::Scores;
use super::stage::Stage;
use super::texts;
use crate::auth::Session;
use crate::features::rooms::join_info::{HostJoinInfo, Invitation};
use crate::features::rooms::texts as room_texts;
use crate::features::rooms::{RoomHandle, use_room};
use crate::features::sign_in::SignInFirst;
use crate::live::{TopicStore, use_topic};
use crate::platform::focus;
use crate::routes::Path;
use crate::ui::{ActionLink, EmptyState, PageHeading, PageSkeleton, PageTitle};

/// What the parts of the panel share.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    /// The room's id.
    pub(super) id: StoredValue<RoomId>,
    /// The host's id.
    pub(super) host: StoredValue<PersonId>,
    /// The room.
    pub(super) room: RoomHandle,
    /// Who is in the room now.
    pub(super) people: TopicStore<Presence>,
    /// Whether the room is closed.
    pub(super) is_closed: Memo<bool>,
    /// The number of the question that this page has picked, until the room shows it.
    pub(super) awaited_pick: RwSignal<Option<u32>>,
}

/// What stands in the page's heading, set by the part of the page that knows it.
#[derive(Clone, Copy)]
struct Heading {
    name: RwSignal<String>,
    state: RwSignal<&'static str>,
}

/// The page.
#[component]
pub(crate) fn HostPage(
    /// The room's id.
    id: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let member = Memo::new(move |_| session.member().map(|member| member.id));
    let is_settled = Memo::new(move |_| session.is_settled());
    let heading = Heading { name: RwSignal::new(String::new()), state: RwSignal::new("") };
    let name = move || match heading.name.get() {
        name if name.is_empty() => texts::HOST_PANEL.to_owned(),
        name => name,
    };
    view! {
        <PageTitle title=Signal::derive(move || heading.name.with(|name| texts::host_title(name)))/>
        <PageHeading title=Signal::derive(name)>
            <p class="page-summary">{move || heading.state.get()}</p>
        </PageHeading>
        {move || match member.get() {
            Some(member) => view! { <HostedRoom id=id.clone() member heading/> }.into_any(),
            None if is_settled.get() => view! { <SignInFirst/> }.into_any(),
            None => view! { <PageSkeleton/> }.into_any(),
        }}
    }
}

/// The room, if the member runs it.
#[component]
fn HostedRoom(id: RoomId, member: PersonId, heading: Heading) -> impl IntoView {
    let room = use_room(&id);
    let stage = Memo::new(move |_| room.view.with(|view| Stage::of_host(view, room.is_host.get())));
    Effect::new(move |_| {
        let (is_ready, is_known) =
            stage.with(|stage| (*stage == Stage::Ready, matches!(stage, Stage::Ready | Stage::Deleted)));
        let state = room.room.with(|room| room.as_ref().map(|room| room.state));
        let state = state.map_or("", |state| room_texts::room_state(state, room.is_time_up()));
        heading.name.set(if is_known { room.name.get() } else { String::new() });
        heading.state.set(if is_ready { state } else { "" });
    });
    on_cleanup(move || {
        heading.name.try_set(String::new());
        heading.state.try_set("");
    });
    let (id, member) = (StoredValue::new(id), StoredValue::new(member));
    move || {
        let stage = stage.get();
        // Everything on the page is replaced, also what has the focus.
        focus::keep();
        match stage {
            Stage::Loading => view! { <PageSkeleton/> }.into_any(),
            Stage::Ready => view! { <Desk id host=member room/> }.into_any(),
            Stage::NotHost => view! {
                <EmptyState title=texts::NOT_HOST body=texts::NOT_HOST_BODY>
                    <ActionLink href=Path::Room(id.get_value()).to_string() label=texts::OPEN_ROOM/>
                </EmptyState>
            }
            .into_any(),
            Stage::Denied(why) => {
                // The room's own page takes its code.
                let (href, label) = match why == RoomRefusal::Private.to_string() {
                    true => (Path::Room(id.get_value()), texts::OPEN_ROOM),
                    false => (Path::Rooms, texts::ALL_ROOMS),
                };
                view! { <EmptyState title=texts::DENIED body=why><ActionLink href=href.to_string() label/></EmptyState> }
                    .into_any()
            }
            Stage::Deleted => view! { <Deleted/> }.into_any(),
        }
    }
}

/// What is shown of a room that is deleted.
#[component]
pub(super) fn Deleted() -> impl IntoView {
    view! {
        <EmptyState title=texts::DELETED body=texts::DELETED_BODY>
            <ActionLink href=Path::Rooms.to_string() label=texts::ALL_ROOMS/>
        </EmptyState>
    }
}

/// Everything that the host works with.
#[component]
fn Desk(id: StoredValue<RoomId>, host: StoredValue<PersonId>, room: RoomHandle) -> impl IntoView {
    let people = use_topic::<Presence>(Topic::People(id.get_value()));
    let is_closed = Memo::new(move |_| {
        room.room.with(|room| room.as_ref().is_some_and(|room| room.state == RoomState::RoomClosed))
    });
    let panel = Panel { id, host, room, people, is_closed, awaited_pick: RwSignal::new(None) };
    let invitation = Memo::new(move |_| room.room.with(|room| room.as_ref().and_then(Invitation::of)));
    let join_info = move || {
        // Read, not only tracked: a memo that was never read follows nothing.
        _ = invitation.get();
        room.room.get_untracked().map(|room| view! { <HostJoinInfo room/> })
    };
    let has_picks = Memo::new(move |_| room.room.with(|room| room.as_ref().is_some_and(|room| room.picks > 0)));
    view! {
        <div class="control" data-room=id.with_value(RoomId::to_string) data-state=move || room.state_name()>
            <div class="control-columns">
                <QuestionPicker panel/>
                <div class="control-room">
                    {join_info}
                    <CurrentQuestion panel/>
                    <PeoplePanel panel/>
                    {move || has_picks.get().then(|| view! { <Scores id=id.get_value() room/> })}
                    <RoomSettings panel/>
                </div>
            </div>
        </div>
    }
    .into_any()
}
