//! The rules of a room, one by one and in any order.

use proptest::prelude::*;

use super::*;
use crate::person::Guest;

fn ada() -> Member {
    Member { id: "ada".parse().unwrap(), name: "Ada".parse().unwrap(), is_admin: false, groups: Vec::new() }
}

fn room() -> Room {
    let (id, code) = ("k3j9x0a2bc".parse().unwrap(), "ABC234".parse().unwrap());
    let settings = RoomSettings { name: "Biology".parse().unwrap(), guests_allowed: true, is_private: false };
    Room::create(id, code, settings, &ada(), Timestamp::default())
}

fn guest_of(room: &str) -> Person {
    Person::Guest(Guest { id: "ada".parse().unwrap(), name: "Bo".parse().unwrap(), room: room.parse().unwrap() })
}

#[test]
fn a_code_is_read_as_people_type_it() {
    for typed in ["ABC234", "abc234", " abc 234 ", "ABC-234"] {
        assert_eq!(typed.parse::<JoinCode>().unwrap().as_str(), "ABC234", "{typed}");
    }
    for odd in ["", "ABC23", "ABC2345", "ABCO34", "ABC134", "ABCD3É", "ABCU34"] {
        assert!(odd.parse::<JoinCode>().is_err(), "{odd}");
    }
    assert!(!CODE_ALPHABET.iter().any(|letter| b"ILOU01".contains(letter)));
}

#[test]
fn a_question_goes_from_open_to_closed_once() {
    let room = room();
    assert_eq!(room.close_question(), Err(RoomRefusal::NoQuestion));
    let open = room.pick().unwrap();
    assert_eq!((open.state, open.picks, open.rev), (RoomState::QuestionOpen, 1, 2));
    assert!(open.takes_answers(1) && !open.takes_answers(2) && !open.takes_answers(0));
    let closed = open.close_question().unwrap().unwrap();
    assert!(!closed.takes_answers(1));
    assert_eq!(closed.close_question(), Ok(None));
}

#[test]
fn a_pick_replaces_an_open_question() {
    let again = room().pick().unwrap().pick().unwrap();
    assert!(again.takes_answers(2) && !again.takes_answers(1));
}

#[test]
fn a_closed_room_can_only_be_read_or_reopened() {
    let closed = room().pick().unwrap().close().unwrap();
    assert_eq!(closed.pick(), Err(RoomRefusal::Closed));
    assert_eq!(closed.close_question(), Err(RoomRefusal::Closed));
    assert_eq!(
        closed.change(&RoomChange { guests_allowed: Some(false), ..RoomChange::default() }),
        Err(RoomRefusal::Closed)
    );
    assert_eq!(closed.admit_guest(0), Err(RoomRefusal::Closed));
    assert_eq!(closed.close(), None);
    let reopened = closed.reopen().unwrap();
    assert_eq!((reopened.state, reopened.picks), (RoomState::NoQuestion, 1));
    assert_eq!(reopened.reopen(), Err(RoomRefusal::NotClosed));
}

#[test]
fn a_room_is_full_at_its_limit() {
    let full = Room { picks: PICKS_PER_ROOM, ..room() };
    assert_eq!(full.pick(), Err(RoomRefusal::TooManyPicks));
}

#[test]
fn a_change_that_changes_nothing_is_none() {
    assert_eq!(room().change(&RoomChange::default()), Ok(None));
    let change = RoomChange {
        name: Some("Physics".parse().unwrap()),
        guests_allowed: Some(true),
        is_private: Some(false),
        ..RoomChange::default()
    };
    let changed = room().change(&change).unwrap().unwrap();
    assert_eq!((changed.name.as_str(), changed.rev), ("Physics", 2));
}

#[test]
fn a_change_of_one_setting_leaves_the_other() {
    let no_guests = RoomChange { guests_allowed: Some(false), ..RoomChange::default() };
    let no_guests = room().change(&no_guests).unwrap().unwrap();
    assert_eq!((&no_guests.name, no_guests.guests_allowed), (&room().name, false));
    let renamed = RoomChange { name: Some("Physics".parse().unwrap()), ..RoomChange::default() };
    let renamed = no_guests.change(&renamed).unwrap().unwrap();
    assert_eq!((renamed.name.as_str(), renamed.guests_allowed), ("Physics", false));
    let private = RoomChange { is_private: Some(true), ..RoomChange::default() };
    let private = renamed.change(&private).unwrap().unwrap();
    assert_eq!((private.name.as_str(), private.guests_allowed, private.is_private), ("Physics", false, true));
}

