//! View model of the room's settings: the host's unsaved changes, and conflicts with changes from other pages.

use domain::room::{Room, RoomChange, RoomName};
use domain::validation::Violation;

/// The settings while they are edited. What the host has not touched follows the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SettingsDraft {
    /// The name, as it is typed.
    pub(super) name: String,
    /// Whether guests may join.
    pub(super) guests_allowed: bool,
    /// Whether it is listed for its host only.
    pub(super) is_private: bool,
    room_name: RoomName,
    room_guests_allowed: bool,
    room_is_private: bool,
    revision: u64,
    /// The settings were changed elsewhere while the host edited them, so the revision stays where the edit began.
    is_outdated: bool,
    /// The host has been informed of that.
    is_told: bool,
}

impl SettingsDraft {
    /// The settings of a room.
    pub(super) fn new(room: &Room) -> Self {
        Self {
            name: room.name.to_string(),
            guests_allowed: room.guests_allowed,
            is_private: room.is_private,
            room_name: room.name.clone(),
            room_guests_allowed: room.guests_allowed,
            room_is_private: room.is_private,
            revision: room.rev,
            is_outdated: false,
            is_told: false,
        }
    }

    fn has_name(&self) -> bool {
        self.name.parse::<RoomName>().as_ref() != Ok(&self.room_name)
    }

    fn has_guests(&self) -> bool {
        self.guests_allowed != self.room_guests_allowed
    }

    fn has_private(&self) -> bool {
        self.is_private != self.room_is_private
    }

    /// Whether the host has changed something that is not saved.
    pub(super) fn is_changed(&self) -> bool {
        self.has_name() || self.has_guests() || self.has_private()
    }

    /// Whether the room is as this form knows it.
    fn is_known(&self, room: &Room) -> bool {
        let known = (&self.room_name, self.room_guests_allowed, self.room_is_private);
        known == (&room.name, room.guests_allowed, room.is_private)
    }

    fn set_known(&mut self, room: &Room) {
        (self.room_name, self.room_guests_allowed) = (room.name.clone(), room.guests_allowed);
        self.room_is_private = room.is_private;
    }

    /// The room has changed, elsewhere or by what this page has saved.
    pub(super) fn follow(&mut self, room: &Room) {
        if room.rev < self.revision {
            return;
        }
        let (has_name, has_guests, has_private) = (self.has_name(), self.has_guests(), self.has_private());
        let is_same = self.is_known(room);
        self.set_known(room);
        if !has_name {
            self.name = room.name.to_string();
        }
        if !has_guests {
            self.guests_allowed = room.guests_allowed;
        }
        if !has_private {
            self.is_private = room.is_private;
        }
        if !self.is_changed() {
            (self.is_outdated, self.is_told) = (false, false);
        } else if !is_same {
            self.is_outdated = true;
        }
        // A revision that only a pick or its end has made is no conflict.
        if !self.is_outdated || self.is_told {
            self.revision = room.rev;
        }
    }

