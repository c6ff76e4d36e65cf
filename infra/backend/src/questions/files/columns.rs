//! The columns of a CSV file of questions. An unknown cell is an error.

use std::collections::HashMap;

use csv::StringRecord;
use domain::question::{Content, Draft, OPTION_LIMIT, QuestionKind, QuestionOption};
use domain::validation::Violation;
use protocol::envelope::ApiError;

use crate::questions::files::file_error;
use crate::questions::spreadsheet::{Row, column, excerpt, letters, unescape_formulas};

/// The prefixes of the names of an option's columns; a number follows.
const OPTION_COLUMNS: [&str; 3] = ["option", "correct", "feedback"];

/// The names of all columns, in the order in which they are written.
pub(crate) fn names() -> impl Iterator<Item = String> {
    let options = (1..=OPTION_LIMIT).flat_map(|number| OPTION_COLUMNS.map(|stem| format!("{stem}{number}")));
    ["text", "type", "timeLimitSeconds"].map(str::to_owned).into_iter().chain(options)
}

/// The columns of a CSV file.
pub(crate) struct Columns {
    /// The header line.
    head: StringRecord,
    /// The index of each column, by its name in lower case.
    indexes: HashMap<String, usize>,
}

impl Columns {
    /// Reads the header line.
    ///
    /// # Errors
    /// A column is unknown or duplicate, or the column of texts is missing.
    pub(crate) fn of(head: &Row) -> Result<Self, ApiError> {
        let mut indexes = HashMap::new();
        let mut violations = Vec::new();
        for (index, cell) in head.cells.iter().enumerate() {
            let name = cell.trim().to_ascii_lowercase();
            let mut reject = |message: String| {
                let property = format!("line {}: column {}", head.line, letters(index));
                violations.push(Violation::of_rule(&property, cell, "column", message));
            };
            if name.is_empty() {
                continue;
            }
            if !is_column(&name) {
                reject(format!(
                    "There is no column “{}”. Columns are text, type, timeLimitSeconds, option1, correct1, feedback1 and so on up \
                     to {OPTION_LIMIT}.",
                    excerpt(cell)
                ));
            } else if let Some(first) = indexes.get(&name) {
                reject(format!(
                    "There are two columns “{}”: {} and {}. Remove one of them, or correct its name.",
                    excerpt(cell),
                    letters(*first),
                    letters(index)
                ));
            } else {
                indexes.insert(name, index);
            }
        }
        if violations.is_empty() && !indexes.contains_key("text") {
            let message = "The first line must name the columns, and one of them must be “text”.";
            let first = head.cells.get(0).unwrap_or_default();
            violations.push(Violation::of_rule(&format!("line {}: column A", head.line), first, "column", message));
        }
        if violations.is_empty() { Ok(Self { head: head.cells.clone(), indexes }) } else { Err(file_error(violations)) }
    }

    /// The question of a row, or its violations, each with the name of a column as property.
    ///
    /// # Errors
    /// All violations; but only a cell outside of all columns if there is one, since other errors may then come from shifted cells.
    pub(crate) fn question(&self, row: &Row) -> Result<Content, Vec<Violation>> {
        let is_named = |index: usize| self.indexes.values().any(|named| *named == index);
        let stray = |(index, cell): &(usize, &str)| !cell.trim().is_empty() && !is_named(*index);
        if let Some((index, cell)) = row.cells.iter().enumerate().find(stray) {
            let message = format!(
                "“{}” stands in no column that the first line names. If a text holds the character that separates cells, \
                 put the whole text between double quotes.",
                excerpt(cell.trim())
            );
            return Err(vec![Violation::of_rule(&column(&self.head, index), cell, "column", message)]);
        }
        let (draft, numbers) = self.draft(row)?;
        let in_column = |violation| in_column(violation, &numbers);
        draft.check().map_err(|violations| violations.into_iter().map(in_column).collect())
    }

