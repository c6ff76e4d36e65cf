//! One room as it is projected: how to join, the question, the results. Readable from the back row. Key: `f` fills the screen.

use domain::room::{RoomId, RoomState};
use leptos::prelude::*;

use super::host_page::Deleted;
use super::projected_question::ProjectedQuestion;
use super::stage::Stage;
use super::texts;
use crate::app::shortcuts::{KeyHint, use_shortcuts};
use crate::auth::Session;
use crate::features::rooms::join_info::{Invitation, JoinInfo};
use crate::features::rooms::{RoomHandle, use_room};
use crate::features::sign_in::SignInFirst;
use crate::platform::fullscreen;
use crate::routes::Path;
use crate::ui::{ActionLink, EmptyState, PageHeading, PageSkeleton, PageTitle};

/// The page.
#[component]
pub(crate) fn ProjectorPage(
    /// The room's id.
    id: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let person = Memo::new(move |_| session.person().map(|person| person.id));
    let is_settled = Memo::new(move |_| session.is_settled());
    use_shortcuts(|key| {
        let is_meant = key == "f";
        if is_meant {
            fullscreen::toggle();
        }
        is_meant
    });
    let content = move || match person.get() {
        Some(_) => view! { <ProjectedRoom id=id.clone()/> }.into_any(),
        None if is_settled.get() => view! {
            <PageTitle title=texts::PROJECTOR/>
            <PageHeading title=texts::PROJECTOR/>
            <SignInFirst/>
        }
        .into_any(),
        None => view! { <PageSkeleton/> }.into_any(),
    };
    view! { <div class="screen">{content}</div> }
}

#[component]
fn ProjectedRoom(id: RoomId) -> impl IntoView {
    let room = use_room(&id);
    let stage = Memo::new(move |_| room.view.with(Stage::of_projector));
    let id = StoredValue::new(id);
    let content = move || match stage.get() {
        Stage::Loading => view! { <PageHeading title=texts::PROJECTOR/><PageSkeleton/> }.into_any(),
        Stage::Ready | Stage::NotHost => view! { <Projection id room/> }.into_any(),
        Stage::Denied(why) => view! {
            <PageHeading title=texts::PROJECTOR/>
            <EmptyState title=texts::DENIED body=why>
                <ActionLink href=Path::Rooms.to_string() label=texts::ALL_ROOMS/>
            </EmptyState>
        }
        .into_any(),
        Stage::Deleted => view! { <PageHeading title=texts::PROJECTOR/><Deleted/> }.into_any(),
    };
    view! {
        <PageTitle title=Signal::derive(move || texts::projector_title(&room.name.get()))/>
        {content}
    }
}

#[component]
fn Projection(id: StoredValue<RoomId>, room: RoomHandle) -> impl IntoView {
    // A closed room has no invitation.
    let invitation = Memo::new(move |_| room.room.with(|room| room.as_ref().and_then(Invitation::of)));
    let is_closed = Memo::new(move |_| {
        room.room.with(|room| room.as_ref().is_some_and(|room| room.state == RoomState::RoomClosed))
    });
    let content = move || match room.current.get() {
        Some(pick) => view! { <ProjectedQuestion pick room/> }.into_any(),
        None => {
            let text = move || if is_closed.get() { texts::THANKS } else { texts::WAITING };
            view! { <p class="screen-waiting">{text}</p> }.into_any()
        }
    };
    view! {
        <div class="screen-room" data-room=id.with_value(RoomId::to_string) data-state=move || room.state_name()>
            <div class="screen-head">
                <h1 tabindex="-1" dir="auto">{move || room.name.get()}</h1>
                {move || invitation.get().map(|invitation| view! { <JoinInfo invitation/> })}
            </div>
            {content}
            <button type="button" class="screen-full" on:click=|_| fullscreen::toggle()>
                {texts::FULL_SCREEN}
                <KeyHint text=texts::KEY_F/>
            </button>
        </div>
    }
    .into_any()
}
