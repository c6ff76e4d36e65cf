//! One room, as its participants see it: the question, their answer, the feedback.

use std::sync::Arc;

use domain::answer::AnswerRecord;
use domain::person::PersonId;
use domain::pick::PickView;
use domain::room::{EntryKey, Room, RoomId, RoomRefusal, RoomState};
use domain::topic::Topic;
use leptos::prelude::*;
use protocol::frames::DenialReason;

use super::entrance::{Entrance, RoomNotFound, RoomsLink};
use super::entry_key;
use super::join_forms::RoomCodeForm;
use super::own_result::{OwnResult, SessionTotal, is_known};
use super::question_card::QuestionCard;
use super::room_alert::RoomBell;
use super::room_bar::{PersonMenu, RoomBar, RoomTimer};
use super::room_view::{PickKey, RoomContents, RoomView, phase_name};
use super::texts;
use super::use_room::{RoomHandle, use_room};
use crate::api;
use crate::auth::Session;
use crate::live::{Denial, TopicStore, use_topic};
use crate::notifications::Announcer;
use crate::paths::Path;
use crate::platform::{focus, scroll};
use crate::ui::{EmptyState, Loaded, Loader, PageSkeleton, PageTitle};

/// The user that opens the page.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Visitor {
    /// It is not known yet.
    Unknown,
    /// A visitor who is not in the room yet.
    Outside,
    /// A member, or a guest of this room.
    Inside(PersonId),
}

impl Visitor {
    /// The user's role on this page, from who they are in this room and whether the user of the page is known. A guest
    /// is known before that.
    fn of(person: Option<PersonId>, is_settled: bool) -> Self {
        match person {
            Some(person) => Self::Inside(person),
            None if is_settled => Self::Outside,
            None => Self::Unknown,
        }
    }
}

/// The page.
#[component]
pub(crate) fn RoomPage(
    /// The room.
    id: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    entry_key::take_from_address(&id);
    let visitor = Memo::new(move |_| Visitor::of(session.person().map(|person| person.id), session.is_settled()));
    // How often the room has admitted the user on this page: each time the page subscribes anew.
    let entries = RwSignal::new(0);
    let on_enter = move |()| entries.update(|entries| *entries += 1);
    move || {
        entries.track();
        let visitor = visitor.get();
        focus::keep();
        match visitor {
            Visitor::Unknown => view! {
                <PageTitle title=texts::ROOM/>
                <div class="room">
                    <RoomBar title=Signal::stored(texts::ROOM.to_owned())/>
                    <div class="room-column"><PageSkeleton/></div>
                </div>
            }
            .into_any(),
            Visitor::Outside => view! { <Entrance id=id.clone()/> }.into_any(),
            Visitor::Inside(person) => view! { <Inside id=id.clone() person on_enter/> }.into_any(),
        }
    }
}

/// What the page shows apart from what happens in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Loading,
    Denied(Denial),
    Deleted,
    Ready,
}

impl Phase {
    fn of(view: &RoomView) -> Self {
        match view {
            RoomView::Loading { .. } => Self::Loading,
            RoomView::Denied(why) => Self::Denied(why.clone()),
            RoomView::Deleted => Self::Deleted,
            RoomView::Ready(_) => Self::Ready,
        }
    }
}

