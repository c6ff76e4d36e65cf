//! The texts of the host panel and the projector.

use super::controls::Counts;
use super::run_list::RunRow;
use super::session_state::SessionState;
use crate::features::rooms::outcome::Verdict;
use crate::features::rooms::texts::TIME_IS_UP;
use crate::format;

/// The host panel, until the room's name is known.
pub(super) const HOST_PANEL: &str = "Host panel";
/// The projector, until the room's name is known.
pub(super) const PROJECTOR: &str = "Projector";
/// The way back.
pub(super) const ROOMS: &str = "Rooms";
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

/// Opens the projector.
pub(super) const PRESENT: &str = "Present";
/// The menu of what is not needed often.
pub(super) const MORE: &str = "More about this room";
/// Opens the room as its participants see it.
pub(super) const VIEW_AS_PARTICIPANT: &str = "View as participant";
/// Copies the join code.
pub(super) const COPY_CODE: &str = "Copy code";
/// It is copied.
pub(super) const COPIED: &str = "Copied";

/// The run list.
pub(super) const RUN_LIST: &str = "Run list";
/// There is none yet.
pub(super) const RUN_LIST_EMPTY: &str =
    "The run list is empty. Add questions to pick them one after the other, or pick one at once.";
/// Opens the library.
pub(super) const ADD_QUESTIONS: &str = "Add questions";
/// The keys of the library while the run list is filled.
pub(super) const ADD_KEYS: &str = "Press / to search, ↑ and ↓ to choose, Enter to add";
/// What is left to do when the run list is done.
pub(super) const RUN_LIST_DONE: &str = "That was the last question of the run list. Show the top 5, export the results or close the room (⋯), or choose another question.";
/// Shows the best on the projector, in short.
pub(super) const TOP_FIVE: &str = "Top 5";
/// Leaves the library, or a dialog.
pub(super) const DONE: &str = "Done";
/// Adds a question to the run list.
pub(super) const ADD: &str = "Add";
/// It is on the run list.
pub(super) const ADDED: &str = "Added";
/// The question was picked before.
pub(super) const ASKED: &str = "✓ Asked";
/// A question that was picked, and takes answers now.
const CURRENT_ROW: &str = "Now";
/// The question that the main button picks.
const NEXT_ROW: &str = "Next";
/// Moves a question of the run list.
pub(super) const MOVE_UP: &str = "Move up";
/// Moves a question of the run list.
pub(super) const MOVE_DOWN: &str = "Move down";
/// Takes a question off the run list.
pub(super) const REMOVE_FROM_LIST: &str = "Remove from run list";
/// Picks a question that was just thought of, and its dialog.
pub(super) const QUICK_POLL: &str = "Quick poll";
/// The text of the question.
pub(super) const POLL_QUESTION: &str = "Question";
/// An example.
pub(super) const POLL_QUESTION_HINT: &str = "For example, Shall we take a break?";
/// What can be chosen.
pub(super) const POLL_OPTIONS: &str = "Options, one per line";
/// What may be typed.
pub(super) const POLL_OPTIONS_HINT: &str = "Leave it empty for answers in words. The question is kept in your library.";
/// What a host without questions can do.
pub(super) const NO_QUESTIONS_BODY: &str = "Write some first, then pick them here.";
/// The way there.
pub(super) const WRITE_QUESTIONS: &str = "Write questions";
/// The way to the whole library.
pub(super) const LIBRARY: &str = "Write, import and export questions";
/// The keys of the list.
pub(super) const KEYS: &str = "Press / to search, ↑ and ↓ to choose, Enter to pick";
/// What a button adds whose key is `f`.
pub(super) const KEY_F: &str = "(f)";
/// What the main button adds: the space bar.
pub(super) const KEY_STEP: &str = "Space";
/// Picks a question in the room.
pub(super) const PICK: &str = "Pick";
/// The request is under way.
pub(super) const PICKING: &str = "Picking…";
/// Confirms a pick by a single key.
pub(super) const PICK_TITLE: &str = "Pick this question?";
/// Confirms a pick of a question that was picked before.
pub(super) const PICK_AGAIN_TITLE: &str = "Pick this question again?";
/// What it means.
pub(super) const PICK_AGAIN_BODY: &str = "You have asked it already. Both times count in the scores.";
/// The button that does it.
pub(super) const PICK_AGAIN: &str = "Pick again";
/// Confirms a pick while another question is open.
pub(super) const SKIP_TITLE: &str = "Show the feedback first?";
/// What it means.
pub(super) const SKIP_BODY: &str = "A question is open. If you pick another one now, its feedback is never shown.";
/// The button that does it.
pub(super) const SKIP_AND_PICK: &str = "Skip and pick";
/// The button that ends the open question first.
pub(super) const SHOW_FEEDBACK_FIRST: &str = "Show feedback first";
/// Closes a dialog.
pub(super) const CANCEL: &str = "Cancel";

