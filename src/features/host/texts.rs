//! The texts of the host panel and the projector.

use crate::format;

/// The host panel, until the room's name is known.
pub(super) const HOST_PANEL: &str = "Host panel";
/// The projector, until the room's name is known.
pub(super) const PROJECTOR: &str = "Projector";
/// Another person runs the room.
pub(super) const NOT_HOST: &str = "You are not the host of this room";
/// What the user can do there.
pub(super) const NOT_HOST_BODY: &str = "Only its host can run a room. You can take part in it.";
/// The way there.
pub(super) const OPEN_ROOM: &str = "Open the room";
/// The room is denied.
pub(super) const DENIED: &str = "You can't open this room";
/// The room is deleted.
pub(super) const DELETED: &str = "This room has been deleted";
/// What that means.
pub(super) const DELETED_BODY: &str = "The room, its questions and its answers are gone.";
/// The way to the other rooms.
pub(super) const ALL_ROOMS: &str = "See all rooms";

/// What a host without questions can do.
pub(super) const NO_QUESTIONS_BODY: &str = "Write some first, then pick them here.";
/// The way there.
pub(super) const WRITE_QUESTIONS: &str = "Write questions";
/// The way to the whole library.
pub(super) const LIBRARY: &str = "Write, import and export questions";
/// The keys of the list.
pub(super) const KEYS: &str = "Press / to search, ↑ and ↓ to choose, Enter to pick";
/// What a button adds whose key is `f`.
pub(super) const KEY_F: &str = " (f)";
/// Asks a question in the room.
pub(super) const PICK: &str = "Pick";
/// The request is under way.
pub(super) const PICKING: &str = "Picking…";
/// Asks before a question is picked by a single key.
pub(super) const PICK_TITLE: &str = "Pick this question?";
/// Asks before a question is picked while another is open.
pub(super) const SKIP_TITLE: &str = "Skip the feedback?";
/// What it means.
pub(super) const SKIP_BODY: &str = "A question is open. If you pick another one now, its feedback is never shown.";
/// The button that does it.
pub(super) const SKIP_AND_PICK: &str = "Skip and pick";
/// Closes a dialog.
pub(super) const CANCEL: &str = "Cancel";

/// The panel of the current question.
pub(super) const CURRENT: &str = "Current question";
/// There is no current question.
pub(super) const NO_QUESTION: &str = "No question is open";
/// What to do then.
pub(super) const NO_QUESTION_BODY: &str = "Pick one: everybody in the room sees it at once.";
/// The room is closed.
pub(super) const ROOM_CLOSED: &str = "This room is closed";
/// What that means.
pub(super) const ROOM_CLOSED_BODY: &str = "Everybody keeps their results. Reopen the room to pick more questions.";
/// Ends the question and shows its feedback.
pub(super) const SHOW_FEEDBACK: &str = "Show feedback";
/// The request is under way.
pub(super) const SHOWING: &str = "Showing…";
/// Asks before a question is ended by a single key.
pub(super) const FEEDBACK_TITLE: &str = "Show the feedback?";
/// What it means.
pub(super) const FEEDBACK_BODY: &str = "The question ends for everybody, and they see which options are correct.";
/// The list of answers.
pub(super) const ANSWERS: &str = "Answers";
/// The list of those who have not answered.
pub(super) const WITHOUT_ANSWER: &str = "People without an answer";
/// A person has not answered an open question.
pub(super) const NO_ANSWER_YET: &str = "No answer yet";
/// A person has not answered a question that takes no more answers.
pub(super) const NO_ANSWER: &str = "No answer";

/// A person has joined without an account.
pub(super) const GUEST: &str = "Guest";
/// Removes a guest from the room.
pub(super) const REMOVE: &str = "Remove";
/// The request is under way.
pub(super) const REMOVING: &str = "Removing…";
/// Asks before a guest is removed.
pub(super) const REMOVE_TITLE: &str = "Remove this guest?";

/// The score sheet.
pub(super) const SCORES: &str = "Scores";
/// The region of the table, for assistive technology.
pub(super) const SCORE_SHEET: &str = "Score sheet";
/// There is no score yet.
pub(super) const NO_SCORES: &str = "Scores appear after the first feedback.";
/// A column of the score sheet.
pub(super) const NAME: &str = "Name";
/// A column of the score sheet.
pub(super) const SCORE: &str = "Score";
/// A column of the score sheet.
pub(super) const ANSWERED: &str = "Answered";
/// Downloads all results.
pub(super) const EXPORT: &str = "Export results (CSV)";
/// The request is under way.
pub(super) const EXPORTING: &str = "Exporting…";

/// What can be done with the room itself.
pub(super) const ROOM_SETTINGS: &str = "Room settings";
/// The field of the name.
pub(super) const NAME_HINT: &str = "For example, Biology 7b";
/// Whether guests may join.
pub(super) const ALLOW_GUESTS: &str = "Allow guests (no sign-in)";
/// Saves the settings.
pub(super) const SAVE: &str = "Save";
/// The request is under way.
pub(super) const SAVING: &str = "Saving…";
/// They are saved.
pub(super) const SAVED: &str = "Settings saved.";
/// Another page has changed the settings meanwhile.
pub(super) const CHANGED_ELSEWHERE: &str =
    "The room was changed elsewhere meanwhile. What you changed is kept. Save again to apply it.";
