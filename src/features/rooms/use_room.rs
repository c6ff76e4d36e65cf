//! Follows a room: one topic, read into one view model that the participant's page, the host panel and the projector
//! share.

use std::sync::Arc;

use domain::pick::PickView;
use domain::room::{Room, RoomId, RoomState};
use domain::topic::Topic;
use leptos::prelude::*;

use super::room_view::{PickKey, RoomContents, RoomEntity, RoomView, is_host, seconds_left, state_name};
use crate::auth::Session;
use crate::live::{Live, TopicStore, use_topic_with};
use crate::ui::use_now;

/// A room that is followed. Copies are handles to the same room.
#[derive(Clone, Copy)]
pub(crate) struct RoomHandle {
    topic: TopicStore<RoomEntity>,
    /// The whole view: notifies with each change, also of the number of answers.
    pub(crate) view: Memo<RoomView>,
    /// The room, once it is there. Notifies only when the room itself changes.
    pub(crate) room: Memo<Option<Room>>,
    /// The room's name; empty until it is known. A room that was deleted meanwhile keeps it.
    pub(crate) name: Memo<String>,
    /// The current pick, if there is one.
    pub(crate) current: Memo<Option<Arc<PickView>>>,
    /// The number and phase of the current pick, if there is one.
    pub(crate) key: Memo<Option<PickKey>>,
    /// How many have answered the last pick.
    pub(crate) answered: Memo<u32>,
    /// The seconds until the current pick's time limit by the server's clock; 0 when it has passed, `None` without a
    /// limit.
    pub(crate) left: Memo<Option<u64>>,
    /// Whether the user runs the room.
    pub(crate) is_host: Memo<bool>,
}

/// Subscribes to a room until the current owner is cleaned up. Needs a person who is in the room: a member, or its guest.
pub(crate) fn use_room(id: &RoomId) -> RoomHandle {
    let (live, session) = (expect_context::<Live>(), expect_context::<Session>());
    let topic = use_topic_with(Topic::Room(id.clone()), RoomEntity::read);
    let view = Memo::new(move |before: Option<&RoomView>| {
        RoomView::of(&topic.state(), topic.list(), topic.unreadable(), before)
    });
    let of_contents = move |view: &RoomView| view.contents().and_then(RoomContents::current).cloned();
    let room = Memo::new(move |_| view.with(|view| view.contents().map(|contents| contents.room.clone())));
    let name = Memo::new(move |before: Option<&String>| {
        let now = room.with(|room| room.as_ref().map(|room| room.name.to_string()));
        now.or_else(|| before.cloned()).unwrap_or_default()
    });
    let current = Memo::new(move |_| view.with(of_contents));
    let key = Memo::new(move |_| current.with(|pick| pick.as_ref().map(|pick| (pick.number, pick.phase))));
    let answered = Memo::new(move |_| view.with(|view| view.contents().map_or(0, |contents| contents.answered)));
    let now = use_now().server(live);
    let left = Memo::new(move |_| {
        let pick = current.get().filter(|pick| pick.deadline.is_some())?;
        seconds_left(&pick, now.get())
    });
    let is_host = Memo::new(move |_| {
        let member = session.member().map(|member| member.id);
        room.with(|room| room.as_ref().is_some_and(|room| is_host(room, member.as_ref())))
    });
    RoomHandle { topic, view, room, name, current, key, answered, left, is_host }
}

impl RoomHandle {
    /// The room's state for the attribute `data-state`, once it is known (tracked).
    pub(crate) fn state_name(self) -> Option<&'static str> {
        self.room.with(|room| room.as_ref().map(|room| state_name(room.state)))
    }

    /// Whether the room is closed (tracked).
    pub(crate) fn is_closed(self) -> bool {
        self.room.with(|room| room.as_ref().is_some_and(|room| room.state == RoomState::RoomClosed))
    }

    /// Whether the projector shows the best (tracked).
    pub(crate) fn shows_leaderboard(self) -> bool {
        self.room.with(|room| room.as_ref().is_some_and(|room| room.shows_leaderboard))
    }

    /// Whether the current pick's time limit has passed (tracked).
    pub(crate) fn is_time_up(self) -> bool {
        self.left.get() == Some(0)
    }

    /// How many entities of the room this version of the site cannot read (tracked).
    pub(crate) fn unreadable(self) -> usize {
        self.topic.unreadable()
    }
}
