//! The texts of rooms.

use domain::question::QuestionKind;
use domain::room::{Room, RoomState};
use domain::score_sheet::Total;

use super::answer_draft::{AnswerStatus, Unsent};
use super::outcome::{Mark, RoomEvent, Verdict};
use crate::format;

/// The page of all rooms.
pub(super) const ROOMS: &str = "Rooms";
/// The page of a room whose name is not known.
pub(super) const ROOM: &str = "Room";
/// The rooms' topic is denied.
pub(super) const ROOMS_DENIED: &str = "The rooms can't be shown";
/// The form for a join code, for assistive technology.
pub(super) const JOIN_A_ROOM: &str = "Join a room";
/// The heading of the member's own rooms.
pub(super) const YOUR_ROOMS: &str = "Your rooms";
/// The member has no room.
pub(super) const NO_ROOMS: &str = "No rooms yet";
/// What they do then.
pub(super) const NO_ROOMS_BODY: &str = "Create a room, share its code, and pick your first question.";
/// The heading of the rooms of other members.
pub(super) const OPEN_ROOMS: &str = "Open rooms";
/// Above the sign-in, for visitors.
pub(super) const SIGN_IN_FOR_ROOMS: &str = "Sign in to see the open rooms and to create your own.";
/// A room that is listed for its host only.
pub(super) const PRIVATE: &str = "Private";
/// Opens a room's host panel.
pub(super) const RUN: &str = "Run";
/// Opens the projector.
pub(super) const PRESENT: &str = "Present";
/// Opens the room as its participants see it.
pub(super) const VIEW_AS_PARTICIPANT: &str = "View as participant";
/// Opens the host panel with the room's settings.
pub(crate) const ROOM_SETTINGS: &str = "Room settings";
/// Copies a link that leads into a room.
pub(crate) const COPY_LINK: &str = "Copy link";
/// The link is copied.
pub(super) const LINK_COPIED: &str = "Link copied";
/// The browser does not let a page copy.
pub(super) const NOT_COPIED: &str = "This browser doesn't allow copying. The host panel shows the join code.";
/// Deletes a room.
pub(super) const DELETE_ROOM: &str = "Delete room";
/// The same, under way.
pub(super) const DELETING: &str = "Deleting…";
/// What deleting a room means.
pub(super) const DELETE_BODY: &str = "This permanently deletes the room and all answers.";
/// Closes a dialog.
pub(super) const CANCEL: &str = "Cancel";
/// The folded list of closed rooms.
pub(super) const CLOSED_ROOMS: &str = "Closed rooms";
/// Leads from a room to the page of all rooms.
pub(super) const BACK_TO_ROOMS: &str = "Back to Rooms";
/// Leads a member to the page of all rooms.
const SEE_ALL_ROOMS: &str = "See all rooms";
/// The link to the page of all rooms for users who see no rooms there: it has the field for a join code.
const JOIN_ANOTHER_ROOM: &str = "Join another room";
/// What a join code looks like.
pub(super) const JOIN_CODE_HINT: &str = "6 characters, shown on the host's screen";
/// Joins a room.
pub(super) const JOIN: &str = "Join";
/// The same, under way.
pub(super) const JOINING: &str = "Joining…";
/// Opens the dialog that creates a room.
pub(super) const NEW_ROOM: &str = "New room";
/// The deployment has no sign-in.
pub(super) const NO_SIGN_IN: &str = "This site has no sign-in, so rooms can't be created here.";
/// The field of a new room's name.
pub(super) const ROOM_NAME: &str = "Name";
/// An example of it.
pub(super) const ROOM_NAME_HINT: &str = "For example, Biology 7b";
/// Whether people can join a room with a nickname.
pub(super) const ALLOW_GUESTS: &str = "Allow guests (no sign-in)";
/// Whether a room is listed for its host only.
pub(crate) const PRIVATE_ROOM: &str = "Private room";
/// What that means.
pub(crate) const PRIVATE_ROOM_HINT: &str =
    "Only you see a private room in the list of rooms. All others need its join code or QR code.";
