//! Files of questions: CSV, as spreadsheets write it, and JSON. Never stores any: it reads and writes files alone.
//!
//! A CSV file (RFC 4180) begins with a line of column names: `text`, `type`, `timeLimitSeconds`, then `option1`,
//! `correct1`, `feedback1` and so on up to 10. Only `text` must be there, and columns may come in any order. A JSON file is
//! a list of questions, ours or PyLiveQuestions'.

use std::collections::HashMap;

use crate::fields;
use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use domain::question::{BankQuestion, Content, Draft, OPTION_LIMIT, QuestionKind, QuestionOption};
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};
use serde_json::Value;

/// So many violations are told; who has more begins with these.
const TOLD: usize = 50;

/// Reads the questions of a CSV file.
///
/// # Errors
/// It is no CSV, a column is unknown or missing, or questions are wrong: each violation's property begins with its line.
pub fn read_csv(file: &[u8]) -> Result<Vec<Content>, ApiError> {
    // Any text has the form that the API's description tells of a CSV file: what is wrong with one is against a rule.
    csv(file).map_err(|error| ApiError { code: ErrorCode::RuleViolation, ..error })
}

fn csv(file: &[u8]) -> Result<Vec<Content>, ApiError> {
    // Spreadsheets put a byte order mark in front.
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = ReaderBuilder::new().flexible(true).delimiter(delimiter(file)).from_reader(file);
    let columns = columns(reader.headers().map_err(|fault| unreadable(&fault))?)?;
    let mut found = Found::default();
    for record in reader.records() {
        let record = record.map_err(|fault| unreadable(&fault))?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let draft = row(&columns, &record);
        found.add(&format!("line {line}"), column_name, draft.and_then(Draft::check));
    }
    found.finish()
}

/// Reads the questions of a JSON file.
///
/// # Errors
/// It is no list of questions, or questions are wrong: each violation's property begins with its number.
pub fn read_json(file: &[u8]) -> Result<Vec<Content>, ApiError> {
    let refuse = |message: String| ApiError::new(ErrorCode::ValidationError, message);
    let value: Value =
        serde_json::from_slice(file).map_err(|fault| refuse(format!("The file is not JSON: {fault}.")))?;
    let Value::Array(questions) = value else {
        return Err(refuse(
            "The file must be a list of questions, like [{\"text\": \"…\", \"options\": []}].".to_owned(),
        ));
    };
    let mut found = Found::default();
    for (question, number) in questions.into_iter().zip(1..) {
        let draft: Result<Draft, _> = fields::read(&question);
        let draft = draft.map_err(|fault| vec![Violation::new("question", "", "shape", format!("{fault}."))]);
        found.add(&format!("question {number}"), |property| property.to_owned(), draft.and_then(Draft::check));
    }
    found.finish()
}

/// Writes questions as CSV, which [`read_csv`] reads.
pub fn write_csv(questions: &[BankQuestion]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    let numbers = || 1..=OPTION_LIMIT;
    let options = numbers()
        .flat_map(|number| [format!("option{number}"), format!("correct{number}"), format!("feedback{number}")]);
    let head = ["text", "type", "timeLimitSeconds"].map(str::to_owned);
    writer.write_record(head.into_iter().chain(options))?;
    for question in questions {
        let draft = question.content.clone().into_draft();
        let limit = draft.time_limit_seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
        let mut row = vec![draft.text, draft.kind.map(kind_name).unwrap_or_default().to_owned(), limit];
        for place in 0..OPTION_LIMIT {
            let cells = draft.options.get(place).map_or_else(Default::default, |option| {
                [option.text.clone(), if option.is_correct { "yes" } else { "no" }.to_owned(), option.feedback.clone()]
            });
            row.extend(cells);
        }
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|fault| fault.into_error().into())
}

/// Writes questions as JSON, which [`read_json`] reads.
pub fn write_json(questions: &[BankQuestion]) -> Vec<u8> {
    let contents: Vec<&Content> = questions.iter().map(|question| &question.content).collect();
    serde_json::to_vec_pretty(&contents).unwrap_or_default()
}

