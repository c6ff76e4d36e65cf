//! One room as it is projected, in four scenes: how to join, the question, its results, the end. Readable from the back row. Keys: `f` fills
//! the screen, `h` hides how to join; those of remote controls do the host's next step.

use domain::person::PersonId;
use domain::room::RoomId;
use leptos::prelude::*;

use super::controls::{Controls, Counts};
use super::host_page::Deleted;
use super::projected_end::Leaderboard;
use super::projected_question::ProjectedQuestion;
use super::run_list;
use super::stage::Stage;
use super::texts;
use crate::app::shortcuts::{KeyHint, use_shortcuts};
use crate::auth::Session;
use crate::features::rooms::join_info::{Invitation, JoinQrCode};
use crate::features::rooms::{RoomHandle, use_room};
use crate::features::sign_in::SignInFirst;
use crate::paths::Path;
use crate::platform::{fullscreen, idle};
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
    let back = StoredValue::new(Path::Room(id.clone()).to_string());
    let content = move || match person.get() {
        Some(_) => view! { <ProjectedRoom id=id.clone()/> }.into_any(),
        None if is_settled.get() => view! {
            <PageTitle title=texts::PROJECTOR/>
            <Outside>
                <SignInFirst/>
                <p class="way-back"><a href=back.get_value()>{texts::OPEN_ROOM}</a></p>
            </Outside>
        }
        .into_any(),
        None => view! { <PageSkeleton/> }.into_any(),
    };
    view! { <div class="screen">{content}</div> }
}

/// What the projector shows when there is nothing to project.
#[component]
fn Outside(children: Children) -> impl IntoView {
    view! {
        <div class="screen-outside">
            <PageHeading title=texts::PROJECTOR/>
            {children()}
        </div>
    }
}

#[component]
fn ProjectedRoom(id: RoomId) -> impl IntoView {
    let room = use_room(&id);
    let stage = Memo::new(move |_| room.view.with(Stage::of_projector));
    let id = StoredValue::new(id);
    let content = move || match stage.get() {
        Stage::Loading => view! { <Outside><PageSkeleton/></Outside> }.into_any(),
        Stage::Ready | Stage::NotHost => view! { <Projection id room/> }.into_any(),
        Stage::Denied(why) => view! {
            <Outside>
                <EmptyState title=texts::DENIED body=why.message>
                    <ActionLink href=Path::Rooms.to_string() label=texts::ALL_ROOMS/>
                </EmptyState>
            </Outside>
        }
        .into_any(),
        Stage::Deleted => view! { <Outside><Deleted/></Outside> }.into_any(),
    };
    view! {
        <PageTitle title=Signal::derive(move || texts::projector_title(&room.name.get()))/>
        {content}
    }
}

/// What only the host's projector knows of the people in the room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct RoomPeople {
    counts: Counts,
    /// The ids and names of those who are here.
    names: Vec<(String, String)>,
}

