//! One room, as it is projected: the way in, the question, the bars. Readable from the back row.

use domain::pick::{PickPhase, PickView};
use domain::room::{RoomId, RoomState};

use super::heading;
use super::room::{Kind, of_state, watch_room};
use crate::browser::element::{Element, el, el_class};
use crate::browser::{keys, navigation, page};
use crate::components::notice::{notice, way_on};
use crate::components::options::{Mark, bar, letter};
use crate::components::question_text::{clock_of, question_text};
use crate::components::skeleton::skeleton;
use crate::components::wall_code::drawing;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::Shared;
use crate::state::rooms::{RoomShown, phase_name};
use crate::state::wall_code::WallCode;

/// The page.
pub(crate) fn screen_page(shared: Shared, id: RoomId) -> Element {
    page::set_title("Projector · Rally");
    let session = shared.session;
    let person = move || (session.is_settled(), session.person().is_some());
    keys::listen(|key| {
        let is_ours = key == "f";
        if is_ours {
            page::toggle_fullscreen();
        }
        is_ours
    });
    el_class("div", "screen").part(person, move |(is_settled, is_known)| {
        Some(match (is_known, is_settled) {
            (true, _) => followed(shared, id.clone()),
            (false, true) => el("div").child(heading("Projector")).child(super::sign_in_first(session)),
            (false, false) => skeleton(),
        })
    })
}

fn followed(shared: Shared, id: RoomId) -> Element {
    let shown = watch_room(shared, &id);
    let content = move |kind: &Kind| {
        Some(match kind {
            Kind::Loading => skeleton(),
            Kind::Open => projected(shared, id.clone(), shown),
            Kind::Refused(_) | Kind::Deleted => {
                notice("There is no such room", "It may have been deleted.").child(way_on("/rooms", "See all rooms"))
            }
        })
    };
    el("div").part(move || shown.with(Kind::of), content)
}

fn projected(shared: Shared, id: RoomId, shown: ReadSignal<RoomShown>) -> Element {
    let name = move || shown.with(|shown| shown.open().map(|open| open.room.name.to_string()).unwrap_or_default());
    let code =
        move || shown.with(|shown| shown.open().and_then(|open| open.room.code.as_ref().map(ToString::to_string)));
    let address = [&navigation::origin(), Route::Room(id.clone()).to_string().as_str()].concat();
    let place = navigation::origin();
    let place = place.split("//").nth(1).unwrap_or_default().to_owned();
    let way_in = move |code: &Option<String>| {
        let code = code.as_deref()?;
        let words = el_class("p", "screen-code")
            .child(el_class("span", "screen-place").text(&[&place, "/rooms"].concat()))
            .child(el("strong").text(code));
        Some(
            el_class("div", "screen-way-in")
                .child(words)
                .children(WallCode::of(&address).map(|code| drawing(code, "QR code to this room"))),
        )
    };
    let current = move || shown.with(|shown| shown.current().cloned());
    let key = move || current().map(|pick| (pick.number, pick.phase));
    let question = move |key: &Option<_>| {
        Some(match (key, untrack(current)) {
            (Some(_), Some(pick)) => question(shared, shown, &pick),
            _ => {
                let closed = untrack(|| {
                    shown.with(|shown| shown.open().is_some_and(|open| open.room.state == RoomState::RoomClosed))
                });
                el_class("p", "screen-waiting").text(if closed {
                    "This room is closed. Thank you!"
                } else {
                    "Join in. The first question comes soon."
                })
            }
        })
    };
    let head = el_class("div", "screen-head").child(el("h1").set("tabindex", "-1").live_text(name)).part(code, way_in);
    el("div").set("data-room", id.as_str()).live("data-state", of_state(shown)).child(head).part(key, question)
}

fn question(shared: Shared, shown: ReadSignal<RoomShown>, pick: &PickView) -> Element {
    let answered = move || shown.with(|shown| shown.open().map_or(0, |open| open.answered));
    let count = el_class("p", "screen-count")
        .live("data-answered", move || Some(answered().to_string()))
        .live_text(move || [&answered().to_string(), " answered"].concat());
    let now = shared.clock.now();
    let left = pick.deadline.filter(|_| pick.phase == PickPhase::Open).map(|deadline| {
        move || {
            now.track();
            deadline.since(shared.live.server_now()).as_secs_f64().ceil() as u64
        }
    });
    let foot = el_class("div", "screen-foot").child(count);
    let foot = match left {
        Some(left) => foot.child(clock_of(left)),
        None => foot,
    };
    let is_shown = pick.phase == PickPhase::Closed;
    let options = pick.options.iter().enumerate().map(|(place, option)| {
        if is_shown {
            let (count, all) = (pick.bars.get(place).copied().unwrap_or_default(), pick.answered);
            let mark = (option.is_correct == Some(true)).then_some(Mark::Right);
            return bar(place, &option.text, mark, "", move || (count, all));
        }
        el_class("li", "screen-option")
            .set("data-option", &place.to_string())
            .child(el_class("span", "choice-letter").text(&letter(place)))
            .child(el("span").text(&option.text))
    });
    let list = el_class("ul", "bars screen-options").set("role", "list").children(options);
    let card = el_class("section", "screen-question")
        .set("aria-label", "Question")
        .set("data-pick", &pick.number.to_string())
        .set("data-phase", phase_name(pick.phase))
        .child(question_text(&pick.html));
    let card = if pick.options.is_empty() { card } else { card.child(list) };
    card.child(foot)
}
