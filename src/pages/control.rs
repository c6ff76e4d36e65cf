//! One room, as its creator runs it: the bank beside the room, who is here, who answered what.

use domain::answer::{Attempt as Answered, Presence};
use domain::pick::PickPhase;
use domain::question::BankQuestion;
use domain::room::{RoomId, RoomState};
use domain::topic::Topic;
use domain::wire::read::Read;

use super::followed_room::{Kind, of_state, watch_room};
use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::{files, keys, page};
use crate::components::action_button::failure;
use crate::components::bank_list::bank_list;
use crate::components::dialog::{Question, confirmation};
use crate::components::live_results::{Attempts, live_results};
use crate::components::notice::{notice, way_on};
use crate::components::room_settings::room_settings;
use crate::components::score_sheet::score_sheet;
use crate::components::way_in::way_in;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::attempt::{Attempt, Progress};
use crate::state::live::Known;
use crate::state::rooms::{RoomShown, phase_name, state_words};
use crate::state::{Shared, rooms_api};

/// The page.
pub(crate) fn control_page(shared: Shared, id: RoomId) -> Element {
    page::set_title("Control · Rally");
    let session = shared.session;
    let member = move || (session.is_settled(), session.member().map(|member| member.id));
    el("div").part(member, move |(is_settled, member)| {
        Some(match member {
            Some(_) => followed(shared, id.clone()),
            None if *is_settled => el("div").child(heading("Control")).child(super::sign_in_first(session)),
            None => super::loading("Control"),
        })
    })
}

fn followed(shared: Shared, id: RoomId) -> Element {
    let shown = watch_room(shared, &id);
    let member = shared.session.member().map(|member| member.id);
    let is_own =
        move || shown.with(|shown| shown.open().is_none_or(|open| Some(&open.room.creator) == member.as_ref()));
    let key = move || (shown.with(Kind::of), is_own());
    let content = move |(kind, is_own): &(Kind, bool)| {
        Some(match kind {
            Kind::Loading => super::loading("Control"),
            Kind::Open if *is_own => desk(shared, id.clone(), shown),
            Kind::Open => {
                let room = Route::Room(id.clone()).to_string();
                let why = "Only its creator runs a room. You can take part in it.";
                el("div")
                    .child(heading("Control"))
                    .child(notice("This room is somebody else's", why).child(way_on(&room, "Open the room")))
            }
            Kind::Refused(why) => el("div").child(heading("Control")).child(notice("You cannot run this room", why)),
            Kind::Deleted => {
                let gone = notice(
                    "This room has been deleted",
                    "There is no such room any more; its questions and answers are gone, too.",
                );
                el("div").child(heading("Control")).child(gone.child(way_on("/rooms", "See all rooms")))
            }
        })
    };
    el("div").part(key, content)
}

fn desk(shared: Shared, id: RoomId, shown: ReadSignal<RoomShown>) -> Element {
    let room = move || shown.with(|shown| shown.open().map(|open| open.room.clone()));
    let name = move || room().map(|room| room.name.to_string()).unwrap_or_default();
    follow(move || page::set_title(&[&name(), ": control · Rally"].concat()));
    let state = move || room().map(|room| state_words(room.state).to_owned()).unwrap_or_default();
    let people = shared.live.watch(Topic::People(id.clone()), |_, state| Presence::read(state));
    let head = el_class("div", "page-head")
        .child(el("h1").set("tabindex", "-1").live_text(name))
        .child(el_class("p", "page-summary").live_text(state));
    let code = move || room().and_then(|room| room.code);
    let columns = el_class("div", "control-columns").child(bank(shared, id.clone(), shown)).child(
        el_class("div", "control-room")
            .part(code, move |_| untrack(room).as_ref().map(way_in))
            .child(current(shared, id.clone(), shown, people))
            .child(scores(id.clone(), shown))
            .child(room_settings_of(id.clone(), shown)),
    );
    let own = id.to_string();
    el_class("div", "control").set("data-room", &own).live("data-state", of_state(shown)).child(head).child(columns)
}

