//! The texts of the question library.

use domain::question::{Content, QuestionKind};
use protocol::rooms::Imported;

use crate::format;

/// The page.
pub(super) const QUESTIONS: &str = "Questions";
/// The list.
pub(crate) const YOUR_QUESTIONS: &str = "Your questions";
/// The topic is denied.
pub(crate) const DENIED: &str = "Your questions can't be shown";
/// The library is empty.
pub(crate) const EMPTY: &str = "No questions yet";
/// What to do then.
pub(super) const EMPTY_BODY: &str = "Write the first one, or import a file.";
/// The search field.
pub(super) const SEARCH: &str = "Search";
/// Its name for assistive technology.
pub(super) const SEARCH_LABEL: &str = "Search your questions";
/// Adds a question to the run list of a room, and its dialog.
pub(super) const ADD_TO_ROOM: &str = "Add to a room…";
/// The dialog of it.
pub(super) const ADD_TO_ROOM_TITLE: &str = "Add to a room";
/// The list of the rooms.
pub(super) const ADD_TO_ROOM_BODY: &str = "It goes to the end of the room's run list.";
/// The button beside a room.
pub(super) const ADD: &str = "Add";
/// The request is under way.
pub(super) const ADDING: &str = "Adding…";
/// The author runs no room that is open.
pub(super) const NO_ROOM_TO_ADD_TO: &str = "You have no open room";
/// What to do then.
pub(super) const NO_ROOM_TO_ADD_TO_BODY: &str = "Create one on the page of rooms, then add questions to it.";
/// The way there.
pub(super) const SEE_ROOMS: &str = "See rooms";
/// The rooms are denied.
pub(super) const ROOMS_DENIED: &str = "Your rooms can't be shown";
/// A button of a question.
pub(super) const DUPLICATE: &str = "Duplicate";
/// A button of a question.
pub(super) const DELETE: &str = "Delete";
/// Confirms that an unsaved question is replaced.
pub(super) const DISCARD_TITLE: &str = "Discard your changes?";
/// What it means.
pub(super) const DISCARD_BODY: &str = "The question that you are writing isn't saved. Opening another one discards it.";
/// The button that discards it.
pub(super) const DISCARD: &str = "Discard";
/// Back to the list, where there is no room for both.
pub(super) const ALL_QUESTIONS: &str = "← All questions";
/// The heading of the form for a new question, and the button that opens it.
pub(super) const NEW_QUESTION: &str = "New question";
/// The heading of the form for one of the library.
pub(super) const EDIT_QUESTION: &str = "Edit question";
/// Adds the question.
pub(super) const SAVE_QUESTION: &str = "Save question";
/// Replaces the question.
pub(super) const SAVE: &str = "Save";
/// The request is under way.
pub(super) const SAVING: &str = "Saving…";
/// Closes the form without saving.
pub(super) const CANCEL: &str = "Cancel";
/// It is saved.
pub(super) const SAVED: &str = "Question saved.";
/// Another page has saved the question meanwhile.
pub(super) const CHANGED_ELSEWHERE: &str =
    "This question was changed elsewhere; the list shows that version. Your text is kept. Save again to replace it.";
/// Another page has deleted the question meanwhile.
pub(super) const DELETED_ELSEWHERE: &str =
    "This question was deleted elsewhere. Your text is kept. Save to add it again.";
/// The field of the text.
pub(super) const TEXT: &str = "Question";
/// Its hint.
pub(super) const TEXT_HINT: &str = "Markdown works: *emphasis*, **strong**, `code`, lists.";
/// The choice of the type.
pub(super) const TYPE: &str = "Answer type";
/// The group of the options.
pub(super) const OPTIONS: &str = "Options";
/// No option is marked as correct.
pub(super) const NONE_CORRECT: &str = "Mark what is correct with ○. With nothing marked it is a poll, without scores.";
/// More options are marked than an answer can have.
pub(super) const TOO_MANY_CORRECT: &str =
    "Several options are marked correct, but an answer has only one. Choose “Several”, or mark one.";