/// For those who are in the room.
#[component]
fn Inside(
    id: RoomId,
    person: PersonId,
    /// Called when the room has admitted the user.
    #[prop(into)]
    on_enter: Callback<()>,
) -> impl IntoView {
    let room = use_room(&id);
    let own = use_topic::<AnswerRecord>(Topic::Own(id.clone(), person.clone()));
    announce_changes(room);
    let title =
        Signal::derive(move || Some(room.name.get()).filter(|name| !name.is_empty()).unwrap_or(texts::ROOM.to_owned()));
    let phase = Memo::new(move |_| room.view.with(Phase::of));
    let is_ready = Memo::new(move |_| phase.with(|phase| *phase == Phase::Ready));
    let (room_id, menu_id) = (id.to_string(), id.clone());
    let content = move || {
        let phase = phase.get();
        focus::keep();
        match phase {
            Phase::Loading => view! { <PageSkeleton/> }.into_any(),
            Phase::Denied(why) => view! { <Refused id=id.clone() why on_enter/> }.into_any(),
            Phase::Deleted => view! { <RoomNotFound is_deleted=true/> }.into_any(),
            Phase::Ready => view! { <OpenRoom room id=id.clone() person=person.clone() own/> }.into_any(),
        }
    };
    // A person whom the room has not admitted has not joined it.
    let person_menu = move || is_ready.get().then(|| view! { <PersonMenu id=menu_id.clone() is_host=room.is_host/> });
    let unreadable =
        move || (room.unreadable() > 0).then(|| view! { <p class="hint" role="status">{texts::UNREADABLE}</p> });
    view! {
        <PageTitle title/>
        <div class="room" data-room=room_id data-state=move || room.state_name()>
            <RoomBar title>
                <RoomTimer room/>
                {person_menu}
            </RoomBar>
            <div class="room-column">
                {content}
                {unreadable}
            </div>
        </div>
    }
}

/// The server does not give the room: a member may show its code, and a person who is no longer its guest may join again.
#[component]
fn Refused(id: RoomId, why: Denial, on_enter: Callback<()>) -> impl IntoView {
    let session = expect_context::<Session>();
    if why.reason == Some(DenialReason::PrivateRoom) {
        return match entry_key::load(&id) {
            Some(key) => view! { <Entering id key on_enter/> }.into_any(),
            None => view! { <Private id on_enter/> }.into_any(),
        };
    }
    let may_join_again = why.reason == Some(DenialReason::NoLongerGuest);
    let next_action = move || match may_join_again {
        true => {
            let id = id.clone();
            view! {
                <div class="actions">
                    <button type="button" class="primary" on:click=move |_| session.leave(&id)>{texts::JOIN_AGAIN}</button>
                </div>
            }
            .into_any()
        }
        false => view! { <RoomsLink/> }.into_any(),
    };
    view! { <EmptyState title=texts::ROOM_DENIED body=why.message>{next_action()}</EmptyState> }.into_any()
}

/// Shows a private room what this tab has for it.
#[component]
fn Entering(id: RoomId, key: EntryKey, on_enter: Callback<()>) -> impl IntoView {
    let shown = id.clone();
    let entering = Loader::new(move || {
        let (id, key) = (shown.clone(), key.clone());
        Box::pin(async move {
            let entered = api::rooms::enter(&id, key).await;
            // It has served, or does not fit. Without a network it is tried again when the page is loaded again.
            if entered.as_ref().err().is_none_or(|error| error.status() == 403) {
                entry_key::store(&id, None);
            }
            entered.map(drop)
        })
    });
    Effect::new(move |_| {
        if entering.data().is_some() {
            on_enter.run(());
        }
    });
    move || match entering.get() {
        Loaded::Failed(error) => view! {
            <p class="failure" role="alert">{error.to_string()}</p>
            <Private id=id.clone() on_enter/>
        }
        .into_any(),
        _ => view! { <PageSkeleton/> }.into_any(),
    }
}

/// Requests the join code of a private room.
#[component]
fn Private(id: RoomId, on_enter: Callback<()>) -> impl IntoView {
    view! {
        <EmptyState title=texts::ROOM_DENIED body=RoomRefusal::Private.to_string()/>
        <section class="panel" aria-label=texts::BY_CODE>
            <RoomCodeForm id on_enter=move |_: EntryKey| on_enter.run(())/>
        </section>
    }
}

/// Announces what happens in the room, for users of screen readers.
fn announce_changes(room: RoomHandle) {
    let announcer = expect_context::<Announcer>();
    let progress = Memo::new(move |_| room.room.with(|room| room.as_ref().map(|room| (room.state, room.picks))));
    Effect::new(move |before: Option<Option<Progress>>| {
        let now = progress.get();
        if let Some(sentence) = announcement(before.flatten(), now) {
            announcer.say(&sentence);
        }
        now
    });
}