/// The questions of a file, and what is wrong with some.
#[derive(Default)]
struct Found {
    contents: Vec<Content>,
    wrong: Vec<Violation>,
}

impl Found {
    fn add(&mut self, place: &str, name: impl Fn(&str) -> String, checked: Result<Content, Vec<Violation>>) {
        match checked {
            Ok(content) => self.contents.push(content),
            Err(violations) => self.wrong.extend(violations.into_iter().map(|violation| Violation {
                property: format!("{place}: {}", name(&violation.property)),
                ..violation
            })),
        }
    }

    fn finish(mut self) -> Result<Vec<Content>, ApiError> {
        if self.wrong.is_empty() && self.contents.is_empty() {
            return Err(ApiError::new(ErrorCode::RuleViolation, "There is no question in the file."));
        }
        if self.wrong.is_empty() {
            return Ok(self.contents);
        }
        let count = self.wrong.len();
        self.wrong.truncate(TOLD);
        let things =
            if count == 1 { "one thing in the file is".to_owned() } else { format!("{count} things in the file are") };
        let message = format!("Nothing was imported: {things} wrong.");
        Err(ApiError { message, ..ApiError::invalid(self.wrong) })
    }
}

/// A semicolon where the first line has one and no comma: so spreadsheets write where the comma is for decimals.
fn delimiter(file: &[u8]) -> u8 {
    let first = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first.contains(&b';') && !first.contains(&b',') { b';' } else { b',' }
}

fn columns(head: &StringRecord) -> Result<HashMap<String, usize>, ApiError> {
    let mut columns = HashMap::new();
    for (place, name) in head.iter().enumerate() {
        let name = name.trim().to_ascii_lowercase();
        let numbered = ["option", "correct", "feedback"].iter().any(|stem| {
            let number = name.strip_prefix(stem).and_then(|rest| rest.parse::<usize>().ok());
            number.is_some_and(|number| (1..=OPTION_LIMIT).contains(&number))
        });
        if !numbered && !["text", "type", "timelimitseconds", ""].contains(&name.as_str()) {
            let message = format!(
                "There is no column “{name}”. Columns are text, type, timeLimitSeconds, option1, correct1, feedback1 and \
                 so on up to {OPTION_LIMIT}."
            );
            return Err(Violation::new("line 1", &name, "column", message).into());
        }
        columns.insert(name, place);
    }
    if columns.contains_key("text") {
        Ok(columns)
    } else {
        let message = "The first line must name the columns, and one of them must be “text”.";
        Err(Violation::new("line 1", head.get(0).unwrap_or_default(), "column", message).into())
    }
}

fn row(columns: &HashMap<String, usize>, record: &StringRecord) -> Result<Draft, Vec<Violation>> {
    let cell = |name: &str| columns.get(name).and_then(|place| record.get(*place)).unwrap_or_default().trim();
    let mut wrong = Vec::new();
    let kind = match cell("type") {
        "" => None,
        name => parse_kind(name).map_err(|violation| wrong.push(violation)).ok(),
    };
    let time_limit_seconds = match cell("timelimitseconds") {
        "" => None,
        text => text.parse().map(Some).unwrap_or_else(|_| {
            let message = format!("A time limit is a number of seconds; “{text}” is none.");
            wrong.push(Violation::new("timeLimitSeconds", text, "number", message));
            None
        }),
    };
    let mut options = Vec::new();
    for number in 1..=OPTION_LIMIT {
        let [text, correct, feedback] = ["option", "correct", "feedback"].map(|stem| cell(&format!("{stem}{number}")));
        let is_correct = match correct.to_ascii_lowercase().as_str() {
            "" | "no" | "false" | "0" | "n" => false,
            "yes" | "true" | "1" | "x" | "y" => true,
            _ => {
                let message = format!("“{correct}” is neither yes nor no.");
                wrong.push(Violation::new(&format!("correct{number}"), correct, "boolean", message));
                false
            }
        };
        // An option that is left out shifts none of those after it, since they are told apart by their text.
        if !text.is_empty() {
            options.push(QuestionOption { text: text.to_owned(), is_correct, feedback: feedback.to_owned() });
        } else if is_correct || !feedback.is_empty() {
            let message = format!("Option {number} has no text, but is said to be right or has feedback.");
            wrong.push(Violation::new(&format!("option{number}"), "", "text", message));
        }
    }
    let draft = Draft { text: cell("text").to_owned(), kind, options, time_limit_seconds };
    if wrong.is_empty() { Ok(draft) } else { Err(wrong) }
}