/// Creates the room.
pub(super) const CREATE_ROOM: &str = "Create room";
/// The same, under way.
pub(super) const CREATING: &str = "Creating…";
/// The form for the join code of one room, for assistive technology.
pub(super) const BY_CODE: &str = "Enter with the join code";
/// Shows the join code to the room.
pub(super) const ENTER: &str = "Enter";
/// The same, under way.
pub(super) const ENTERING: &str = "Entering…";
/// Above the sign-in of a room whose join code is not known.
pub(super) const SIGN_IN_WITHOUT_CODE: &str = "Have an account? Most rooms need no code then.";
/// The server does not open the room.
pub(super) const NOT_OPENED: &str = "The room can't be opened";
/// Opens it again.
pub(super) const TRY_AGAIN: &str = "Try again";
/// A person who is no longer a guest may join again.
pub(super) const JOIN_AGAIN: &str = "Join again";
/// The form for guests, for assistive technology.
pub(super) const AS_GUEST: &str = "Join as a guest";
/// Joins as a guest.
pub(super) const JOIN_AS_GUEST: &str = "Join as a guest";
/// The field of a guest's name.
pub(super) const NICKNAME: &str = "Your nickname";
/// Says that the host sees it.
pub(super) const NICKNAME_HINT: &str = "The host sees this next to your answers.";
/// Above the sign-in, beside the form for guests.
pub(super) const HAVE_ACCOUNT: &str = "Have an account?";
/// Above the sign-in of a room without guests.
pub(super) const SIGN_IN_TO_JOIN: &str = "Sign in to join this room.";
/// The room takes no guests, and the site has no sign-in.
pub(super) const NO_GUESTS: &str = "This room takes no guests";
/// What to do then.
pub(super) const NO_GUESTS_BODY: &str = "This site has no sign-in. Ask the host to allow guests.";
/// The room is closed.
pub(super) const ROOM_CLOSED: &str = "This room is closed";
/// What that means for a visitor.
pub(super) const CLOSED_TO_VISITORS: &str = "The session is over, and no one can join it any more.";
/// The same, where the deployment has no sign-in.
pub(super) const CLOSED_TO_ALL: &str =
    "The session is over, and no one can join it any more. Ask the host to reopen it.";