/// A room's state and the number of its picks.
type Progress = (RoomState, u32);

/// What is announced when a room gets from one progress to another. What it is when the page opens, and its deletion, are on the page.
fn announcement(before: Option<Progress>, now: Option<Progress>) -> Option<String> {
    let (before, (state, picks)) = (before?, now?);
    (before != (state, picks)).then(|| texts::room_changed(state, picks))
}

/// What happens in the room.
#[component]
fn OpenRoom(room: RoomHandle, id: RoomId, person: PersonId, own: TopicStore<AnswerRecord>) -> impl IntoView {
    let (host_path, bell_id) = (Path::Host(id.clone()).to_string(), id.clone());
    let to_host = move || {
        let href = host_path.clone();
        room.is_host.get().then(|| view! { <p class="host-link"><a href=href>{texts::OPEN_HOST_CONTROLS}</a></p> })
    };
    let question = move || {
        let key = room.key.get();
        let has_question = key.is_some();
        focus::keep_or(move || has_question && focus::focus(".question"));
        match room.current.get_untracked().filter(|_| key.is_some()) {
            Some(pick) => view! { <QuestionCard room id=id.clone() pick person=person.clone() own/> }.into_any(),
            None => view! { <Waiting room own/> }.into_any(),
        }
    };
    Effect::new(move |before: Option<Option<PickKey>>| {
        let now = room.key.get();
        if now.is_some() && before.is_some_and(|before| before != now) {
            scroll::to_top_after_render();
        }
        now
    });
    let has_bell = Memo::new(move |_| !room.is_closed() && !room.is_host.get());
    let bell = move || {
        let has_bell = has_bell.get();
        focus::keep();
        has_bell.then(|| view! { <RoomBell id=bell_id.clone() name=Signal::derive(move || room.name.get())/> })
    };
    view! {
        {to_host}
        {question}
        <EarlierQuestions room own/>
        {bell}
    }
}

/// What the room says where there is no question, and how right the user was so far.
#[component]
fn Waiting(room: RoomHandle, own: TopicStore<AnswerRecord>) -> impl IntoView {
    let words = Memo::new(move |_| {
        room.room.with(|room| room.as_ref().map(|room| (waiting_texts(room), room.state == RoomState::RoomClosed)))
    });
    let content = move || {
        words.get().map(|((title, body), is_closed)| {
            let way_on = is_closed.then(|| view! { <RoomsLink/> });
            view! { <EmptyState title body>{way_on}</EmptyState> }
        })
    };
    view! {
        {content}
        <SessionTotal room own/>
    }
}

/// The title and sentence of a room without a question.
const fn waiting_texts(room: &Room) -> (&'static str, &'static str) {
    match (room.state, room.picks) {
        (RoomState::RoomClosed, 0) => (texts::ROOM_CLOSED, texts::ROOM_CLOSED_EMPTY),
        (RoomState::RoomClosed, _) => (texts::ROOM_CLOSED, texts::ROOM_CLOSED_BODY),
        (_, 0) => (texts::WAITING_FOR_FIRST, texts::APPEARS_HERE),
        (_, _) => (texts::WAITING_FOR_NEXT, texts::APPEARS_HERE),
    }
}

/// The questions before the current one, with the user's own results. Unfolded while there is no current question.
#[component]
fn EarlierQuestions(room: RoomHandle, own: TopicStore<AnswerRecord>) -> impl IntoView {
    let picks: Memo<Vec<Arc<PickView>>> = Memo::new(move |_| {
        let earlier = |contents: &RoomContents| contents.earlier().map(Arc::clone).collect();
        room.view.with(|view| view.contents().map(earlier).unwrap_or_default())
    });
    let has_picks = Memo::new(move |_| picks.with(|picks| !picks.is_empty()));
    let is_open = Memo::new(move |_| room.key.get().is_none());
    let list = move || {
        view! {
            <details class="panel earlier" open=move || is_open.get()>
                <summary>{texts::EARLIER_QUESTIONS}</summary>
                <ol class="rows" role="list">
                    <For each=move || picks.get() key=|pick| (pick.number, pick.rev) let:pick>
                        <EarlierQuestion room pick own/>
                    </For>
                </ol>
            </details>
        }
    };
    move || has_picks.get().then(list)
}