/// The bank: one key picks.
fn bank(shared: Shared, id: RoomId, shown: ReadSignal<RoomShown>) -> Element {
    let Some(member) = shared.session.member() else { return el("div") };
    let bank = shared.live.watch(Topic::Bank(member.id), |_, state| BankQuestion::read(state));
    let (picking, wanted, asking) = (Attempt::new(), RwSignal::new(None::<BankQuestion>), RwSignal::new(false));
    let pick = move || {
        let Some(question) = wanted.get_untracked() else { return };
        let revision = shown.with_untracked(|shown| shown.open().map_or(0, |open| open.room.rev));
        let id = id.clone();
        picking.run(async move {
            let picked = rooms_api::pick(&id, question.id, revision).await;
            asking.try_set(false);
            picked
        });
    };
    let pick = StoredValue::new(std::rc::Rc::new(pick));
    let is_open = move || {
        shown.with_untracked(|shown| shown.open().is_some_and(|open| open.room.state == RoomState::QuestionOpen))
    };
    let ask = move |question: BankQuestion| {
        wanted.set(Some(question));
        if is_open() {
            asking.set(true);
        } else {
            pick.get_value()();
        }
    };
    let is_closed =
        move || shown.with(|shown| shown.open().is_some_and(|open| open.room.state == RoomState::RoomClosed));
    let actions = move |question: ReadSignal<BankQuestion>| {
        el_class("div", "actions").child(
            el_class("button", "pick-question")
                .set("type", "button")
                .live_flag("disabled", is_closed)
                .on_click(move || ask(question.get_untracked()))
                .text("Pick")
                .child(el_class("span", "unseen").live_text(move || {
                    [" ", &question.with(|question| crate::state::rooms::plain(question.content.text()))].concat()
                })),
        )
    };
    keys::listen(|key| match key {
        "/" => page::focus("#bank-search"),
        "ArrowDown" => page::move_focus("#bank-search, .pick-question", true),
        "ArrowUp" => page::move_focus("#bank-search, .pick-question", false),
        "p" => page::press(".pick-question:focus"),
        // From the search: what was found first.
        "Enter" => page::press(".bank:has(#bank-search:focus) .pick-question"),
        _ => false,
    });
    let question = Question {
        title: "End the open question without feedback?".to_owned(),
        meaning: "A question is open. If you pick another one now, its feedback will never be shown.",
        yes: ["Pick the other one", "Picking…"],
        progress: picking.progress(),
    };
    let questions = move || bank.with(|bank| bank.list().to_vec());
    let empty = move || bank.with(|bank| matches!(bank, Known::Told(bank) if bank.is_empty()));
    el_class("section", "panel control-bank")
        .set("aria-labelledby", "bank-heading")
        .child(el("h2").set("id", "bank-heading").text("Your questions"))
        .child(el_class("p", "hint").text("/ searches, ↑ and ↓ go through them, Enter or p picks."))
        .when(empty, || {
            notice("You have no questions yet", "Write some first; then pick them here.")
                .child(way_on("/questions", "Write questions"))
        })
        .child(bank_list(questions, actions))
        .child(failure(picking.progress()))
        .child(el("p").child(el("a").set("href", "/questions").text("Write, import and export questions")))
        .child(confirmation(asking, question, move || pick.get_value()()))
}

/// The current question: what is answered, and the feedback.
fn current(shared: Shared, id: RoomId, shown: ReadSignal<RoomShown>, people: ReadSignal<Known<Presence>>) -> Element {
    let key = move || shown.with(|shown| shown.current().map(|pick| pick.number));
    let is_closed =
        move || shown.with(|shown| shown.open().is_some_and(|open| open.room.state == RoomState::RoomClosed));
    let showing = Attempt::new();
    let own = id.clone();
    let show = move || {
        let open = shown.with_untracked(|shown| {
            shown.current().filter(|pick| pick.phase == PickPhase::Open).map(|pick| pick.number)
        });
        let (Some(number), id) = (open, own.clone()) else { return false };
        showing.run(async move { rooms_api::show_feedback(&id, number).await });
        true
    };
    let show = StoredValue::new(std::rc::Rc::new(show));
    keys::listen(move |key| key == "f" && show.get_value()());
    let question = move |number: &Option<u32>| {
        let Some(number) = *number else {
            let words = |is_closed: &bool| {
                Some(if *is_closed {
                    notice("This room is closed", "Everybody keeps their results. Reopen it to pick more questions.")
                } else {
                    notice("No question is open", "Pick one: everybody in the room sees it at once.")
                })
            };
            return Some(
                el_class("section", "panel")
                    .set("aria-label", "Current question")
                    .part(is_closed, words)
                    .child(here(people, shown)),
            );
        };
        let attempts = shared.live.watch(Topic::Attempts(id.clone(), number), |_, state| Answered::read(state));
        let is_open = move || shown.with(|shown| shown.current().is_some_and(|pick| pick.phase == PickPhase::Open));
        let button = move || {
            let is_running = move || showing.progress().with(Progress::is_running);
            el_class("button", "primary show-feedback")
                .set("type", "button")
                .on_click(move || _ = show.get_value()())
                .live_text(move || if is_running() { "Showing…" } else { "Show feedback (f)" }.to_owned())
        };
        let now = shared.clock.now();
        let left = move || {
            now.track();
            let deadline = shown.with(|shown| shown.current().and_then(|pick| pick.deadline))?;
            Some(deadline.since(shared.live.server_now()).as_secs_f64().ceil() as u64)
        };
        let actions = [el_class("div", "actions").when(is_open, button), failure(showing.progress())];
        let phase = move || shown.with(|shown| shown.current().map(|pick| phase_name(pick.phase).to_owned()));
        Some(
            el_class("section", "panel question")
                .set("aria-label", "Current question")
                .set("data-pick", &number.to_string())
                .live("data-phase", phase)
                .child(live_results(Attempts { shown, attempts, people }, left, actions)),
        )
    };
    el("div").part(key, question)
}

