//! View model: which of the pages of a room is shown to a person who may not run it, or before it is known.

use crate::features::rooms::room_view::RoomView;
use crate::live::Denial;

/// What a page of a room shows as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing is known yet.
    Loading,
    /// The server denies the room; the sentence says why.
    Denied(Denial),
    /// The room is deleted.
    Deleted,
    /// The user does not run it.
    NotHost,
    /// The room.
    Ready,
}

impl Stage {
    /// The stage of the host panel.
    pub(super) fn of_host(view: &RoomView, is_host: bool) -> Self {
        match Self::of_projector(view) {
            Self::Ready if !is_host => Self::NotHost,
            stage => stage,
        }
    }

    /// The stage of the projector, which all who are in the room may open.
    pub(super) fn of_projector(view: &RoomView) -> Self {
        match view {
            RoomView::Loading { .. } => Self::Loading,
            RoomView::Denied(why) => Self::Denied(why.clone()),
            RoomView::Deleted => Self::Deleted,
            RoomView::Ready(_) => Self::Ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::features::rooms::room_view::RoomContents;

    #[test]
    fn only_the_host_gets_the_panel_of_a_room() {
        let room = json!({"id": "k3j9x0a2bc", "name": "Biology", "creator": "ada", "creatorName": "Ada", "guestsAllowed": true,
            "state": "no_question", "picks": 0, "createdAt": "2026-11-20T12:00:00.000Z", "rev": 1});
        let room = serde_json::from_value(room).unwrap();
        let ready = RoomView::Ready(RoomContents { room, picks: vec![], answered: 0 });
        assert_eq!(Stage::of_host(&ready, true), Stage::Ready);
        assert_eq!(Stage::of_host(&ready, false), Stage::NotHost);
        assert_eq!(Stage::of_projector(&ready), Stage::Ready);
    }

    #[test]
    fn every_visitor_sees_why_a_room_is_absent() {
        for is_host in [true, false] {
            assert_eq!(Stage::of_host(&RoomView::Loading { was_there: false }, is_host), Stage::Loading);
            assert_eq!(Stage::of_host(&RoomView::Deleted, is_host), Stage::Deleted);
            assert_eq!(Stage::of_host(&RoomView::Denied(Denial::new("no")), is_host), Stage::Denied(Denial::new("no")));
        }
    }

    #[test]
    fn the_projector_needs_no_host() {
        assert_eq!(Stage::of_projector(&RoomView::Loading { was_there: false }), Stage::Loading);
        assert_eq!(Stage::of_projector(&RoomView::Deleted), Stage::Deleted);
        let denied = RoomView::Denied(Denial::new("Sign in first."));
        assert_eq!(Stage::of_projector(&denied), Stage::Denied(Denial::new("Sign in first.")));
    }
}