#[component]
fn EarlierQuestion(room: RoomHandle, pick: Arc<PickView>, own: TopicStore<AnswerRecord>) -> impl IntoView {
    let (number, phase) = (pick.number, pick.phase);
    let mine = Memo::new(move |_| own.get(&number.to_string()));
    view! {
        <li class="earlier-question" data-pick=number.to_string() data-phase=phase_name(phase)>
            <OwnResult pick mine is_known=Signal::derive(move || is_known(room, own))/>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::super::room_view::tests::room;
    use super::*;

    #[test]
    fn a_room_without_a_question_says_what_comes_next() {
        let title = |state: &str, picks| waiting_texts(&room(state, picks)).0;
        assert_eq!(title("no_question", 0), texts::WAITING_FOR_FIRST);
        assert_eq!(title("no_question", 2), texts::WAITING_FOR_NEXT);
        assert_eq!(title("room_closed", 2), texts::ROOM_CLOSED);
        assert_ne!(waiting_texts(&room("room_closed", 0)).1, waiting_texts(&room("room_closed", 2)).1);
    }

    #[test]
    fn the_page_follows_the_rooms_view() {
        assert_eq!(Phase::of(&RoomView::Loading { was_there: false }), Phase::Loading);
        assert_eq!(Phase::of(&RoomView::Denied(Denial::new("no"))), Phase::Denied(Denial::new("no")));
        assert_eq!(Phase::of(&RoomView::Deleted), Phase::Deleted);
    }

    #[test]
    fn what_happens_in_a_room_does_not_draw_its_page_anew() {
        let view =
            |state, answered| RoomView::Ready(RoomContents { room: room(state, 1), picks: Vec::new(), answered });
        assert_eq!(Phase::of(&view("question_open", 0)), Phase::Ready);
        assert_eq!(Phase::of(&view("question_open", 0)), Phase::of(&view("room_closed", 7)));
    }

    #[test]
    fn a_guest_is_inside_before_the_account_is_known() {
        let guest: PersonId = "guest:bo".parse().unwrap();
        assert_eq!(Visitor::of(Some(guest.clone()), false), Visitor::Inside(guest));
        assert_eq!((Visitor::of(None, false), Visitor::of(None, true)), (Visitor::Unknown, Visitor::Outside));
    }

    #[test]
    fn what_happens_in_a_room_is_announced_once() {
        use RoomState::{NoQuestion, QuestionClosed, QuestionOpen, RoomClosed};
        let say = |before, now| announcement(Some(before), Some(now));
        assert_eq!(say((NoQuestion, 0), (QuestionOpen, 1)).as_deref(), Some("Question 1 is open."));
        assert_eq!(say((QuestionOpen, 1), (QuestionOpen, 2)).as_deref(), Some("Question 2 is open."), "replaced");
        let feedback = say((QuestionOpen, 2), (QuestionClosed, 2));
        assert_eq!(feedback.as_deref(), Some("The feedback to question 2 is shown."));
        assert_eq!(say((QuestionClosed, 2), (RoomClosed, 2)).as_deref(), Some("The room is closed."));
        assert_eq!(say((RoomClosed, 2), (NoQuestion, 2)).as_deref(), Some("The room is open again."));
        assert_eq!(say((QuestionOpen, 1), (QuestionOpen, 1)), None, "another name is no news");
    }

    #[test]
    fn neither_the_first_state_nor_a_deletion_is_announced() {
        let open = Some((RoomState::QuestionOpen, 1));
        assert_eq!((announcement(None, open), announcement(open, None)), (None, None));
    }
}