/// The field of the time limit.
pub(super) const LIMIT: &str = "Time limit (seconds)";
/// Its hint.
pub(super) const LIMIT_HINT: &str = "5–3600. Empty = no limit";
/// Adds an option.
pub(super) const ADD_OPTION: &str = "Add option";
/// Shows the fields for feedback.
pub(super) const ADD_FEEDBACK: &str = "Add feedback";
/// Whether an option is correct.
pub(super) const CORRECT: &str = "Correct";
/// Moves an option.
pub(super) const MOVE_UP: &str = "Move up";
/// Moves an option.
pub(super) const MOVE_DOWN: &str = "Move down";
/// Removes an option.
pub(super) const REMOVE_OPTION: &str = "Remove";
/// What an empty option says.
pub(super) const OPTION: &str = "Option";
/// What an empty feedback says.
pub(super) const FEEDBACK: &str = "Feedback (optional)";
/// The region of the preview.
pub(super) const PREVIEW: &str = "Preview";
/// There is nothing to preview.
pub(super) const PREVIEW_EMPTY: &str = "What participants will see on their phones.";
/// The server gives no preview.
pub(super) const PREVIEW_FAILED: &str = "The preview isn't available now. It is made again when you type.";
/// The menu of the page.
pub(super) const MORE: &str = "More about your questions";
/// Opens the import.
pub(super) const IMPORT: &str = "Import…";
/// The heading of the import.
pub(super) const IMPORT_TITLE: &str = "Import questions";
/// What can be imported.
pub(super) const IMPORT_BODY: &str = "A CSV file has one question in each line, with the columns of the sample; up to ten options each. A JSON file is as an export has it.";
/// The choice of a file.
pub(super) const IMPORT_FILE: &str = "CSV or JSON file";
/// Saves a file that can be imported.
pub(super) const SAMPLE_FILE: &str = "Download a sample file";
/// Closes the import.
pub(super) const CLOSE: &str = "Close";
/// The chosen file cannot be read.
pub(super) const FILE_UNREADABLE: &str = "The file can't be read. Choose it again.";
/// What is wrong with single lines of the chosen file follows.
pub(super) const NOT_IMPORTED: &str = "Nothing was imported. Correct this in the file, then choose it again:";

/// Why a file of this size cannot be imported, if it is over the limit; both in bytes.
pub(super) fn too_large(size: usize, limit: usize) -> Option<String> {
    let kilobytes = |bytes: usize| bytes.div_ceil(1_024);
    (size > limit).then(|| {
        let (size, limit) = (kilobytes(size), kilobytes(limit));
        format!("This file has {size} KB; at most {limit} KB can be imported at once. Split it into several files.")
    })
}

/// A question is added to a room, or it was on its run list before.
pub(super) fn added_to(room: &str, is_new: bool) -> String {
    match is_new {
        true => format!("Added to the run list of “{room}”."),
        false => format!("It is on the run list of “{room}” already."),
    }
}

/// Exports the library.
pub(super) const EXPORT_CSV: &str = "Export CSV";
/// Exports the library.
pub(super) const EXPORT_JSON: &str = "Export JSON";

/// How a question is answered.
pub(crate) const fn kind_name(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Discursive => "Open text",
        QuestionKind::SingleAnswer => "Single choice",
        QuestionKind::MultipleAnswer => "Multiple choice",
    }
}

/// How a question is answered, on the button that chooses it.
pub(super) const fn kind_button(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Discursive => "Open text",
        QuestionKind::SingleAnswer => "One answer",
        QuestionKind::MultipleAnswer => "Several",
    }
}

/// How many questions there are, and how many of them a search finds, if one is made.
pub(super) fn count(total: usize, found: Option<usize>) -> String {
    match (total, found) {
        (0, _) => EMPTY.to_owned(),
        (_, Some(0)) => "No matches".to_owned(),
        (_, Some(found)) => format!("{found} of {}", format::count(total, "question", "questions")),
        (_, None) => format::count(total, "question", "questions"),
    }
}

/// The name of the menu of a question.
pub(super) fn question_menu(text: &str) -> String {
    format!("More about “{text}”")
}

/// A question is being deleted, and it can be taken back.
pub(super) fn deleting(text: &str) -> String {
    format!("Deleted “{}”", shortened(text))
}

/// The beginning of a text that may be long.
fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let beginning: String = characters.by_ref().take(50).collect();
    if characters.next().is_some() { [beginning.trim_end(), "…"].concat() } else { beginning }
}