/// Above the sign-in of a closed room.
pub(super) const SIGN_IN_FOR_RESULTS: &str = "Did you take part with an account? Sign in to see your results.";
/// What a closed room means for its participants.
pub(super) const ROOM_CLOSED_BODY: &str = "Its questions and your results stay here.";
/// The same, if no question was picked.
pub(super) const ROOM_CLOSED_EMPTY: &str = "No question was asked.";
/// No question has been picked yet.
pub(super) const WAITING_FOR_FIRST: &str = "Waiting for the first question";
/// No question is open just now.
pub(super) const WAITING_FOR_NEXT: &str = "Waiting for the next question";
/// What the participants do meanwhile: nothing.
pub(super) const APPEARS_HERE: &str = "It will appear here automatically.";
/// The room's topic is denied.
pub(super) const ROOM_DENIED: &str = "You can't see this room";
/// The room was there.
pub(crate) const ROOM_DELETED: &str = "This room was deleted";
/// What that means.
pub(crate) const ROOM_DELETED_BODY: &str = "Its questions and answers are gone, too.";
/// There is no such room.
pub(crate) const ROOM_NOT_FOUND: &str = "Room not found";
/// Why.
pub(crate) const ROOM_NOT_FOUND_BODY: &str = "It may have been deleted, or the address is incomplete.";
/// Part of the room is newer than this version of the site.
pub(super) const UNREADABLE: &str = "This version of Rally can't show everything in this room. Reload the page.";
/// Leaves the room.
pub(super) const LEAVE: &str = "Leave room";
/// Leads the host to the host panel, in a menu.
pub(super) const HOST_CONTROLS: &str = "Host controls";
/// Leads the host to the host panel.
pub(super) const OPEN_HOST_CONTROLS: &str = "You run this room: open host controls";
/// What the host sees in place of the form.
pub(super) const HOST_DOES_NOT_ANSWER: &str = "You run this room: its questions are for the others.";
/// The current question, for assistive technology.
pub(super) const QUESTION: &str = "Question";
/// The folded list of earlier questions.
pub(super) const EARLIER_QUESTIONS: &str = "Earlier questions";
/// The field of a text answer.
pub(crate) const YOUR_ANSWER: &str = "Your answer";
/// Above options of which one is chosen.
pub(crate) const CHOOSE_ONE: &str = "Choose one";
/// Above options of which several may be chosen.
pub(crate) const SELECT_ALL: &str = "Select all that apply";
/// Sends an answer.
pub(super) const SEND: &str = "Send";
/// Leads back to the answer that was sent.
pub(super) const EDIT_ANSWER: &str = "Edit answer";
/// An answer is being sent.
pub(super) const SENDING: &str = "Sending…";
/// Beside an answer that is sent.
pub(super) const CAN_BE_CHANGED: &str = "You can change it until the question closes.";
/// How an option that the arrow keys have chosen is sent without the button, where there are keys.
pub(super) const ENTER_SENDS: &str = "Enter sends it, too.";
/// A question was replaced before its feedback was shown.
pub(super) const ENDED_WITHOUT_FEEDBACK: &str = "This question ended without feedback.";
/// The room's own state is newer than this version of the site.
pub(super) const UNREADABLE_ROOM: &str = "This version of Rally can't show this room. Reload the page.";
/// A time limit has passed.
pub(crate) const TIME_IS_UP: &str = "Time's up";
/// A countdown is short, announced.
pub(super) const TEN_SECONDS_LEFT: &str = "10 seconds left";
/// The label of a join code.
pub(crate) const JOIN_CODE: &str = "Join code";
/// What the QR code is, for assistive technology.
pub(super) const QR_CODE: &str = "QR code to this room";

/// A room's state in words. `is_time_up` says that the open question's time limit has passed.
pub(crate) const fn room_state(state: RoomState, is_time_up: bool) -> &'static str {
    match state {
        RoomState::NoQuestion => "Waiting to start",
        RoomState::QuestionOpen if is_time_up => TIME_IS_UP,
        RoomState::QuestionOpen => "Question open",
        RoomState::QuestionClosed => "Feedback shown",
        RoomState::RoomClosed => "Closed",
    }
}

/// Says that there is no open room, or none but those of the member, who `has_own` ones.
pub(super) const fn no_open_rooms(has_own: bool) -> &'static str {
    if has_own { "No other open rooms" } else { "No open rooms" }
}

/// The link to the page of all rooms, for a member or for other users.
pub(super) const fn rooms_link(is_member: bool) -> &'static str {
    if is_member { SEE_ALL_ROOMS } else { JOIN_ANOTHER_ROOM }
}

/// What became of an option: a sign and a word, never a colour only.
pub(super) const fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Correct | Mark::Right => "✓ Correct",
        Mark::Missed => "○ Missed",
        Mark::Wrong => "✗ Wrong",
    }
}

/// “1 answer”.
pub(crate) fn answers(number: u32) -> String {
    format::count(number as usize, "answer", "answers")
}

/// The name of a guest in the room.
pub(super) fn joined_as(name: &str) -> String {
    format!("Joined as {name}")
}

/// How far one's own room is, and whether it is private.
pub(super) fn own_room(room: &Room) -> String {
    let state = room_state(room.state, false);
    if room.is_private { format!("{state} · {PRIVATE}") } else { state.to_owned() }
}

/// What the menu of a room is called, for assistive technology.
pub(super) fn more_about(name: &str) -> String {
    format!("More about {name}")
}

/// Confirms that a room is deleted.
pub(super) fn delete_title(name: &str) -> String {
    format!("Delete “{name}”?")
}

/// What has happened in a room, announced: its state is new, or it has another pick.
pub(super) fn room_changed(state: RoomState, picks: u32) -> String {
    match state {
        RoomState::QuestionOpen => format!("Question {picks} is open."),
        RoomState::QuestionClosed => format!("The feedback to question {picks} is shown."),
        RoomState::RoomClosed => "The room is closed.".to_owned(),
        RoomState::NoQuestion => "The room is open again.".to_owned(),
    }
}

