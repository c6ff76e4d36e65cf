//! Files of questions: CSV, as spreadsheets write it, and JSON.
//!
//! A CSV file (RFC 4180) begins with a line of column names: `text`, `type`, `timeLimitSeconds`, then `option1`, `correct1`, `feedback1`
//! and so on up to 10. Only `text` is required, and columns may come in any order. A JSON file is a list of questions, in this format or
//! that of PyLiveQuestions. What is not understood is an error.

pub(crate) mod columns;

use domain::question::{Content, Draft, LibraryQuestion, OPTION_LIMIT};
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};
use protocol::rooms::{FILE_AS_IT_IS, FORMAT_PARAMETER, FileFormat};
use serde_json::Value;

use crate::http::fields;
use crate::questions::files::columns::{Columns, kind_name};
use crate::questions::spreadsheet::{self, decode, escape_formulas, excerpt};

/// The number of violations that are reported; the others are omitted.
const VIOLATION_LIMIT: usize = 50;

/// The members of a question in a JSON file; the last three are from PyLiveQuestions and are ignored.
const MEMBERS: [&str; 7] = ["text", "type", "timeLimitSeconds", "options", "uuid", "pickedAt", "created_at"];

/// The members of an option in a JSON file, by both names; the last one is from PyLiveQuestions and is ignored.
const OPTION_MEMBERS: [&str; 6] = ["text", "isCorrect", "correct", "feedback", "post_text", "ref"];

/// The questions of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct QuestionFile {
    /// The questions, in the order of the file; at least one.
    pub contents: Vec<Content>,
    /// The name of the encoding, if it was guessed: some characters may then be wrong.
    pub assumed_encoding: Option<&'static str>,
}

/// Rejects a file that was sent as text and is not in UTF-8: in transit each invalid byte becomes U+FFFD, so characters are lost.
///
/// # Errors
/// It is not text, not in UTF-8, or contains U+FFFD.
pub fn check_text(file: &[u8], format: FileFormat) -> Result<(), ApiError> {
    let text = String::from_utf8_lossy(file);
    let Some(offset) = text.find(char::REPLACEMENT_CHARACTER) else { return Ok(()) };
    spreadsheet::check_signature(file)?;
    let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    let message = format!(
        "Line {line} of the file holds “{}”: a character that is not in UTF-8, and was lost on the way. Send the file as “{FILE_AS_IT_IS}” \
         with “?{FORMAT_PARAMETER}={}”: then it is read in other encodings too.",
        char::REPLACEMENT_CHARACTER,
        format.name()
    );
    Err(ApiError::new(ErrorCode::RuleViolation, message))
}

/// Reads the questions of a CSV file.
///
/// # Errors
/// It is not CSV, a column is unknown or missing, or questions are invalid: each violation's property names line and column.
pub fn read_csv(file: &[u8]) -> Result<QuestionFile, ApiError> {
    // Any text matches the API's description of a CSV file, so an error in one is a rule violation.
    csv(file).map_err(|error| ApiError { code: ErrorCode::RuleViolation, ..error })
}

fn csv(file: &[u8]) -> Result<QuestionFile, ApiError> {
    let decoded = decode(file)?;
    let mut rows = spreadsheet::rows(&decoded.text).map_err(single_violation)?.into_iter();
    let Some(head) = rows.next() else { return Err(empty()) };
    let columns = Columns::of(&head)?;
    let mut parsed = ParsedFile::default();
    for row in rows {
        let question = columns.question(&row);
        parsed.add(&format!("line {}", row.line), question);
    }
    Ok(QuestionFile { contents: parsed.finish()?, assumed_encoding: decoded.assumed_encoding })
}

/// Reads the questions of a JSON file.
///
/// # Errors
/// It is not a list of questions, or questions are invalid: each violation's property begins with the question's number.
pub fn read_json(file: &[u8]) -> Result<QuestionFile, ApiError> {
    let shape_error = |message: String| ApiError::new(ErrorCode::ValidationError, message);
    let decoded = decode(file).map_err(|error| shape_error(error.message))?;
    let value: Value =
        serde_json::from_str(&decoded.text).map_err(|fault| shape_error(format!("The file is not JSON: {fault}.")))?;
    let Value::Array(questions) = value else {
        return Err(shape_error(
            "The file must be a list of questions, like [{\"text\": \"…\", \"options\": []}].".to_owned(),
        ));
    };
    let mut parsed = ParsedFile::default();
    for (question, number) in questions.into_iter().zip(1..) {
        let draft: Result<Draft, _> = fields::read(&question);
        let draft = draft.map_err(|fault| vec![Violation::new("question", "", "shape", format!("{fault}."))]);
        let checked = draft.and_then(Draft::check).and_then(|content| match unknown_members(&question) {
            unknown if unknown.is_empty() => Ok(content),
            unknown => Err(unknown),
        });
        parsed.add(&format!("question {number}"), checked);
    }
    Ok(QuestionFile { contents: parsed.finish()?, assumed_encoding: decoded.assumed_encoding })
}