/// Closes the room.
pub(super) const CLOSE: &str = "Close room";
/// The request is under way.
pub(super) const CLOSING: &str = "Closing…";
/// Asks before the room is closed.
pub(super) const CLOSE_TITLE: &str = "Close the room?";
/// What it means.
pub(super) const CLOSE_BODY: &str = "No one can answer any more. An open question ends without feedback. Everybody keeps their results, and you can reopen the room.";
/// Opens the room again.
pub(super) const REOPEN: &str = "Reopen room";
/// The request is under way.
pub(super) const REOPENING: &str = "Reopening…";
/// Deletes the room.
pub(super) const DELETE: &str = "Delete room";
/// The request is under way.
pub(super) const DELETING: &str = "Deleting…";
/// Asks before the room is deleted.
pub(super) const DELETE_TITLE: &str = "Delete the room?";
/// What it means.
pub(super) const DELETE_BODY: &str =
    "This permanently deletes the room and all answers. Export the results first if you need them.";

/// The region of the projected question, for assistive technology.
pub(super) const QUESTION: &str = "Question";
/// What the projector shows before a question.
pub(super) const WAITING: &str = "Join now. We start soon.";
/// What the projector shows when the room is closed.
pub(super) const THANKS: &str = "This room is closed. Thank you!";
/// Fills the screen with the page.
pub(super) const FULL_SCREEN: &str = "Full screen";

/// The title of the host panel in the browser's tab.
pub(super) fn host_title(room: &str) -> String {
    if room.is_empty() { HOST_PANEL.to_owned() } else { format!("{room}: host") }
}

/// The title of the projector in the browser's tab.
pub(super) fn projector_title(room: &str) -> String {
    if room.is_empty() { PROJECTOR.to_owned() } else { format!("{room}: projector") }
}

/// How many people are in the room, without its host.
pub(super) fn people_here(number: usize) -> String {
    match number {
        0 => "No one is here yet.".to_owned(),
        1 => "1 person is here.".to_owned(),
        many => format!("{many} people are here."),
    }
}

/// The folded list of those who are in the room, without its host.
pub(super) fn people(number: usize) -> String {
    format!("People ({number})")
}

/// The button that removes a guest, for assistive technology.
pub(super) fn remove_guest(name: &str) -> String {
    format!("{REMOVE} {name}")
}

/// What the removal of a guest means.
pub(super) fn remove_body(name: &str) -> String {
    format!(
        "{name} leaves the room at once, and can come back only with the join code or the QR code. Their answers stay."
    )
}

/// How many of the people have answered.
pub(super) fn answered_of(answered: usize, all: usize) -> String {
    match all {
        0 => people_here(0),
        all => format!("{answered} of {all} answered"),
    }
}

/// How many have answered, on the projector.
pub(super) fn answered(number: u32) -> String {
    format!("{number} answered")
}

/// How often an answer was changed; empty if it was not.
pub(super) fn changed(times: u64) -> String {
    match times {
        0 => String::new(),
        1 => "changed".to_owned(),
        times => format!("changed {}", format::count(usize::try_from(times).unwrap_or(usize::MAX), "time", "times")),
    }
}

/// A score in percent; “–” if there is nothing to be right about.
pub(super) fn score(percent: Option<u32>) -> String {
    percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_counted_in_words() {
        assert_eq!([0, 1, 12].map(people_here), ["No one is here yet.", "1 person is here.", "12 people are here."]);
        assert_eq!(
            (answered_of(1, 3).as_str(), answered_of(0, 0).as_str()),
            ("1 of 3 answered", "No one is here yet.")
        );
    }

    #[test]
    fn changes_of_an_answer_are_counted() {
        assert_eq!([0, 1, 2].map(changed), ["", "changed", "changed 2 times"]);
    }

    #[test]
    fn a_score_without_anything_to_be_right_about_is_a_dash() {
        assert_eq!((score(None).as_str(), score(Some(78)).as_str()), ("–", "78 %"));
    }

    #[test]
    fn titles_name_the_room_once_it_is_known() {
        assert_eq!((host_title("").as_str(), host_title("Biology").as_str()), ("Host panel", "Biology: host"));
        assert_eq!(projector_title("Biology"), "Biology: projector");
    }

    #[test]
    fn a_projector_has_a_title_before_the_room_is_known() {
        assert_eq!(projector_title(""), "Projector");
    }

    #[test]
    fn a_number_of_changes_beyond_any_counter_is_still_words() {
        assert!(changed(u64::MAX).starts_with("changed ") && changed(u64::MAX).ends_with(" times"));
    }

    #[test]
    fn no_score_and_a_score_of_nothing_differ() {
        assert_eq!((score(Some(0)).as_str(), score(Some(100)).as_str()), ("0 %", "100 %"));
        assert_ne!(score(None), score(Some(0)));
    }
}
