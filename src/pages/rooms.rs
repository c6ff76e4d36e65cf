//! All rooms: join one, make one.

use domain::room::{Room, RoomState};
use domain::topic::Topic;
use domain::wire::read::Read;
use domain::wire::rooms::NewRoom;

use super::heading;
use crate::browser::element::{Element, el, el_class};
use crate::browser::{navigation, page};
use crate::components::action_button::{Look, action_button, failure};
use crate::components::join_form::code_form;
use crate::components::notice::notice;
use crate::components::room_form::room_form;
use crate::components::room_row::room_row;
use crate::components::skeleton::big_skeleton;
use crate::reactive::*;
use crate::routes::Route;
use crate::state::attempt::Attempt;
use crate::state::draft::Draft;
use crate::state::live::Known;
use crate::state::rooms::order;
use crate::state::session::Session;
use crate::state::{Shared, rooms_api};

/// The page.
pub(crate) fn rooms_page(shared: Shared) -> Element {
    page::set_title("Rooms · Rally");
    let rooms = shared.live.watch(Topic::Rooms, |_, state| Room::read(state));
    let joining = Attempt::new();
    let join = move |code| {
        joining.run(async move {
            let room = rooms_api::find(&code).await?;
            navigation::go(&Route::Room(room.id).to_string(), false);
            Ok(())
        });
    };
    let ways = el_class("section", "panel").set("aria-label", "Join").child(code_form(joining.progress(), join));
    let columns = el_class("div", "rooms-ways").child(ways).child(making(shared.session));
    el("div")
        .child(heading("Rooms"))
        .child(columns)
        .part(move || rooms.with(kind), move |kind| Some(list(*kind, rooms)))
}

/// What the list is, apart from the rooms themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Loading,
    Refused,
    Empty,
    Rooms,
}

fn kind(rooms: &Known<Room>) -> Kind {
    match rooms {
        Known::Loading => Kind::Loading,
        Known::Refused(_) => Kind::Refused,
        Known::Told(rooms) if rooms.is_empty() => Kind::Empty,
        Known::Told(_) => Kind::Rooms,
    }
}

fn list(kind: Kind, rooms: ReadSignal<Known<Room>>) -> Element {
    match kind {
        Kind::Loading => big_skeleton(),
        Kind::Refused => notice("The rooms cannot be shown", "Reload the page to ask again."),
        Kind::Empty => {
            notice("There are no rooms yet", "Whoever is signed in can make the first one. It shows here by itself.")
        }
        Kind::Rooms => {
            let some = move |is_closed: bool| rooms.with(|rooms| !of(rooms, is_closed).is_empty());
            let rows = move |is_closed: bool| {
                el_class("ul", "rows")
                    .set("role", "list")
                    .list(move || rooms.with(|rooms| of(rooms, is_closed)), room_row)
            };
            let closed = move || el("details").child(el("summary").text("Closed rooms")).child(rows(true));
            el_class("section", "panel room-list")
                .set("aria-label", "Rooms")
                .when(move || some(false), move || rows(false))
                .when(move || !some(false), || el_class("p", "hint").text("No room is open now."))
                .when(move || some(true), closed)
        }
    }
}

/// The rooms that are closed, or those that are not: by name.
fn of(rooms: &Known<Room>, is_closed: bool) -> Vec<(String, Room)> {
    let fits = |room: &&Room| (room.state == RoomState::RoomClosed) == is_closed;
    let mut rooms: Vec<Room> = rooms.list().iter().filter(fits).cloned().collect();
    order(&mut rooms, |one, other| (&one.name, one.created_at) < (&other.name, other.created_at));
    rooms.into_iter().map(|room| (room.id.to_string(), room)).collect()
}

fn making(session: Session) -> Element {
    let (attempt, signing_in) = (Attempt::new(), Attempt::new());
    let name = Draft::of("rally-new-room".to_owned()).text();
    let make = move |room: NewRoom| {
        attempt.run(async move {
            let made = rooms_api::create(&room).await?;
            name.try_set(String::new());
            navigation::go(&Route::Control(made.id).to_string(), false);
            Ok(())
        });
    };
    let content = move |is_member: &bool| {
        Some(if *is_member {
            room_form(name, true, ["Make a room", "Making…"], attempt.progress(), make)
        } else if session.can_sign_in() {
            let progress = signing_in.progress();
            el("form")
                .on_submit(move || signing_in.run(session.sign_in()))
                .child(el("p").text("Sign in to make a room, write questions, and pick them for everybody."))
                .child(action_button(Look::Primary, "Sign in", "One moment…", progress))
                .child(failure(progress))
        } else {
            el("p").text("Nobody can sign in here, so nobody can make rooms.")
        })
    };
    el_class("section", "panel")
        .set("aria-labelledby", "make-room")
        .child(el("h2").set("id", "make-room").text("A room of your own"))
        .part(move || session.member().is_some(), content)
}
