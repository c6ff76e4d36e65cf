//! What the pages of a room share: following it, and what they are before there is anything to follow. Never draws.

use domain::room::RoomId;
use domain::topic::Topic;

use crate::reactive::*;
use crate::state::Shared;
use crate::state::rooms::{RoomEntity, RoomShown, state_name};

/// What the page is, apart from what happens in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Loading,
    Refused(String),
    Deleted,
    Open,
}

impl Kind {
    pub(super) fn of(shown: &RoomShown) -> Self {
        match shown {
            RoomShown::Loading => Self::Loading,
            RoomShown::Refused(why) => Self::Refused(why.clone()),
            RoomShown::Deleted => Self::Deleted,
            RoomShown::Open(_) => Self::Open,
        }
    }
}

/// Follows a room, for as long as the part of the page that asks is there.
pub(super) fn watch_room(shared: Shared, id: &RoomId) -> ReadSignal<RoomShown> {
    let known = shared.live.watch(Topic::Room(id.clone()), RoomEntity::read);
    let shown = RwSignal::new(RoomShown::Loading);
    follow(move || {
        let next = known.with(|known| shown.with_untracked(|before| RoomShown::of(known, before)));
        if shown.with_untracked(|before| *before != next) {
            shown.set(next);
        }
    });
    shown.read_only()
}

/// How far the room is, as an attribute.
pub(super) fn of_state(shown: ReadSignal<RoomShown>) -> impl Fn() -> Option<String> + Copy {
    move || shown.with(|shown| shown.open().map(|open| state_name(open.room.state).to_owned()))
}