/// “Single choice · 4 options · 60 s”: what a list says of a question.
pub(crate) fn summary(content: &Content) -> String {
    let options = match content.options().len() {
        0 => String::new(),
        many => format!(" · {}", format::count(many, "option", "options")),
    };
    let limit = content.time_limit_seconds().map(|seconds| format!(" · {seconds} s")).unwrap_or_default();
    [kind_name(content.kind()), &options, &limit].concat()
}

/// The name of an option's text field, counted from 1.
pub(super) fn option_label(number: usize) -> String {
    format!("Option {number}")
}

/// The name of an option's feedback field.
pub(super) fn feedback_label(number: usize) -> String {
    format!("Option {number}: feedback")
}

/// The name of the button that marks an option as correct.
pub(super) fn correct_label(number: usize) -> String {
    format!("Option {number} is correct")
}

/// The name of the handle that moves an option.
pub(super) fn move_label(number: usize) -> String {
    format!("Move option {number} with the arrow keys")
}

/// The name of the menu of an option.
pub(super) fn option_menu_label(number: usize) -> String {
    format!("More about option {number}")
}

/// A file was imported; its characters are to be checked if it did not say its encoding.
pub(super) fn imported(imported: &Imported) -> String {
    let added = match imported.added {
        1 => "1 question was added.".to_owned(),
        added => format!("{added} questions were added."),
    };
    match &imported.assumed_encoding {
        None => added,
        Some(encoding) => format!("{added} The file was read as {encoding}: check that accented letters are right."),
    }
}

#[cfg(test)]
mod tests {
    use domain::question::{Draft, QuestionOption};

    use super::*;

    #[test]
    fn only_a_file_over_the_limit_is_refused() {
        assert_eq!((too_large(0, 1_024), too_large(1_024, 1_024)), (None, None));
        let refusal = too_large(1_048_577, 1_048_576).unwrap();
        assert!(refusal.contains("1025 KB") && refusal.contains("1024 KB"), "{refusal}");
    }

    #[test]
    fn a_summary_says_type_options_and_limit() {
        let option = QuestionOption { text: "7".to_owned(), ..QuestionOption::default() };
        let draft = |options: usize, limit: Option<u32>| {
            let options = vec![option.clone(); options];
            Draft { text: "?".to_owned(), options, time_limit_seconds: limit, ..Draft::default() }.check().unwrap()
        };
        assert_eq!(summary(&draft(0, None)), "Open text");
        assert_eq!(summary(&draft(0, Some(30))), "Open text · 30 s");
        assert_eq!(summary(&draft(1, None)), "Single choice · 1 option");
        assert_eq!(summary(&draft(4, Some(60))), "Single choice · 4 options · 60 s");
    }

    #[test]
    fn a_search_says_how_many_it_finds() {
        assert_eq!(
            (count(0, None), count(1, None), count(12, None)),
            (EMPTY.into(), "1 question".into(), "12 questions".into())
        );
        assert_eq!((count(12, Some(3)), count(12, Some(0))), ("3 of 12 questions".into(), "No matches".into()));
        assert_eq!(count(0, Some(0)), EMPTY, "there is nothing to find");
    }

    #[test]
    fn a_long_question_is_named_by_its_beginning() {
        assert_eq!(deleting("Why?"), "Deleted “Why?”");
        let long = deleting(&"word ".repeat(20));
        assert!(long.ends_with("word…”") && long.chars().count() < 70, "{long}");
    }

    #[test]
    fn an_import_says_how_many_were_added() {
        let file = |added| Imported { added, assumed_encoding: None };
        assert_eq!(imported(&file(1)), "1 question was added.");
        assert_eq!(imported(&file(0)), "0 questions were added.");
        let western = Imported { assumed_encoding: Some("windows-1252".to_owned()), ..file(2) };
        let sentence =
            "2 questions were added. The file was read as windows-1252: check that accented letters are right.";
        assert_eq!(imported(&western), sentence);
    }

    #[test]
    fn the_labels_of_one_option_differ() {
        let labels = [option_label(2), feedback_label(2), correct_label(2), move_label(2), option_menu_label(2)];
        let distinct: std::collections::BTreeSet<&String> = labels.iter().collect();
        assert_eq!(distinct.len(), labels.len(), "assistive technology tells its controls apart");
        assert!(labels.iter().all(|label| label.contains("ption 2")), "{labels:?}");
    }
}