/// What happens in a room, as a choice of what to be notified of.
pub(super) const fn room_event(event: RoomEvent) -> &'static str {
    match event {
        RoomEvent::Question => "A new question",
        RoomEvent::Feedback => "Feedback",
        RoomEvent::Closed => "The room is closed",
    }
}

/// Why an answer cannot be sent.
pub(super) const fn missing_answer(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Discursive => "Type an answer first.",
        QuestionKind::SingleAnswer | QuestionKind::MultipleAnswer => "Choose an option first.",
    }
}

/// How a draft stands to what the server has. `is_empty` says that nothing is chosen or typed.
pub(super) const fn answer_status(status: AnswerStatus, kind: QuestionKind, is_empty: bool) -> &'static str {
    match status {
        AnswerStatus::Unsent if is_passed(status, kind, is_empty) => "Not sent yet. Press Send.",
        AnswerStatus::Unsent => "",
        AnswerStatus::WaitsForConnection => "Not sent yet. It is sent as soon as you are connected again.",
        AnswerStatus::Sending => SENDING,
        AnswerStatus::Sent => "Answer sent",
        AnswerStatus::Changed => "Not sent yet: your earlier answer still counts.",
        AnswerStatus::Conflict => "Another answer was sent, perhaps in another tab. Send to replace it.",
        AnswerStatus::LateSent => "Time's up. Your answer counts.",
        AnswerStatus::LateChanged => "Time's up. Your last change was not sent. Your earlier answer counts.",
        AnswerStatus::LateUnsent => "Time's up. Your answer was not sent.",
        AnswerStatus::LateEmpty => "Time's up. You didn't send an answer.",
    }
}

/// Whether an option is chosen and not sent: the arrow keys have passed it, or it could not be sent.
pub(super) const fn is_passed(status: AnswerStatus, kind: QuestionKind, is_empty: bool) -> bool {
    matches!((status, kind), (AnswerStatus::Unsent, QuestionKind::SingleAnswer)) && !is_empty
}

/// What was not sent before the host ended the question.
pub(super) const fn unsent(unsent: Unsent) -> &'static str {
    match unsent {
        Unsent::Change => "Your last change was not sent. Your earlier answer counts.",
        Unsent::Answer => "Your answer was not sent.",
    }
}

/// How right an answer is: a sign and a word, never a colour only.
pub(super) const fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Correct => ("✓", "Correct"),
        Verdict::PartlyRight => ("◐", "Partly right"),
        Verdict::NotRight => ("✗", "Not right"),
        Verdict::NoAnswer => ("–", "No answer"),
    }
}

