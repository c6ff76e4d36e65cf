//! One room, as its participants see it: the question, their answer, the feedback.

use domain::alert::AlertRule;
use domain::answer::Attempt as Answered;
use domain::pick::PickView;
use domain::room::{Room, RoomId, RoomState};
use domain::topic::Topic;
use domain::wire::read::Read;

use super::followed_room::{Kind, of_state, watch_room};
use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::page;
use crate::components::action_button::{Look, action_button, failure};
use crate::components::answer_form::{AnswerForm, Sent};
use crate::components::join_form::guest_form;
use crate::components::notice::{notice, way_on};
use crate::components::own_result::own_result;
use crate::components::question_text::{clock_of, question_text};
use crate::components::room_bell::room_bell;
use crate::reactive::*;
use crate::state::attempt::Attempt;
use crate::state::draft::Draft;
use crate::state::live::Known;
use crate::state::rooms::{RoomShown, phase_name};
use crate::state::{Shared, rooms_api};

/// The page.
pub(crate) fn room_page(shared: Shared, id: RoomId) -> Element {
    page::set_title("Room · Rally");
    let session = shared.session;
    let person = move || (session.is_settled(), session.person().map(|person| person.id));
    el("div").part(person, move |(is_settled, person)| {
        Some(match person {
            Some(person) => inside(shared, id.clone(), Topic::Own(id.clone(), person.clone())),
            None if *is_settled => outside(shared, id.clone()),
            None => super::loading("Room"),
        })
    })
}

/// For those whom nobody knows yet.
fn outside(shared: Shared, id: RoomId) -> Element {
    let session = shared.session;
    let rooms = shared.live.watch(Topic::Rooms, |_, state| Room::read(state));
    let own = id.clone();
    let found = RwSignal::new((false, None));
    follow(move || {
        let room = rooms.with(|rooms| rooms.list().iter().find(|room| room.id == own).cloned());
        let next = (rooms.with(|rooms| !matches!(rooms, Known::Loading)), room);
        if next != found.get_untracked() {
            found.set(next);
        }
    });
    let (joining, signing_in) = (Attempt::new(), Attempt::new());
    let ways = move |room: &domain::room::Room| {
        let id = room.id.clone();
        let join = move |name| joining.run(session.join(id.clone(), name));
        let guests =
            el_class("section", "panel").set("aria-label", "As a guest").child(guest_form(joining.progress(), join));
        let members = el_class("section", "panel").set("aria-label", "Sign in").child(
            el("form")
                .on_submit(move || signing_in.run(session.sign_in()))
                .child(el("p").text("Sign in, and you come back here."))
                .child(action_button(Look::Primary, "Sign in", "One moment…", signing_in.progress()))
                .child(failure(signing_in.progress())),
        );
        let ways = el_class("div", "rooms-ways");
        let is_open = room.guests_allowed && room.state != RoomState::RoomClosed;
        let ways = if is_open { ways.child(guests) } else { ways };
        let ways = if session.can_sign_in() { ways.child(members) } else { ways };
        let page = el("div").child(heading(room.name.as_str()));
        if is_open || session.can_sign_in() {
            return page.child(ways);
        }
        page.child(notice(
            "This room takes no guests",
            "And nobody can sign in here. Ask whoever runs the room to let guests in.",
        ))
    };
    el("div").part(
        move || found.get(),
        move |(is_known, room)| {
            Some(match room {
                Some(room) => ways(room),
                None if *is_known => no_room(),
                None => super::loading("Room"),
            })
        },
    )
}

fn no_room() -> Element {
    el("div").child(heading("Room")).child(
        notice("There is no such room", "It may have been deleted, or the address is not whole.")
            .child(way_on("/rooms", "See all rooms")),
    )
}

/// For those who are in.
fn inside(shared: Shared, id: RoomId, own_topic: Topic) -> Element {
    let shown = watch_room(shared, &id);
    let own = shared.live.watch(own_topic, |_, state| Answered::read(state));
    tell_news(shared, shown);
    let content = move |kind: &Kind| {
        Some(match kind {
            Kind::Loading => super::loading("Room"),
            Kind::Refused(why) => el("div")
                .child(heading("Room"))
                .child(notice("You cannot see this room", why).child(way_on("/rooms", "See all rooms"))),
            Kind::Deleted => el("div").child(heading("Room")).child(
                notice(
                    "This room has been deleted",
                    "There is no such room any more; its questions and answers are gone, too.",
                )
                .child(way_on("/rooms", "See all rooms")),
            ),
            Kind::Open => open_room(shared, shown, own),
        })
    };
    el("div").part(move || shown.with(Kind::of), content)
}