#[component]
fn Projection(id: StoredValue<RoomId>, room: RoomHandle) -> impl IntoView {
    let session = expect_context::<Session>();
    // A closed room has no invitation.
    let invitation = Memo::new(move |_| room.room.with(|room| room.as_ref().and_then(Invitation::of)));
    let is_closed = Memo::new(move |_| room.is_closed());
    let (people, is_hidden) = (RwSignal::new(None::<RoomPeople>), RwSignal::new(false));
    use_shortcuts(move |key| match key {
        "f" => {
            fullscreen::toggle();
            true
        }
        "h" => {
            is_hidden.update(|hidden| *hidden = !*hidden);
            true
        }
        _ => false,
    });
    let is_idle = idle::use_idle();
    let host = Memo::new(move |_| session.member().map(|member| member.id).filter(|_| room.is_host.get()));
    let controls = RwSignal::new(None::<Controls>);
    let of_host = move || {
        controls.set(host.get().map(|host| follow_as_host(id.get_value(), host, room, people)));
    };
    let shows_leaderboard = Memo::new(move |_| controls.with(Option::is_some) && room.shows_leaderboard());
    let has_pick = Memo::new(move |_| room.current.with(Option::is_some));
    let scene = Memo::new(move |_| match (shows_leaderboard.get(), has_pick.get(), is_closed.get()) {
        (true, ..) => "leaderboard",
        (false, true, _) => "question",
        (false, false, true) => "end",
        (false, false, false) => "lobby",
    });
    let all = Signal::derive(move || people.with(|people| people.as_ref().map(|people| people.counts.all)));
    let planned = Signal::derive(move || {
        let picked = room.key.get().map(|(number, _)| number)?;
        controls.get().map(|controls| controls.rows.with(|rows| run_list::planned_count(rows, picked)))
    });
    let content = move || match scene.get() {
        "leaderboard" => controls.get_untracked().map(|controls| view! { <Leaderboard controls/> }).into_any(),
        "question" => view! { <ProjectedQuestion room all planned/> }.into_any(),
        "end" => view! { <p class="screen-waiting">{texts::THANKS}</p> }.into_any(),
        _ => view! { <Lobby invitation people/> }.into_any(),
    };
    view! {
        <div
            class="screen-room"
            data-room=id.with_value(RoomId::to_string)
            data-state=move || room.state_name()
            data-scene=move || scene.get()
            data-settling=move || controls.with(|controls| controls.is_some_and(|controls| controls.is_settling.get())).then_some("")
            data-idle=move || is_idle.get().then_some("")
        >
            <div class="screen-head">
                <h1 tabindex="-1" dir="auto">{move || room.name.get()}</h1>
                <button type="button" class="screen-full" on:click=|_| fullscreen::toggle()>
                    {texts::FULL_SCREEN}
                    <KeyHint text=texts::KEY_F/>
                </button>
                {move || invitation.get().filter(|_| scene.get() != "lobby" && !is_hidden.get()).map(|invitation| {
                    view! {
                        <div class="screen-join">
                            <p><span>{invitation.place.clone()}</span>" · "<strong>{invitation.code.to_string()}</strong></p>
                            <JoinQrCode invitation/>
                        </div>
                    }
                })}
            </div>
            {content}
            {of_host}
        </div>
    }
    .into_any()
}

/// If the browser is the host's, the projector knows the people in the room, and takes the keys of remote controls;
/// until the current owner is cleaned up.
fn follow_as_host(id: RoomId, host: PersonId, room: RoomHandle, people: RwSignal<Option<RoomPeople>>) -> Controls {
    let controls = Controls::start(id, host, room);
    controls.count_people();
    controls.use_step_keys();
    Effect::new(move |_| {
        let others = controls.others();
        let name = |id: String| {
            let name = controls.people.entry(&id)?.with(|person| person.name.to_string());
            Some((id, name))
        };
        let names = others.into_iter().filter_map(name).collect();
        let next = Some(RoomPeople { counts: controls.counts.get(), names });
        if people.with_untracked(|people| *people != next) {
            people.set(next);
        }
    });
    on_cleanup(move || _ = people.try_set(None));
    controls
}

/// The number of names that the lobby shows.
const NAMES_SHOWN: usize = 40;

/// Before the first question: how to join, and the people who have joined.
#[component]
fn Lobby(invitation: Memo<Option<Invitation>>, people: RwSignal<Option<RoomPeople>>) -> impl IntoView {
    let names = Memo::new(move |_| {
        people
            .with(|people| {
                people.as_ref().map(|people| people.names.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>())
            })
            .unwrap_or_default()
    });
    let here = Memo::new(move |_| people.with(|people| people.as_ref().map(|people| people.counts.here)));
    let more = move || here.get().map(|here| here.saturating_sub(NAMES_SHOWN)).filter(|more| *more > 0);
    view! {
        <div class="screen-lobby">
            {move || invitation.get().map(|invitation| {
                view! {
                    <div class="screen-way-in">
                        <p class="screen-code">
                            <span>{invitation.place.clone()}</span>
                            <strong>{invitation.code.to_string()}</strong>
                        </p>
                        <JoinQrCode invitation/>
                    </div>
                }
            })}
            <p class="screen-waiting">{texts::WAITING}</p>
            {move || here.get().map(|here| view! {
                <p class="screen-here" data-here=here.to_string()>{texts::here(here)}</p>
            })}
            <ul class="screen-names" role="list" aria-label=texts::PEOPLE>
                <For each=move || names.get() key=Clone::clone let:person>
                    <li dir="auto">{person.1}</li>
                </For>
                {move || more().map(|more| view! { <li class="more">{texts::more_people(more)}</li> })}
            </ul>
        </div>
    }
}