/// The panel of the current question.
pub(super) const CURRENT: &str = "Current question";
/// There is no current question.
pub(super) const NO_QUESTION: &str = "No question is open";
/// What to do then.
pub(super) const NO_QUESTION_BODY: &str = "Pick one: everybody in the room sees it at once.";
/// The next question of the run list.
pub(super) const UP_NEXT: &str = "Up next";
/// The room is closed.
pub(super) const ROOM_CLOSED: &str = "This room is closed";
/// What that means.
pub(super) const ROOM_CLOSED_BODY: &str = "Everybody keeps their results. Reopen the room to pick more questions.";
/// The main button: picks the first question of the run list.
pub(super) const PICK_NEXT: &str = "Pick next";
/// The main button after the results: picks the next question.
pub(super) const NEXT: &str = "Next";
/// The main button when the run list has no next question.
pub(super) const CHOOSE_QUESTION: &str = "Choose a question";
/// Ends the question and shows its feedback.
pub(super) const SHOW_FEEDBACK: &str = "Show feedback";
/// A request is under way.
pub(super) const ONE_MOMENT: &str = "One moment…";
/// Gives more time.
pub(super) const ADD_TIME: &str = "+30 s";
/// Ends the time to answer.
pub(super) const END_NOW: &str = "End now";
/// Picks the next question without the feedback of this one.
pub(super) const SKIP: &str = "Skip";
/// Confirms that a single key ends a question.
pub(super) const FEEDBACK_TITLE: &str = "Show the feedback?";
/// What it means.
pub(super) const FEEDBACK_BODY: &str = "The question ends for everybody, and they see which options are correct.";
/// Hides how often each option was chosen, while people answer.
pub(super) const HIDE_BARS: &str = "Hide bars on this screen until results";
/// The text answers that are projected.
pub(super) const SHOWN: &str = "On the projector";
/// How text answers get there.
pub(super) const SHOW_ANSWERS_HINT: &str =
    "Choose “Show” beside an answer to show it on the projector, without its author's name.";
/// Shows a text answer to all participants.
pub(super) const SHOW: &str = "Show";
/// Hides it again.
pub(super) const HIDE: &str = "Hide";

/// What is beside the current question, for assistive technology.
pub(super) const ROOM: &str = "Room";
/// The list of answers.
pub(super) const ANSWERS: &str = "Answers";
/// There is no current question, so there are none.
pub(super) const NO_ANSWERS: &str = "Answers appear here while a question is open.";
/// The list of those who have not answered.
pub(super) const WITHOUT_ANSWER: &str = "People without an answer";
/// A person has not answered an open question.
pub(super) const NO_ANSWER_YET: &str = "No answer yet";
/// A person has not answered a question that takes no more answers.
pub(super) const NO_ANSWER: &str = "No answer";