/// How CSV names what the domain calls `options[0].text`.
fn column_name(property: &str) -> String {
    let named = property.strip_prefix("options[").and_then(|rest| rest.split_once("]."));
    match named.and_then(|(place, field)| Some((place.parse::<usize>().ok()?, field))) {
        Some((place, "text")) => format!("option{}", place + 1),
        Some((place, field)) => format!("{field}{}", place + 1),
        None => property.to_owned(),
    }
}

const fn kind_name(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Discursive => "discursive",
        QuestionKind::SingleAnswer => "single_answer",
        QuestionKind::MultipleAnswer => "multiple_answer",
    }
}

fn parse_kind(name: &str) -> Result<QuestionKind, Violation> {
    let all = [QuestionKind::Discursive, QuestionKind::SingleAnswer, QuestionKind::MultipleAnswer];
    all.into_iter().find(|kind| kind_name(*kind).eq_ignore_ascii_case(name)).ok_or_else(|| {
        let message = format!("There is no type “{name}”. Types are discursive, single_answer and multiple_answer.");
        Violation::new("type", name, "type", message)
    })
}

fn unreadable(fault: &csv::Error) -> ApiError {
    let line = fault.position().map_or_else(String::new, |position| format!("line {}", position.line()));
    Violation::new(&line, "", "csv", format!("The file is not CSV in UTF-8: {fault}.")).into()
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn bank(contents: Vec<Content>) -> Vec<BankQuestion> {
        let id = || "k3j9x0a2bc".parse().unwrap();
        contents.into_iter().map(|content| BankQuestion::create(id(), content, Timestamp::default())).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let json = r#"[{"text":"How *many*,\n\"so\"?","type":"multiple_answer","timeLimitSeconds":30,
            "options":[{"text":"=1+1","isCorrect":true,"feedback":"Yes; really"},{"text":"one"}]},{"text":"Why?"}]"#;
        let questions = bank(read_json(json.as_bytes()).unwrap());
        let contents: Vec<Content> = questions.iter().map(|question| question.content.clone()).collect();
        assert_eq!(read_csv(&write_csv(&questions).unwrap()).unwrap(), contents);
        assert_eq!(read_json(&write_json(&questions)).unwrap(), contents);
    }

    #[test]
    fn a_spreadsheets_own_ways_are_understood() {
        let file = "\u{feff}Text;Option1;Correct1;Option2\r\nHow many?;7;x;1\r\n;;;\r\n";
        let contents = read_csv(file.as_bytes()).unwrap();
        assert_eq!(contents.len(), 1);
        assert!(contents[0].options()[0].is_correct && !contents[0].options()[1].is_correct);
    }

    #[test]
    fn errors_are_told_by_line_and_column() {
        let file = "text,type,timeLimitSeconds,option1,correct1,feedback2\nfine,,,a,yes,\n,,,a,perhaps,\nWhy?,essay,soon,,,said\n\"two\nlines\",,3,a,,\n";
        let error = read_csv(file.as_bytes()).unwrap_err();
        let properties: Vec<&str> = error.validation_errors.iter().map(|wrong| wrong.property.as_str()).collect();
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
    fn what_is_no_file_of_questions_is_refused_in_words() {
        for file in ["", "a,b\n1,2\n", "text\n", "[]", "{}"] {
            assert!(read_csv(file.as_bytes()).is_err(), "{file}");
            assert!(read_json(file.as_bytes()).is_err(), "{file}");
        }
        assert!(read_csv(b"text\n\xff\xfe\n").is_err());
        let error = read_json(br#"[{"text":"a"},{"text":7},{"text":"b","options":[{"text":""}]}]"#).unwrap_err();
        assert_eq!(error.validation_errors[0].property, "question 2: question");
        assert_eq!(error.validation_errors[1].property, "question 3: options[0].text");
    }
}
