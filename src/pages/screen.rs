//! One room, as it is projected: the way in, the question, the bars. Readable from the back row.

use domain::pick::{PickPhase, PickView};
use domain::room::{RoomId, RoomState};

use super::followed_room::{Kind, of_state, watch_room};
use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::{keys, navigation, page};
use crate::components::notice::{notice, way_on};
use crate::components::projection::{projected_question, projected_way_in};
use crate::reactive::*;
use crate::routes::Route;
use crate::state::Shared;
use crate::state::rooms::RoomShown;

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
            (false, false) => super::loading("Projector"),
        })
    })
}

fn followed(shared: Shared, id: RoomId) -> Element {
    let shown = watch_room(shared, &id);
    let content = move |kind: &Kind| {
        Some(match kind {
            Kind::Loading => super::loading("Projector"),
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
    let place = navigation::origin().split("//").nth(1).unwrap_or_default().to_owned() + "/rooms";
    let way_in = move |code: &Option<String>| code.as_deref().map(|code| projected_way_in(&place, code, &address));
    let current = move || shown.with(|shown| shown.current().cloned());
    let is_closed =
        move || shown.with(|shown| shown.open().is_some_and(|open| open.room.state == RoomState::RoomClosed));
    let key = move || (current().map(|pick| (pick.number, pick.phase)), is_closed());
    let content = move |(_, is_closed): &(Option<_>, bool)| {
        Some(match untrack(current) {
            Some(pick) => question(shared, shown, &pick),
            None if *is_closed => el_class("p", "screen-waiting").text("This room is closed. Thank you!"),
            None => el_class("p", "screen-waiting").text("Join in. The next question comes soon."),
        })
    };
    let head = el_class("div", "screen-head").child(el("h1").set("tabindex", "-1").live_text(name)).part(code, way_in);
    let whole = el_class("button", "screen-full")
        .set("type", "button")
        .on_click(page::toggle_fullscreen)
        .text("Full screen (f)");
    el_class("div", "screen-room")
        .set("data-room", id.as_str())
        .live("data-state", of_state(shown))
        .child(head)
        .part(key, content)
        .child(whole)
}

fn question(shared: Shared, shown: ReadSignal<RoomShown>, pick: &PickView) -> Element {
    let answered = move || shown.with(|shown| shown.open().map_or(0, |open| open.answered));
    let now = shared.clock.now();
    let left = pick.deadline.filter(|_| pick.phase == PickPhase::Open).map(|deadline| {
        move || {
            now.track();
            deadline.since(shared.live.server_now()).as_secs_f64().ceil() as u64
        }
    });
    projected_question(pick, answered, left)
}
