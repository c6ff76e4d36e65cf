//! Rooms: all of them, and one as its participants see it. The view model of a room and what draws its questions are
//! shared with the host's pages.

mod answer_draft;
mod answer_form;
mod automatic_send;
mod entrance;
mod entry_key;
mod join_forms;
pub(crate) mod join_info;
mod new_room_form;
pub(crate) mod options;
pub(crate) mod outcome;
pub(crate) mod own_result;
mod question_card;
pub(crate) mod question_text;
mod room_alert;
mod room_bar;
pub(crate) mod room_link;
pub(crate) mod room_list;
mod room_page;
mod room_row;
pub(crate) mod room_view;
mod rooms_page;
pub(crate) mod share;
pub(crate) mod texts;
mod use_room;

pub(crate) use room_page::RoomPage;
pub(crate) use rooms_page::RoomsPage;
pub(crate) use use_room::{RoomHandle, use_room};