/// Members of a question in a JSON file that are not supported.
fn unknown_members(question: &Value) -> Vec<Violation> {
    let unknown = |object: &Value, known: &[&str], before: &str| -> Vec<Violation> {
        let members = object.as_object().into_iter().flatten();
        let unsupported = members.filter(|(name, _)| !known.contains(&name.as_str()));
        unsupported
            .map(|(name, value)| {
                let message = format!(
                    "There is no member “{}” in a question's file. Remove it, or correct its name.",
                    excerpt(name)
                );
                Violation::of_rule(&format!("{before}{}", excerpt(name)), &value.to_string(), "member", message)
            })
            .collect()
    };
    let options = question["options"].as_array().into_iter().flatten().enumerate();
    let of_options =
        options.flat_map(|(index, option)| unknown(option, &OPTION_MEMBERS, &format!("options[{index}].")));
    unknown(question, &MEMBERS, "").into_iter().chain(of_options).collect()
}

/// Writes questions as CSV that spreadsheets open as it is, and [`read_csv`] reads.
///
/// # Errors
/// Only if memory cannot be allocated.
pub fn write_csv(questions: &[LibraryQuestion]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = spreadsheet::writer();
    writer.write_record(columns::names())?;
    for question in questions {
        let draft = question.content.clone().into_draft();
        let limit = draft.time_limit_seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
        let kind = draft.kind.map(kind_name).unwrap_or_default().to_owned();
        let mut row = vec![escape_formulas(&draft.text), kind, limit];
        for index in 0..OPTION_LIMIT {
            let cells = draft.options.get(index).map_or_else(Default::default, |option| {
                let correct = if option.is_correct { "yes" } else { "no" }.to_owned();
                [escape_formulas(&option.text), correct, escape_formulas(&option.feedback)]
            });
            row.extend(cells);
        }
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|fault| fault.into_error().into())
}

/// Writes questions as JSON, which [`read_json`] reads.
pub fn write_json(questions: &[LibraryQuestion]) -> Vec<u8> {
    let contents: Vec<&Content> = questions.iter().map(|question| &question.content).collect();
    serde_json::to_vec_pretty(&contents).unwrap_or_default()
}

/// The questions of a file, and the violations in it.
#[derive(Default)]
struct ParsedFile {
    contents: Vec<Content>,
    violations: Vec<Violation>,
}

impl ParsedFile {
    fn add(&mut self, location: &str, checked: Result<Content, Vec<Violation>>) {
        match checked {
            Ok(content) => self.contents.push(content),
            Err(violations) => {
                self.violations.extend(violations.into_iter().map(|violation| Violation {
                    property: format!("{location}: {}", violation.property),
                    ..violation
                }))
            }
        }
    }

    fn finish(self) -> Result<Vec<Content>, ApiError> {
        match (self.violations.is_empty(), self.contents.is_empty()) {
            (false, _) => Err(file_error(self.violations)),
            (true, true) => Err(empty()),
            (true, false) => Ok(self.contents),
        }
    }
}

fn empty() -> ApiError {
    ApiError::new(ErrorCode::RuleViolation, "There is no question in the file.")
}

fn single_violation(violation: Violation) -> ApiError {
    file_error(vec![violation])
}

fn file_error(mut violations: Vec<Violation>) -> ApiError {
    let things = match violations.len() {
        1 => "one thing in the file is wrong".to_owned(),
        count if count > VIOLATION_LIMIT => {
            format!("{count} things in the file are wrong, of which the first {VIOLATION_LIMIT} are shown")
        }
        count => format!("{count} things in the file are wrong"),
    };
    violations.truncate(VIOLATION_LIMIT);
    ApiError { message: format!("Nothing was imported: {things}."), ..ApiError::invalid(violations) }
}

#[cfg(test)]
mod tests {
    use domain::question::{QuestionKind, QuestionOption};
    use domain::time::Timestamp;
    use proptest::prelude::*;

    use super::spreadsheet::letters;
    use super::*;

    fn bank(contents: Vec<Content>) -> Vec<LibraryQuestion> {
        let id = || "k3j9x0a2bc".parse().unwrap();
        contents.into_iter().map(|content| LibraryQuestion::create(id(), content, Timestamp::default())).collect()
    }