/// “1 right, 1 wrong, 1 missed”: what there is none of is left out.
pub(super) fn counts(right: usize, wrong: usize, missed: usize) -> String {
    let counts = [(right, "right"), (wrong, "wrong"), (missed, "missed")].into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// “Total 78 % of 4 questions”.
pub(super) fn total(total: Total) -> String {
    format!("Total {} % of {}", total.percent, format::count(total.questions as usize, "question", "questions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [RoomState; 4] =
        [RoomState::NoQuestion, RoomState::QuestionOpen, RoomState::QuestionClosed, RoomState::RoomClosed];

    #[test]
    fn a_question_whose_time_is_up_is_not_called_open() {
        assert_eq!(room_state(RoomState::QuestionOpen, false), "Question open");
        assert_eq!(room_state(RoomState::QuestionOpen, true), TIME_IS_UP);
        for state in [RoomState::NoQuestion, RoomState::QuestionClosed, RoomState::RoomClosed] {
            assert_eq!(room_state(state, true), room_state(state, false), "no other state has a time limit");
        }
    }

    #[test]
    fn states_read_differently() {
        for (index, state) in STATES.into_iter().enumerate() {
            assert!(STATES[..index].iter().all(|other| room_state(*other, false) != room_state(state, false)));
        }
    }

    #[test]
    fn marks_have_a_sign_and_a_word() {
        for kind in [Mark::Correct, Mark::Missed, Mark::Wrong, Mark::Right] {
            assert_eq!(mark(kind).split(' ').count(), 2, "{kind:?}");
        }
        assert_eq!(mark(Mark::Correct), mark(Mark::Right), "the difference is on the page");
    }

    #[test]
    fn counts_have_a_plural() {
        assert_eq!([0, 1, 2].map(answers), ["0 answers", "1 answer", "2 answers"]);
    }

    #[test]
    fn every_status_but_the_first_says_what_counts() {
        use AnswerStatus::{
            Changed, Conflict, LateChanged, LateEmpty, LateSent, LateUnsent, Sending, Sent, Unsent, WaitsForConnection,
        };
        let say = |status| answer_status(status, QuestionKind::MultipleAnswer, false);
        assert_eq!(say(Unsent), "", "its button says it");
        let late = [LateSent, LateChanged, LateUnsent, LateEmpty].map(say);
        assert!(late.iter().all(|words| words.starts_with(TIME_IS_UP)), "{late:?}");
        let words = [[Sending, Sent, Changed, Conflict].map(say), late].concat();
        for (index, one) in words.iter().enumerate() {
            assert!(!one.is_empty() && !words[..index].contains(one), "{one}");
        }
        assert!(say(WaitsForConnection).starts_with("Not sent yet."));
    }

    #[test]
    fn what_was_not_sent_is_said_in_the_same_words_however_the_question_ends() {
        let late = |status| answer_status(status, QuestionKind::MultipleAnswer, false);
        assert!(late(AnswerStatus::LateChanged).ends_with(unsent(Unsent::Change)));
        assert!(late(AnswerStatus::LateUnsent).ends_with(unsent(Unsent::Answer)));
    }

    #[test]
    fn the_way_to_all_rooms_promises_rooms_to_members_only() {
        assert_eq!([true, false].map(rooms_link), [SEE_ALL_ROOMS, JOIN_ANOTHER_ROOM]);
        assert_eq!([true, false].map(no_open_rooms), ["No other open rooms", "No open rooms"]);
    }

    #[test]
    fn a_single_choice_of_the_arrow_keys_says_how_it_is_sent() {
        let say = |is_empty| answer_status(AnswerStatus::Unsent, QuestionKind::SingleAnswer, is_empty);
        assert!(say(false).contains(SEND) && say(true).is_empty());
        assert!(!say(false).contains("Enter"), "a touch device has no such key");
    }

    #[test]
    fn a_private_room_is_called_so() {
        let room = super::super::room_view::tests::room("question_open", 1);
        assert_eq!(own_room(&room), "Question open");
        assert_eq!(own_room(&Room { is_private: true, ..room }), "Question open · Private");
    }

    #[test]
    fn verdicts_have_a_sign_and_words() {
        let verdicts = [Verdict::Correct, Verdict::PartlyRight, Verdict::NotRight, Verdict::NoAnswer].map(verdict);
        for (index, (sign, words)) in verdicts.iter().enumerate() {
            assert!(verdicts[..index].iter().all(|(other, others)| other != sign && others != words), "{words}");
        }
    }

    #[test]
    fn counts_of_results_have_texts() {
        assert_eq!(counts(1, 1, 1), "1 right, 1 wrong, 1 missed");
        assert_eq!((counts(2, 0, 0).as_str(), counts(0, 0, 0).as_str()), ("2 right", ""));
        assert_eq!(total(Total { percent: 78, questions: 4 }), "Total 78 % of 4 questions");
        assert_eq!(total(Total { percent: 0, questions: 1 }), "Total 0 % of 1 question");
    }

    #[test]
    fn a_form_says_what_is_missing() {
        assert_eq!(missing_answer(QuestionKind::Discursive), "Type an answer first.");
        assert_eq!(missing_answer(QuestionKind::SingleAnswer), missing_answer(QuestionKind::MultipleAnswer));
    }
}