/// Says aloud what happens in the room, for those who do not see it.
fn tell_news(shared: Shared, shown: ReadSignal<RoomShown>) {
    let mut before = None;
    follow(move || {
        let now = shown.with(|shown| shown.open().map(|open| (open.room.state, open.room.picks)));
        if let Some((state, picks)) = now.filter(|_| before.is_some() && now != before) {
            let number = picks.to_string();
            shared.news.say(&match state {
                RoomState::QuestionOpen => ["Question ", &number, " is open."].concat(),
                RoomState::QuestionClosed => ["The feedback to question ", &number, " is shown."].concat(),
                RoomState::RoomClosed => "The room is closed.".to_owned(),
                RoomState::NoQuestion => "The room is open again.".to_owned(),
            });
        }
        before = now;
    });
}

fn open_room(shared: Shared, shown: ReadSignal<RoomShown>, own: ReadSignal<Known<Answered>>) -> Element {
    let of_room = move |read: fn(&domain::room::Room) -> String| {
        move || shown.with(|shown| shown.open().map(|open| read(&open.room)).unwrap_or_default())
    };
    let name = of_room(|room| room.name.to_string());
    follow(move || page::set_title(&[&name(), " · Rally"].concat()));
    let is_creator = move || {
        let person = shared.session.member();
        shown.with(|shown| shown.open().is_some_and(|open| person.is_some_and(|person| person.id == open.room.creator)))
    };
    let id = of_room(|room| room.id.to_string());
    let to_control = move || {
        let address = ["/rooms/", &untrack(id), "/control"].concat();
        el_class("p", "way-back").child(el("a").set("href", &address).text("You run this room: open the control panel"))
    };
    let head = el_class("div", "page-head").child(el("h1").set("tabindex", "-1").live_text(name)).child(
        el_class("p", "page-summary")
            .live_text(of_room(|room| crate::state::rooms::state_words(room.state).to_owned())),
    );
    let guest = move || shared.session.person().filter(|_| shared.session.member().is_none());
    let as_guest = move || guest().map(|guest| ["You are here as ", guest.name.as_str(), "."].concat());
    let head = head.child(el_class("p", "hint").live_text(move || as_guest().unwrap_or_default()));
    let current = move || shown.with(|shown| shown.current().cloned());
    let key = move || current().map(|pick| (pick.number, pick.phase));
    let question = move |key: &Option<_>| {
        Some(match (key, untrack(current)) {
            (Some(_), Some(pick)) => one_question(shared, shown, own, &pick),
            _ => waiting(shown),
        })
    };
    el_class("div", "room")
        .live("data-room", move || Some(id()))
        .live("data-state", of_state(shown))
        .child(head)
        .when(is_creator, to_control)
        .part(key, question)
        .when(move || !is_creator(), move || tell_me(shared, shown))
        .child(earlier(shown, own))
}

/// What they want to be told of the room when they do not look.
fn tell_me(shared: Shared, shown: ReadSignal<RoomShown>) -> Element {
    let all = shared.notifications;
    let topic = move || shown.with(|shown| shown.open().map(|open| Topic::Room(open.room.id.clone())));
    let rule = move || topic().and_then(|topic| all.rule(&topic));
    let choose = move |wanted: Option<AlertRule>| match (untrack(topic), wanted) {
        (Some(topic), Some(wanted)) => all.ask(topic, wanted),
        (Some(topic), None) => all.withdraw(&topic),
        (None, _) => {}
    };
    room_bell(rule, choose)
}

fn waiting(shown: ReadSignal<RoomShown>) -> Element {
    const SOON: &str = "It shows here as soon as it is picked. You need not do anything.";
    let state = move || shown.with(|shown| shown.open().map(|open| (open.room.state, open.room.picks)));
    el("div").part(state, |state| {
        Some(match state {
            Some((RoomState::RoomClosed, _)) => {
                notice("This room is closed", "Its questions and your results stay here.")
            }
            Some((_, 1..)) => notice("Waiting for the next question", SOON),
            _ => notice("Waiting for the first question", SOON),
        })
    })
}