/// How many are here, where there is no question.
fn here(people: ReadSignal<Known<Presence>>, shown: ReadSignal<RoomShown>) -> Element {
    let count = move || {
        let creator = shown.with(|shown| shown.open().map(|open| open.room.creator.clone()));
        people.with(|people| people.list().iter().filter(|one| Some(&one.person) != creator.as_ref()).count())
    };
    el_class("p", "hint").live("data-here", move || Some(count().to_string())).live_text(move || match count() {
        0 => "Nobody is here yet.".to_owned(),
        1 => "One person is here.".to_owned(),
        many => [&many.to_string(), " people are here."].concat(),
    })
}

/// The score sheet, asked for anew whenever a question has ended; and the session as a file.
fn scores(id: RoomId, shown: ReadSignal<RoomShown>) -> Element {
    let (rows, asking, exporting) = (RwSignal::new(Vec::new()), Attempt::new(), Attempt::new());
    let ended = move || {
        shown.with(|shown| {
            shown.open().map(|open| open.picks.iter().filter(|pick| pick.phase == PickPhase::Closed).count())
        })
    };
    let mut before = None;
    let own = id.clone();
    follow(move || {
        let now = ended();
        if now == before {
            return;
        }
        before = now;
        let id = own.clone();
        asking.run(async move {
            let fresh = rooms_api::results(&id).await?;
            rows.try_set(fresh);
            Ok(())
        });
    });
    let export = move || {
        let id = id.clone();
        exporting.run(async move {
            let text = rooms_api::export(&id).await?;
            files::give(&["rally-", id.as_str(), ".csv"].concat(), "text/csv", &text);
            Ok(())
        });
    };
    let is_there = move || shown.with(|shown| shown.open().is_some_and(|open| open.room.picks > 0));
    let export = StoredValue::new(std::rc::Rc::new(export));
    el("div").when(is_there, move || {
        el_class("section", "panel scores")
            .set("aria-labelledby", "scores-heading")
            .child(el("h2").set("id", "scores-heading").text("Scores"))
            .child(score_sheet(rows.read_only()))
            .child(failure(asking.progress()))
            .child(
                el_class("div", "actions").child(
                    el_class("button", "export-session")
                        .set("type", "button")
                        .on_click(move || export.get_value()())
                        .text("Save the session as CSV"),
                ),
            )
            .child(failure(exporting.progress()))
    })
}

fn room_settings_of(id: RoomId, shown: ReadSignal<RoomShown>) -> Element {
    let room = move || shown.with(|shown| shown.open().map(|open| open.room.clone()));
    let (changing, closing, deleting) = (Attempt::new(), Attempt::new(), Attempt::new());
    let (one, two, three) = (id.clone(), id.clone(), id);
    let change = move |change: domain::room::RoomChange| {
        let id = one.clone();
        // Its revision now: what the creator sees is what the change is meant for.
        let revision = untrack(room).map(|room| room.rev);
        changing.run(async move { rooms_api::change(&id, &change, revision).await });
    };
    let set_closed = move |closed: bool| {
        let id = two.clone();
        closing.run(async move { rooms_api::set_closed(&id, closed).await });
    };
    let delete = move || {
        let id = three.clone();
        deleting.run(async move { rooms_api::remove(&id).await });
    };
    room_settings(
        std::rc::Rc::new(room),
        [changing, closing, deleting].map(Attempt::progress),
        change,
        set_closed,
        delete,
    )
}
