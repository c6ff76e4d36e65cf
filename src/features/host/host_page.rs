//! One room as its host runs it, on one screen: the run list, the current question with the one button that leads on, and the answers.

use domain::person::PersonId;
use domain::room::RoomId;
use leptos::prelude::*;
use protocol::frames::DenialReason;

use super::controls::Controls;
use super::host_bar::HostTools;
use super::pick_dialogs::PickDialogs;
use super::run_list_panel::RunListPanel;
use super::side_panel::SidePanel;
use super::stage::Stage;
use super::stage_panel::StagePanel;
use super::texts;
use crate::auth::Session;
use crate::features::rooms::{RoomHandle, use_room};
use crate::features::sign_in::SignInFirst;
use crate::paths::Path;
use crate::platform::focus;
use crate::platform::page::after_render;
use crate::ui::{ActionLink, EmptyState, PageHeading, PageSkeleton, PageTitle};

/// The page.
#[component]
pub(crate) fn HostPage(
    /// The room's id.
    id: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let member = Memo::new(move |_| session.member().map(|member| member.id));
    let is_settled = Memo::new(move |_| session.is_settled());
    let name = RwSignal::new(String::new());
    let title = move || match name.get() {
        name if name.is_empty() => texts::HOST_PANEL.to_owned(),
        name => name,
    };
    view! {
        <PageTitle title=Signal::derive(move || name.with(|name| texts::host_title(name)))/>
        <div class="host">
            <div class="host-head">
                <a class="host-back" href=Path::Rooms.to_string()>
                    <span aria-hidden="true">"←"</span>
                    <span class="host-back-text">{texts::ROOMS}</span>
                </a>
                <PageHeading title=Signal::derive(title)/>
            </div>
            {move || match member.get() {
                Some(member) => view! { <HostedRoom id=id.clone() member heading=name/> }.into_any(),
                None if is_settled.get() => view! { <SignInFirst/> }.into_any(),
                None => view! { <PageSkeleton/> }.into_any(),
            }}
        </div>
    }
}

/// The room, if the member runs it. `heading` gets its name.
#[component]
fn HostedRoom(id: RoomId, member: PersonId, heading: RwSignal<String>) -> impl IntoView {
    let room = use_room(&id);
    let stage = Memo::new(move |_| room.view.with(|view| Stage::of_host(view, room.is_host.get())));
    Effect::new(move |_| {
        let is_known = stage.with(|stage| matches!(stage, Stage::Ready | Stage::Deleted));
        heading.set(if is_known { room.name.get() } else { String::new() });
    });
    on_cleanup(move || {
        heading.try_set(String::new());
    });
    let (id, member) = (StoredValue::new(id), StoredValue::new(member));
    move || {
        let stage = stage.get();
        // Everything on the page is replaced, also what has the focus.
        focus::keep();
        match stage {
            Stage::Loading => view! { <PageSkeleton/> }.into_any(),
            Stage::Ready => view! { <Desk id=id.get_value() host=member.get_value() room/> }.into_any(),
            Stage::NotHost => view! {
                <EmptyState title=texts::NOT_HOST body=texts::NOT_HOST_BODY>
                    <ActionLink href=Path::Room(id.get_value()).to_string() label=texts::OPEN_ROOM/>
                </EmptyState>
            }
            .into_any(),
            Stage::Denied(why) => {
                // The room's own page takes its code.
                let (href, label) = match why.reason == Some(DenialReason::PrivateRoom) {
                    true => (Path::Room(id.get_value()), texts::OPEN_ROOM),
                    false => (Path::Rooms, texts::ALL_ROOMS),
                };
                view! { <EmptyState title=texts::DENIED body=why.message><ActionLink href=href.to_string() label/></EmptyState> }
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

/// Everything that the host works with. On a phone the lists are sheets over the stage.
#[component]
fn Desk(id: RoomId, host: PersonId, room: RoomHandle) -> impl IntoView {
    let name = id.to_string();
    let controls = Controls::start(id, host, room);
    controls.count_people();
    controls.use_step_keys();
    let (sheet, is_adding) = (RwSignal::new(None::<Sheet>), RwSignal::new(false));
    let choose = Callback::new(move |()| {
        is_adding.set(true);
        sheet.set(Some(Sheet::List));
        // Without questions there is nothing to search, but a way to write some.
        after_render(|| _ = focus::focus("#bank-search") || focus::focus(".control-list .notice a"));
    });
    // What is picked is looked at.
    Effect::new(move |_| {
        room.key.track();
        sheet.set(None);
    });
    view! {
        <div
            class="control"
            data-room=name
            data-state=move || room.state_name()
            data-sheet=move || sheet.get().map(Sheet::name)
        >
            <HostTools controls/>
            <RunListPanel controls is_adding/>
            <StagePanel controls on_choose=choose/>
            <SidePanel controls/>
            <SheetButtons sheet/>
            <PickDialogs controls/>
        </div>
    }
    .into_any()
}

/// A list that a phone shows over the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sheet {
    /// The run list.
    List,
    /// Answers, people, scores.
    Side,
}

impl Sheet {
    /// As attributes and style sheets name it.
    const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Side => "side",
        }
    }
}

/// The buttons of a phone that open and close the sheets.
#[component]
fn SheetButtons(sheet: RwSignal<Option<Sheet>>) -> impl IntoView {
    let button = move |of: Sheet, label: &'static str| {
        let is_open = move || sheet.get() == Some(of);
        let toggle = move |_| sheet.update(|sheet| *sheet = (*sheet != Some(of)).then_some(of));
        view! {
            <button type="button" class=["open-", of.name()].concat() aria-expanded=move || is_open().to_string() on:click=toggle>
                {label}
            </button>
        }
    };
    view! {
        <div class="sheet-buttons">
            {button(Sheet::List, texts::RUN_LIST)}
            {button(Sheet::Side, texts::ANSWERS)}
        </div>
    }
}