fn one_question(
    shared: Shared,
    shown: ReadSignal<RoomShown>,
    own: ReadSignal<Known<Answered>>,
    pick: &PickView,
) -> Element {
    let number = pick.number;
    let card = el_class("section", "panel question")
        .set("aria-label", "Question")
        .set("data-pick", &number.to_string())
        .set("data-phase", phase_name(pick.phase));
    let answered = move || shown.with(|shown| shown.open().map_or(0, |open| open.answered));
    let count =
        el_class("p", "hint").live("data-answered", move || Some(answered().to_string())).live_text(move || {
            match answered() {
                0 => "Nobody has answered yet.".to_owned(),
                1 => "One has answered.".to_owned(),
                many => [&many.to_string(), " have answered."].concat(),
            }
        });
    let mine = move || own.with(|own| own.list().iter().find(|one| one.pick == number).cloned());
    if pick.phase != domain::pick::PickPhase::Open {
        let result = {
            let pick = pick.clone();
            move |mine: &Option<Answered>| Some(own_result(&pick, mine.as_ref()))
        };
        return card.child(question_text(&pick.html)).part(mine, result).child(count);
    }
    let now = shared.clock.now();
    let left = pick.deadline.map(|deadline| {
        move || {
            now.track();
            deadline.since(shared.live.server_now()).as_secs_f64().ceil() as u64
        }
    });
    let is_late = move || left.is_some_and(|left| left() == 0);
    let card = card.child(question_text(&pick.html));
    let card = match left {
        Some(left) => card.child(clock_of(left)),
        None => card,
    };
    let room = shown.with_untracked(|shown| shown.open().map(|open| open.room.id.clone()));
    let is_creator = shared.session.member().is_some_and(|member| {
        shown.with_untracked(|shown| shown.open().is_some_and(|open| open.room.creator == member.id))
    });
    let Some(room) = room.filter(|_| !is_creator) else {
        return card
            .child(el_class("p", "hint").text("You run this room: its questions are for the others."))
            .child(count);
    };
    let draft = Draft::of(["rally-answer-", room.as_str(), "-", &number.to_string()].concat()).text();
    let attempt = Attempt::new();
    let sent = RwSignal::new(None::<Sent>);
    follow(move || {
        let next = mine().map(|mine| Sent { answer: crate::state::rooms::typed(&mine.answer), rev: mine.rev });
        if next != sent.get_untracked() {
            sent.set(next);
        }
    });
    let send = move |answer| {
        let room = room.clone();
        attempt.run(async move { rooms_api::answer(&room, number, &answer).await.map(|_| ()) });
    };
    let form = AnswerForm { pick: pick.clone(), draft, sent: sent.read_only(), progress: attempt.progress() };
    card.child(form.draw(is_late, send)).child(count)
}

/// The questions before, with one's own results.
fn earlier(shown: ReadSignal<RoomShown>, own: ReadSignal<Known<Answered>>) -> Element {
    let picks = move || {
        let picks = shown.with(|shown| shown.earlier().into_iter().cloned().collect::<Vec<PickView>>());
        picks.into_iter().map(|pick| (pick.number.to_string(), pick)).collect::<Vec<(String, PickView)>>()
    };
    let one = move |pick: ReadSignal<PickView>| {
        let number = pick.with_untracked(|pick| pick.number);
        let mine = move || own.with(|own| own.list().iter().find(|one| one.pick == number).cloned());
        let key = move || (pick.get(), mine());
        el_class("li", "earlier-question")
            .set("data-pick", &number.to_string())
            .live("data-phase", move || Some(pick.with(|pick| phase_name(pick.phase)).to_owned()))
            .part(key, |(pick, mine)| {
                Some(el("div").child(question_text(&pick.html)).child(own_result(pick, mine.as_ref())))
            })
    };
    let is_there = move || shown.with(|shown| !shown.earlier().is_empty());
    el("div").when(is_there, move || {
        el("details")
            .set("class", "panel earlier")
            .live_flag("open", move || shown.with(|shown| shown.current().is_none()))
            .child(el("summary").text("Earlier questions"))
            .child(el_class("ol", "rows").set("role", "list").list(picks, one))
    })
}