    #[test]
    fn an_exported_file_is_read_back() {
        let json = r#"[{"text":"How *many*,\n\"so\"?","type":"multiple_answer","timeLimitSeconds":30,
            "options":[{"text":"=1+1","isCorrect":true,"feedback":"Yes; really"},{"text":"one"}]},{"text":"Why?"}]"#;
        let questions = bank(read_json(json.as_bytes()).unwrap().contents);
        let contents: Vec<Content> = questions.iter().map(|question| question.content.clone()).collect();
        let file = write_csv(&questions).unwrap();
        assert!(file.starts_with("\u{feff}\"text\",\"type\",".as_bytes()), "Excel detects UTF-8 by the mark");
        assert!(!String::from_utf8(file.clone()).unwrap().contains("\"=1+1"), "a formula is escaped");
        assert_eq!(read_csv(&file).unwrap().contents, contents);
        assert_eq!(read_json(&write_json(&questions)).unwrap().contents, contents);
    }

    #[test]
    fn a_file_that_is_sent_as_text_must_be_in_utf_8() {
        let check = |file: &[u8]| check_text(file, FileFormat::Csv).map_err(|error| error.message);
        for whole in ["\u{feff}text\nWarum fällt Schnee?\n", "text\nWhy?\n", ""] {
            assert_eq!(check(whole.as_bytes()), Ok(()));
        }
        // As it was sent, and as the gateway forwards it.
        for lost in [&b"text\nWarum f\xe4llt Schnee?\n"[..], "text\nWarum f\u{fffd}llt Schnee?\n".as_bytes()] {
            let message = check(lost).unwrap_err();
            assert!(message.starts_with("Line 2 ") && message.contains("?format=csv"), "{message}");
        }
        let workbook = check(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").unwrap_err();
        assert!(workbook.contains("old Excel workbook"), "{workbook}");
    }

    fn text(longest: usize) -> impl Strategy<Value = String> {
        let any = proptest::string::string_regex(&format!("[a-c0-9é😀'\"=+@;:,\\-\t\n\r ＝]{{1,{longest}}}")).unwrap();
        any.prop_filter("a text is not empty", |text| !text.trim().is_empty())
    }

    fn draft() -> impl Strategy<Value = Draft> {
        let line = || text(12).prop_map(|text| text.trim().replace(['\t', '\n', '\r'], "_"));
        let option = || {
            let parts = (line(), any::<bool>(), "|[a'=\",;\n]{0,12}");
            parts.prop_map(|(text, is_correct, feedback)| QuestionOption { text, is_correct, feedback })
        };
        let options = |fewest: usize| proptest::collection::vec(option(), fewest..=OPTION_LIMIT);
        let shape = prop_oneof![
            (Just(None), options(0)),
            (Just(Some(QuestionKind::Discursive)), Just(Vec::new())),
            (Just(Some(QuestionKind::SingleAnswer)), options(1)),
            (Just(Some(QuestionKind::MultipleAnswer)), options(1)),
        ];
        let limit = proptest::option::of(5_u32..=3_600);
        (text(60), shape, limit).prop_map(|(text, (kind, options), time_limit_seconds)| Draft {
            text,
            kind,
            options,
            time_limit_seconds,
        })
    }

    proptest! {
        #[test]
        fn an_export_is_imported_unchanged(drafts in proptest::collection::vec(draft(), 1..4)) {
            let contents: Vec<Content> = drafts.into_iter().map(|draft| draft.check().unwrap()).collect();
            let questions = bank(contents.clone());
            prop_assert_eq!(&read_csv(&write_csv(&questions).unwrap()).unwrap().contents, &contents);
            prop_assert_eq!(read_json(&write_json(&questions)).unwrap().contents, contents);
        }

        #[test]
        fn no_cell_of_a_line_is_dropped(extra in "[a-z ]{1,5}", empty in 0_usize..4) {
            prop_assume!(!extra.trim().is_empty());
            let file = format!("text,option1\nWhy?,a,{}{extra}\n", ",".repeat(empty));
            let error = read_csv(file.as_bytes()).unwrap_err();
            let violation = &error.validation_errors[0];
            prop_assert_eq!(&violation.property, &format!("line 2: column {}", letters(2 + empty)));
            prop_assert!(violation.message().contains(extra.trim()));
        }
    }

    #[test]
    fn the_variants_of_spreadsheets_are_accepted() {
        let file = "\u{feff}Text;Option1;Correct1;Option2\r\nHow many?;7;x;1\r\n;;;\r\n";
        let contents = read_csv(file.as_bytes()).unwrap().contents;
        assert_eq!(contents.len(), 1);
        assert!(contents[0].options()[0].is_correct && !contents[0].options()[1].is_correct);
    }

    #[test]
    fn errors_name_line_and_column() {
        let file = "text,type,timeLimitSeconds,option1,correct1,feedback2\nfine,,,a,yes,\n,,,a,perhaps,\nWhy?,essay,soon,,,said\n\"two\nlines\",,3,a,,\n";
        let error = read_csv(file.as_bytes()).unwrap_err();
        let properties: Vec<&str> =
            error.validation_errors.iter().map(|violation| violation.property.as_str()).collect();
        let expected = [
            "line 3: correct1",
            "line 4: type",
            "line 4: timeLimitSeconds",
            "line 4: option2",
            "line 5: timeLimitSeconds",
        ];
        assert_eq!(properties, expected);
        assert!(error.message.contains("Nothing was imported"), "{}", error.message);
    }

    #[test]
    fn an_unknown_cell_is_an_error_at_its_line_and_column() {
        for (file, property, words) in [
            ("text\nWhy, oh why?\n", "line 2: column B", "“oh why?”"),
            ("text,\nWhy?,because\n", "line 2: column B", "“because”"),
            ("text,option01\nWhy?,a\n", "line 1: column B", "“option01”"),
            ("text,option+1\nWhy?,a\n", "line 1: column B", "“option+1”"),
            ("text,option11\nWhy?,a\n", "line 1: column B", "“option11”"),
            ("text,type,Text\na,,b\n", "line 1: column C", "two columns “Text”: A and C"),
            ("option1\na\n", "line 1: column A", "must be “text”"),
            ("text,option1\n\"Why?,a\n", "line 2: text", "never closed"),
            ("sep=;\ntext;option2;option4\nWhy?;;a\tb\n", "line 3: option4", "Option 4 is one line"),
        ] {
            let error = read_csv(file.as_bytes()).unwrap_err();
            let [violation] = error.validation_errors.as_slice() else { panic!("{file:?}: {error:?}") };
            assert_eq!((violation.property.as_str(), error.code), (property, ErrorCode::RuleViolation), "{file:?}");
            assert!(violation.message().contains(words), "{file:?}: {violation}");
            assert_eq!(error.message, "Nothing was imported: one thing in the file is wrong.", "{file:?}");
        }
        assert!(read_csv(b"text,,\nWhy?,,,,\n").is_ok(), "empty cells are ignored");
        let many = format!("text\n{}", "a,b\n".repeat(VIOLATION_LIMIT + 1));
        let error = read_csv(many.as_bytes()).unwrap_err();
        assert_eq!(error.validation_errors.len(), VIOLATION_LIMIT);
        assert!(error.message.contains("51 things in the file are wrong, of which the first 50"), "{}", error.message);
    }

    #[test]
    fn an_unknown_member_of_a_json_file_is_an_error() {
        let file = br#"[{"text":"a"},{"text":"b","option":[{"text":"c"}]},{"text":"d","options":[{"text":"e","corect":true}]}]"#;
        let error = read_json(file).unwrap_err();
        let properties: Vec<&str> =
            error.validation_errors.iter().map(|violation| violation.property.as_str()).collect();
        assert_eq!(properties, ["question 2: option", "question 3: options[0].corect"]);
        let pylivequestions = br#"[{"text":"a","uuid":"1","pickedAt":null,"options":[{"text":"b","correct":true,"post_text":"c","ref":0}]}]"#;
        assert!(read_json(pylivequestions).is_ok());
    }

    #[test]
    fn a_file_without_a_declared_encoding_is_read_and_the_guess_is_returned() {
        let file = read_csv(b"text\nWarum f\xe4llt Schnee?\n").unwrap();
        assert_eq!((file.contents[0].text(), file.assumed_encoding), ("Warum fällt Schnee?", Some("windows-1252")));
        assert_eq!(read_csv("text\nWhy?".as_bytes()).unwrap().assumed_encoding, None);
        assert!(read_json("\u{feff}[{\"text\":\"a\"}]".as_bytes()).is_ok());
        for read in [read_csv, read_json] {
            let error = read(b"PK\x03\x04").unwrap_err();
            assert!(error.message.contains("Excel workbook"), "{}", error.message);
        }
    }

    #[test]
    fn a_file_without_questions_is_an_error() {
        for file in ["", "a,b\n1,2\n", "text\n", "[]", "{}"] {
            assert!(read_csv(file.as_bytes()).is_err(), "{file}");
            assert!(read_json(file.as_bytes()).is_err(), "{file}");
        }
        assert!(read_csv(b"text\n\x81\xfe\n").is_err());
        let error = read_json(br#"[{"text":"a"},{"text":7},{"text":"b","options":[{"text":""}]}]"#).unwrap_err();
        assert_eq!(error.validation_errors[0].property, "question 2: question");
        assert_eq!(error.validation_errors[1].property, "question 3: options[0].text");
    }
}