    /// What is to be saved, and the revision that it is meant for; `None` if nothing is changed.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub(super) fn to_change(&self) -> Result<Option<(RoomChange, u64)>, Violation> {
        let name = self.has_name().then(|| self.name.parse()).transpose()?;
        let guests_allowed = self.has_guests().then_some(self.guests_allowed);
        let is_private = self.has_private().then_some(self.is_private);
        Ok(self
            .is_changed()
            .then_some((RoomChange { name, guests_allowed, is_private, ..RoomChange::default() }, self.revision)))
    }

    /// What is wrong with the name.
    pub(super) fn name_error(&self) -> Option<String> {
        self.name.parse::<RoomName>().err().map(|violation| violation.message())
    }

    /// The host was informed that the room was changed elsewhere: the next save is meant for `room`.
    pub(super) fn accept_conflict(&mut self, room: &Room) {
        self.is_told = true;
        self.follow(room);
    }

    /// What was sent is saved as `room`, whose name the server may write otherwise. What was changed meanwhile stays.
    pub(super) fn finish(&mut self, room: &Room, sent: &RoomChange) {
        (self.is_outdated, self.is_told) = (false, false);
        if room.rev >= self.revision {
            self.set_known(room);
            self.revision = room.rev;
        }
        let is_sent = sent.name.as_ref().is_some_and(|sent| self.name.parse::<RoomName>().as_ref() == Ok(sent));
        if !self.has_name() || is_sent {
            self.name = self.room_name.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn room(name: &str, guests_allowed: bool, rev: u64) -> Room {
        let room = json!({"id": "k3j9x0a2bc", "name": name, "creator": "ada", "creatorName": "Ada",
            "guestsAllowed": guests_allowed, "isPrivate": false, "state": "no_question", "picks": 0, "createdAt": "2026-11-20T12:00:00.000Z",
            "rev": rev});
        serde_json::from_value(room).unwrap()
    }

    fn change(name: Option<&str>, guests_allowed: Option<bool>, rev: u64) -> Option<(RoomChange, u64)> {
        Some((
            RoomChange { name: name.map(|name| name.parse().unwrap()), guests_allowed, ..RoomChange::default() },
            rev,
        ))
    }

    fn renamed(name: &str) -> RoomChange {
        RoomChange { name: Some(name.parse().unwrap()), ..RoomChange::default() }
    }

    #[test]
    fn only_what_was_changed_is_sent() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        assert_eq!((draft.to_change(), draft.is_changed()), (Ok(None), false));
        draft.name = "Biology 7b".to_owned();
        assert_eq!(draft.to_change(), Ok(change(Some("Biology 7b"), None, 1)));
        draft.name = " Biology ".to_owned();
        draft.guests_allowed = false;
        assert_eq!(draft.to_change(), Ok(change(None, Some(false), 1)));
    }

    #[test]
    fn untouched_settings_follow_the_room() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.follow(&room("Physics", false, 2));
        assert_eq!((draft.name.as_str(), draft.guests_allowed, draft.is_changed()), ("Physics", false, false));
        draft.name = "Physics 7b".to_owned();
        assert_eq!(draft.to_change(), Ok(change(Some("Physics 7b"), None, 2)), "meant for the room as it is shown");
    }

    #[test]
    fn a_change_elsewhere_during_an_edit_is_a_conflict_once() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "Biology 7b".to_owned();
        draft.follow(&room("Biology", false, 2));
        assert!(!draft.guests_allowed, "it follows");
        assert_eq!(draft.to_change(), Ok(change(Some("Biology 7b"), None, 1)), "the server refuses it");
        draft.follow(&room("Biology", false, 3));
        assert_eq!(draft.to_change(), Ok(change(Some("Biology 7b"), None, 1)), "a pick hides no conflict");
        draft.accept_conflict(&room("Biology", false, 3));
        assert_eq!(draft.to_change(), Ok(change(Some("Biology 7b"), None, 3)));
    }

    #[test]
    fn a_conflict_that_arrives_before_the_room_is_reported_once() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "Biology 7b".to_owned();
        draft.accept_conflict(&room("Biology", true, 1));
        draft.follow(&room("Biology", false, 2));
        assert_eq!(draft.to_change(), Ok(change(Some("Biology 7b"), None, 2)));
    }

    #[test]
    fn picks_during_an_edit_are_no_conflict() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "Biology 7b".to_owned();
        draft.follow(&room("Biology", true, 2));
        assert_eq!(draft.to_change(), Ok(change(Some("Biology 7b"), None, 2)));
    }

    #[test]
    fn what_is_typed_while_it_is_saved_stays_and_is_no_conflict() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "Biology 7b".to_owned();
        draft.finish(&room("Biology 7", true, 2), &renamed("Biology 7"));
        draft.follow(&room("Biology 7", true, 2));
        assert_eq!(draft.to_change(), Ok(change(Some("Biology 7b"), None, 2)));
    }

    #[test]
    fn a_name_that_the_server_writes_otherwise_is_saved() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "Ｂiology 7b".to_owned();
        draft.finish(&room("Biology 7b", true, 2), &renamed("Ｂiology 7b"));
        assert_eq!((draft.name.as_str(), draft.is_changed()), ("Biology 7b", false));
    }

    #[test]
    fn a_room_becomes_private_and_nothing_else_of_it_changes() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.is_private = true;
        let private = RoomChange { is_private: Some(true), ..RoomChange::default() };
        assert_eq!(draft.to_change(), Ok(Some((private.clone(), 1))));
        draft.follow(&room("Physics", true, 2));
        assert!(draft.is_private && draft.name == "Physics", "what is touched stays, what is not follows");
        draft.finish(&Room { is_private: true, ..room("Physics", true, 3) }, &private);
        assert!(!draft.is_changed() && draft.is_private);
    }

    #[test]
    fn a_room_older_than_what_was_saved_is_ignored() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "Biology 7".to_owned();
        draft.finish(&room("Biology 7", true, 3), &renamed("Biology 7"));
        draft.follow(&room("Biology", true, 2));
        assert_eq!((draft.name.as_str(), draft.is_changed()), ("Biology 7", false));
    }

    #[test]
    fn a_name_that_the_rules_refuse_is_not_sent() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "  ".to_owned();
        assert!(draft.to_change().is_err() && draft.name_error().is_some());
    }

    #[test]
    fn a_change_that_the_host_takes_back_is_not_sent() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "Physics".to_owned();
        draft.guests_allowed = false;
        assert!(draft.is_changed());
        draft.name = "Biology".to_owned();
        draft.guests_allowed = true;
        assert_eq!((draft.is_changed(), draft.to_change()), (false, Ok(None)));
    }

    #[test]
    fn a_conflict_ends_when_the_other_page_makes_the_same_change() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.guests_allowed = false;
        draft.follow(&room("Biology", false, 2));
        assert_eq!((draft.is_changed(), draft.to_change()), (false, Ok(None)));
        draft.name = "Physics".to_owned();
        assert_eq!(
            draft.to_change(),
            Ok(change(Some("Physics"), None, 2)),
            "the next edit begins at the room as it is"
        );
    }

    #[test]
    fn a_name_that_is_not_valid_keeps_the_choice_about_guests_from_being_sent() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "x".repeat(300);
        draft.guests_allowed = false;
        assert!(draft.to_change().is_err(), "half a form is never saved");
        assert!(draft.name_error().is_some());
    }

    #[test]
    fn saving_ends_a_reported_conflict() {
        let mut draft = SettingsDraft::new(&room("Biology", true, 1));
        draft.name = "Biology 7b".to_owned();
        draft.follow(&room("Physics", true, 2));
        draft.accept_conflict(&room("Physics", true, 2));
        draft.finish(&room("Biology 7b", true, 3), &renamed("Biology 7b"));
        assert!(!draft.is_changed());
        draft.name = "Biology 8".to_owned();
        draft.follow(&room("Chemistry", true, 4));
        assert_eq!(draft.to_change(), Ok(change(Some("Biology 8"), None, 3)), "the next conflict is refused again");
    }

    proptest! {
        /// Whatever other pages do: what the host has not touched shows the room, and is not sent.
        #[test]
        fn only_the_field_that_the_host_has_touched_is_sent(
            rooms in prop::collection::vec(("[A-C]", any::<bool>()), 1..10),
            is_told: bool,
        ) {
            let mut draft = SettingsDraft::new(&room("Start", true, 1));
            draft.name = "Typed here".to_owned();
            for (revision, (name, guests)) in (2..).zip(&rooms) {
                let room = room(name, *guests, revision);
                if is_told { draft.accept_conflict(&room) } else { draft.follow(&room) }
                prop_assert_eq!(draft.name.as_str(), "Typed here");
                prop_assert_eq!(draft.guests_allowed, *guests);
                let (change, sent_revision) = draft.to_change().unwrap().unwrap();
                prop_assert_eq!(change.guests_allowed, None);
                prop_assert_eq!(change.name, Some("Typed here".parse().unwrap()));
                prop_assert!(sent_revision <= revision, "no revision is made up");
                prop_assert!(!is_told || sent_revision == revision);
            }
        }

        #[test]
        fn an_untouched_form_is_the_room(rooms in prop::collection::vec(("[A-C]{1,2}", any::<bool>()), 1..10)) {
            let mut draft = SettingsDraft::new(&room("Start", true, 1));
            for (revision, (name, guests)) in (2..).zip(&rooms) {
                draft.follow(&room(name, *guests, revision));
                prop_assert_eq!(&draft, &SettingsDraft::new(&room(name, *guests, revision)));
            }
        }
    }
}