/// The list of those who are in the room.
pub(super) const PEOPLE: &str = "People";
/// A person has joined without an account.
pub(super) const GUEST: &str = "Guest";
/// Removes a guest from the room.
pub(super) const REMOVE: &str = "Remove";
/// The request is under way.
pub(super) const REMOVING: &str = "Removing…";
/// Confirms the removal of a guest.
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
/// A column of the score sheet: how many of the questions with a score were answered.
pub(super) const SCORED: &str = "Answered";
/// How a question without an answer counts.
pub(super) const SCORED_HINT: &str = "A question without an answer counts 0 %.";
/// Has the five best projected.
pub(super) const SHOW_LEADERBOARD: &str = "Show the top 5 on the projector";
/// The heading there.
pub(super) const LEADERBOARD: &str = "Top 5";
/// Downloads all results.
pub(super) const EXPORT: &str = "Export results (CSV)";

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
/// Confirms that the room is closed.
pub(super) const CLOSE_TITLE: &str = "Close the room?";
/// What it means.
pub(super) const CLOSE_BODY: &str = "No one can answer any more. An open question ends without feedback. Everybody keeps their results, and you can reopen the room.";
/// Opens the room again.
pub(super) const REOPEN: &str = "Reopen room";
/// Deletes the room.
pub(super) const DELETE: &str = "Delete room";
/// The request is under way.
pub(super) const DELETING: &str = "Deleting…";
/// Confirms that the room is deleted.
pub(super) const DELETE_TITLE: &str = "Delete the room?";
/// What it means.
pub(super) const DELETE_BODY: &str =
    "This permanently deletes the room and all answers. Export the results first if you need them.";

/// The region of the question, for assistive technology.
pub(super) const QUESTION: &str = "Question";
/// What the projector shows before a question.
pub(super) const WAITING: &str = "Join now. We start soon.";
/// What the projector shows when the room is closed.
pub(super) const THANKS: &str = "Thank you! Your results stay on your phone.";
/// An option is correct.
pub(super) const CORRECT: &str = "✓ Correct";
/// An answer is wrong.
pub(super) const WRONG: &str = "✗ Wrong";
/// Some of an answer is right.
pub(super) const PARTLY_RIGHT: &str = "◐ Partly right";
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

/// How far a session is.
pub(super) fn session_state(state: SessionState) -> String {
    match state {
        SessionState::Waiting => "Waiting".to_owned(),
        SessionState::Live(number) => format!("Question {number} · Live"),
        SessionState::TimeUp(_) => TIME_IS_UP.to_owned(),
        SessionState::Results(_) => "Results".to_owned(),
        SessionState::Closed => "Closed".to_owned(),
    }
}

/// How many people are in the room, without its host.
pub(super) fn people_here(number: usize) -> String {
    match number {
        0 => "No one is here yet.".to_owned(),
        1 => "1 person is here.".to_owned(),
        many => format!("{many} people are here."),
    }
}

/// The same in short: “3 here”.
pub(super) fn here(number: usize) -> String {
    format!("{number} here")
}

/// The number of people whose names have no room on the projector.
pub(super) fn more_people(number: usize) -> String {
    format!("+{number}")
}

/// How many have answered, or how many are here.
pub(super) fn counts(counts: Counts) -> String {
    match (counts.answered, counts.all) {
        (None, _) => here(counts.here),
        (Some(_), 0) => here(0),
        (Some(answered), all) => format!("{answered} of {all} answered"),
    }
}

/// The tab of those who are in the room, without its host.
pub(super) fn people(number: usize) -> String {
    format!("{PEOPLE} ({number})")
}

/// The button of the join code, for assistive technology.
pub(super) fn join_code(code: &str) -> String {
    format!("Join code {code}: show the QR code")
}

/// A question is taken off the run list.
pub(super) fn removed(question: &str) -> String {
    format!("Removed “{question}” from the run list.")
}

/// The handle of a question of the run list, for assistive technology.
pub(super) fn move_question(number: usize) -> String {
    format!("Move question {number}")
}

/// The menu of a question of the run list, for assistive technology.
pub(super) fn more_about(question: &str) -> String {
    format!("More about {question}")
}

/// Adds what is left of the library to the run list; `is_all` says that this is the whole library.
pub(super) fn add_all(number: usize, is_all: bool) -> String {
    let which = if is_all { "all" } else { "the other" };
    format!("Add {which} {}", format::count(number, "question", "questions"))
}

/// What became of a question of the run list.
pub(super) fn run_status(row: &RunRow) -> String {
    match (row.last_pick, row.is_current, row.is_next) {
        (Some(pick), true, _) if !pick.is_closed => CURRENT_ROW.to_owned(),
        (Some(pick), ..) => match (pick.is_closed, pick.percent) {
            (true, Some(percent)) => format!("{ASKED} · {percent} % right"),
            (true, None) => format!("{ASKED} · {} answered", pick.answered),
            (false, _) => "✓ Asked · skipped".to_owned(),
        },
        (None, _, true) => NEXT_ROW.to_owned(),
        (None, _, false) => String::new(),
    }
}