#[test]
fn only_its_creator_runs_it_and_only_its_own_guests_are_in() {
    let room = room();
    let creator = Person::Member(ada());
    let other = Person::Member(Member { id: "bob".parse().unwrap(), ..ada() });
    let (own, foreign) = (guest_of("k3j9x0a2bc"), guest_of("zzzzzzzzzz"));
    assert_eq!(room.authorize_creator(&creator), Ok(()));
    // The guest's id is the creator's, and still it is a guest.
    for person in [&other, &own, &foreign] {
        assert_eq!(room.authorize_creator(person), Err(RoomRefusal::NotCreator));
    }
    let private = Room { is_private: true, ..room.clone() };
    for (person, open, closed) in [
        (&creator, Ok(()), Ok(())),
        (&other, Ok(()), Err(RoomRefusal::Private)),
        (&own, Err(RoomRefusal::NoLongerGuest), Err(RoomRefusal::NoLongerGuest)),
        (&foreign, Err(RoomRefusal::OtherRoom), Err(RoomRefusal::OtherRoom)),
    ] {
        assert_eq!(room.authorize_entry(person, false), open, "{person:?}");
        assert_eq!(private.authorize_entry(person, false), closed, "{person:?}");
    }
    for room in [&room, &private] {
        for person in [&creator, &other, &own] {
            assert_eq!(room.authorize_entry(person, true), Ok(()));
        }
        assert_eq!(room.authorize_entry(&foreign, true), Err(RoomRefusal::OtherRoom), "whatever is stored of them");
    }
}

#[test]
fn a_room_takes_guests_up_to_its_limit_and_a_member_rooms_up_to_theirs() {
    assert_eq!(room().admit_guest(GUESTS_PER_ROOM - 1), Ok(()));
    assert_eq!(room().admit_guest(GUESTS_PER_ROOM), Err(RoomRefusal::TooManyGuests));
    let no_guests = Room { guests_allowed: false, ..room() };
    assert_eq!(no_guests.admit_guest(0), Err(RoomRefusal::NoGuests));
    assert_eq!(Room::authorize_another(ROOMS_PER_MEMBER - 1), Ok(()));
    assert_eq!(Room::authorize_another(ROOMS_PER_MEMBER), Err(RoomRefusal::TooManyRooms));
    for refusal in [RoomRefusal::TooManyGuests, RoomRefusal::TooManyRooms] {
        assert!(!refusal.is_about_person() && refusal.to_string().contains("00 "), "{refusal}");
    }
}

#[test]
fn one_key_opens_a_room() {
    let (code, link): (JoinCode, JoinLink) = ("ABC234".parse().unwrap(), "x".repeat(LINK_LENGTH).parse().unwrap());
    assert_eq!(room().check_code(&code), Ok(()));
    assert_eq!(room().check_code(&"ABC235".parse().unwrap()), Err(RoomRefusal::WrongCode));
    assert_eq!(room().public().check_code(&code), Err(RoomRefusal::WrongCode), "without a code none fits");
    assert_eq!(EntryKey::of(Some(code.clone()), None), Ok(EntryKey::Code(code.clone())));
    assert_eq!(EntryKey::of(None, Some(link.clone())), Ok(EntryKey::Link(link.clone())));
    for (code, link) in [(None, None), (Some(code), Some(link))] {
        assert!(EntryKey::of(code, link).unwrap_err().is_rule);
    }
    for odd in ["", "ABC234", &"ä".repeat(11), &"x".repeat(23), &"x/".repeat(11)] {
        assert!(odd.parse::<JoinLink>().is_err(), "{odd}");
    }
}

#[test]
fn a_room_that_was_kept_before_there_were_private_ones_is_not_private() {
    let mut json = serde_json::to_value(room()).unwrap();
    assert_eq!(json["isPrivate"], false);
    json.as_object_mut().unwrap().remove("isPrivate");
    assert_eq!(serde_json::from_value::<Room>(json).unwrap(), room());
}

#[test]
fn the_public_view_of_a_room_has_no_code() {
    let json = serde_json::to_string(&room().public()).unwrap();
    assert!(!json.contains("ABC234") && !json.contains("code"), "{json}");
}

proptest! {
    /// Whatever is done in whatever order: at most one question takes answers, it is the last pick, and each step that
    /// changes something adds one to the revision.
    #[test]
    fn there_is_at_most_one_current_question(steps in proptest::collection::vec(0_u8..4, 0..60)) {
        let mut room = room();
        for step in steps {
            let next = match step {
                0 => room.pick().ok(),
                1 => room.close_question().ok().flatten(),
                2 => room.close(),
                _ => room.reopen().ok(),
            };
            if let Some(next) = next {
                prop_assert_eq!(next.rev, room.rev + 1);
                prop_assert!(next.picks >= room.picks);
                room = next;
            }
            let open: Vec<u32> = (0..=room.picks + 1).filter(|pick| room.takes_answers(*pick)).collect();
            prop_assert!(open.is_empty() || open == [room.picks]);
        }
    }
}

#[test]
fn a_leaderboard_comes_and_goes_also_at_the_end() {
    let shows = |shows| RoomChange { shows_leaderboard: Some(shows), ..RoomChange::default() };
    let closed = room().pick().unwrap().close().unwrap();
    let shown = closed.change(&shows(true)).unwrap().unwrap();
    assert_eq!((shown.shows_leaderboard, shown.state, shown.rev), (true, RoomState::RoomClosed, closed.rev + 1));
    assert_eq!(shown.change(&shows(true)), Ok(None));
    let with_name = RoomChange { name: Some("Physics".parse().unwrap()), ..shows(false) };
    assert_eq!(shown.change(&with_name), Err(RoomRefusal::Closed));
    let next = shown.reopen().unwrap().pick().unwrap();
    assert!(!next.shows_leaderboard, "the screen is the question's again");
    let during = next.change(&shows(true)).unwrap().unwrap();
    assert!(!during.close_question().unwrap().unwrap().shows_leaderboard, "the screen is the feedback's");
}