    /// A row as a draft, and the numbers of its options' columns.
    fn draft(&self, row: &Row) -> Result<(Draft, Vec<usize>), Vec<Violation>> {
        let cell =
            |name: &str| self.indexes.get(name).and_then(|index| row.cells.get(*index)).unwrap_or_default().trim();
        let mut violations = Vec::new();
        let kind = match cell("type") {
            "" => None,
            name => parse_kind(name).map_err(|violation| violations.push(violation)).ok(),
        };
        let time_limit_seconds = match cell("timelimitseconds") {
            "" => None,
            text => text.parse().map(Some).unwrap_or_else(|_| {
                let message = format!("A time limit is a number of seconds; “{}” is none.", excerpt(text));
                violations.push(Violation::new("timeLimitSeconds", text, "number", message));
                None
            }),
        };
        let (mut options, mut numbers) = (Vec::new(), Vec::new());
        for number in 1..=OPTION_LIMIT {
            let [text, correct, feedback] = OPTION_COLUMNS.map(|stem| cell(&format!("{stem}{number}")));
            let is_correct = match correct.to_ascii_lowercase().as_str() {
                "" | "no" | "false" | "0" | "n" => false,
                "yes" | "true" | "1" | "x" | "y" => true,
                _ => {
                    let message = format!("“{}” is neither yes nor no.", excerpt(correct));
                    violations.push(Violation::new(&format!("correct{number}"), correct, "boolean", message));
                    false
                }
            };
            // An empty option does not shift the later ones, since options are distinguished by their text.
            if !text.is_empty() {
                let [text, feedback] = [text, feedback].map(unescape_formulas);
                options.push(QuestionOption { text, is_correct, feedback });
                numbers.push(number);
            } else if is_correct || !feedback.is_empty() {
                let content = if feedback.is_empty() { correct } else { feedback };
                let message = format!("Option {number} has no text, but “{}” is said of it.", excerpt(content));
                violations.push(Violation::new(&format!("option{number}"), "", "text", message));
            }
        }
        let text = unescape_formulas(cell("text"));
        let draft = Draft { text, kind, options, time_limit_seconds };
        if violations.is_empty() { Ok((draft, numbers)) } else { Err(violations) }
    }
}

/// Whether a column has this name, ignoring case; `option01` and `option+1` are not names.
fn is_column(name: &str) -> bool {
    names().any(|known| known.eq_ignore_ascii_case(name))
}

/// Converts a violation of `options[0].text` to one of its column, by the numbers of the options' columns.
fn in_column(violation: Violation, numbers: &[usize]) -> Violation {
    let named = violation.property.strip_prefix("options[").and_then(|rest| rest.split_once("]."));
    let found = named.and_then(|(index, field)| {
        let index = index.parse::<usize>().ok()?;
        Some((index + 1, *numbers.get(index)?, field))
    });
    let Some((position, number, field)) = found else { return violation };
    let stem = if field == "text" { "option" } else { field };
    let renumbered = |sentence: String| {
        let renumbered = |word: &str| {
            sentence
                .split_once(&format!("{word} {position} "))
                .map(|(before, after)| format!("{before}{word} {number} {after}"))
        };
        renumbered("Option").or_else(|| renumbered("option")).unwrap_or(sentence.clone())
    };
    let constraints = violation.constraints.into_iter().map(|(name, sentence)| (name, renumbered(sentence))).collect();
    Violation { property: format!("{stem}{number}"), constraints, ..violation }
}

/// The name of a type in a file.
pub(crate) const fn kind_name(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Discursive => "discursive",
        QuestionKind::SingleAnswer => "single_answer",
        QuestionKind::MultipleAnswer => "multiple_answer",
    }
}

fn parse_kind(name: &str) -> Result<QuestionKind, Violation> {
    let all = [QuestionKind::Discursive, QuestionKind::SingleAnswer, QuestionKind::MultipleAnswer];
    all.into_iter().find(|kind| kind_name(*kind).eq_ignore_ascii_case(name)).ok_or_else(|| {
        let message =
            format!("There is no type “{}”. Types are discursive, single_answer and multiple_answer.", excerpt(name));
        Violation::new("type", name, "type", message)
    })
}