/// The button that hides an answer, for assistive technology.
pub(super) fn hide_answer(text: &str) -> String {
    format!("{HIDE} {text}")
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

/// How right an answer is: a sign and a word, never a colour only.
pub(super) const fn answer_mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Correct => CORRECT,
        Verdict::PartlyRight => PARTLY_RIGHT,
        Verdict::NotRight => WRONG,
        Verdict::NoAnswer => NO_ANSWER,
    }
}

/// How many have answered, on the projector; `all` could, if that is known.
pub(super) fn answered(number: u32, all: Option<usize>) -> String {
    match all {
        Some(all) if all > 0 => format!("{number} of {} answered", all.max(number as usize)),
        _ => format!("{number} answered"),
    }
}

/// Which question it is; of how many, if the run list says so.
pub(super) fn question_number(number: u32, planned: Option<usize>) -> String {
    match planned {
        Some(planned) if planned > 1 => format!("Question {number} of {planned}"),
        _ => format!("Question {number}"),
    }
}

/// The column of a question in the score sheet.
pub(super) fn question_column(number: usize) -> String {
    format!("Q{number}")
}

/// How many of the questions with a score a person answered.
pub(super) fn scored_of(scored: u32, all: usize) -> String {
    format!("{scored} of {all}")
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
    use super::super::run_list::PickSummary;
    use super::*;

    #[test]
    fn counts_of_people_have_texts() {
        assert_eq!([0, 1, 12].map(people_here), ["No one is here yet.", "1 person is here.", "12 people are here."]);
        let of = |here, answered, all| counts(Counts { here, answered, all });
        assert_eq!(of(3, None, 3), "3 here");
        assert_eq!(of(3, Some(2), 3), "2 of 3 answered");
        assert_eq!(of(0, Some(0), 0), "0 here");
    }

    #[test]
    fn the_projector_counts_of_all_where_it_knows_them() {
        assert_eq!(answered(2, Some(3)), "2 of 3 answered");
        assert_eq!(answered(2, None), "2 answered");
        assert_eq!(answered(0, Some(0)), "0 answered", "no one is here");
        assert_eq!(answered(3, Some(2)), "3 of 3 answered", "counts that come at different times");
    }

    #[test]
    fn each_state_of_a_session_has_a_text() {
        let states = [
            (SessionState::Waiting, "Waiting"),
            (SessionState::Live(3), "Question 3 · Live"),
            (SessionState::TimeUp(3), "Time's up"),
            (SessionState::Results(3), "Results"),
            (SessionState::Closed, "Closed"),
        ];
        for (state, words) in states {
            assert_eq!(session_state(state), words);
        }
    }

    #[test]
    fn a_row_of_the_run_list_says_how_it_went() {
        let last_pick = |percent, is_closed| Some(PickSummary { answered: 3, percent, is_closed });
        let row = |last_pick, is_current, is_next| {
            run_status(&RunRow { question: "aaaaaaaaaa".parse().unwrap(), last_pick, is_current, is_next })
        };
        assert_eq!(row(last_pick(Some(67), true), false, false), "✓ Asked · 67 % right");
        assert_eq!(row(last_pick(None, true), false, false), "✓ Asked · 3 answered");
        assert_eq!(row(last_pick(None, false), false, false), "✓ Asked · skipped");
        assert_eq!(row(last_pick(None, false), true, false), "Now");
        assert_eq!((row(None, false, true).as_str(), row(None, false, false).as_str()), ("Next", ""));
    }

    #[test]
    fn the_library_is_added_as_a_whole_or_what_is_left_of_it() {
        assert_eq!(
            (add_all(5, true), add_all(1, false)),
            ("Add all 5 questions".to_owned(), "Add the other 1 question".to_owned())
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
    fn a_number_of_changes_beyond_any_counter_has_a_text() {
        assert!(changed(u64::MAX).starts_with("changed ") && changed(u64::MAX).ends_with(" times"));
    }

    #[test]
    fn no_score_and_a_score_of_nothing_differ() {
        assert_eq!((score(Some(0)).as_str(), score(Some(100)).as_str()), ("0 %", "100 %"));
        assert_ne!(score(None), score(Some(0)));
    }
}
