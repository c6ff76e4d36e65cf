//! A room's session as a CSV file (RFC 4180) for spreadsheets: one line for each answer.

use domain::answer::{Answer, AnswerRecord};
use domain::evaluation::Evaluation;
use domain::pick::{Pick, PickPhase};

use crate::questions::spreadsheet::{self, escape_formulas};

/// The names of the columns.
const HEAD: [&str; 10] =
    ["number", "pickedAt", "question", "type", "person", "name", "answer", "score", "changes", "answeredAt"];

/// The header line, with which a file begins.
///
/// # Errors
/// Only if memory cannot be allocated.
pub fn head() -> Result<Vec<u8>, csv::Error> {
    let mut writer = spreadsheet::writer();
    writer.write_record(HEAD)?;
    writer.into_inner().map_err(|fault| fault.into_error().into())
}

/// The answers to a question; a question without answers has one line.
///
/// # Errors
/// Only if memory cannot be allocated.
pub fn lines(pick: &Pick, attempts: &[AnswerRecord]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = spreadsheet::writer_of_more();
    let own: Vec<&AnswerRecord> = attempts.iter().filter(|attempt| attempt.pick == pick.number).collect();
    if own.is_empty() {
        writer.write_record(row(pick, None))?;
    }
    for attempt in own {
        writer.write_record(row(pick, Some(attempt)))?;
    }
    writer.into_inner().map_err(|fault| fault.into_error().into())
}

fn row(pick: &Pick, attempt: Option<&AnswerRecord>) -> [String; 10] {
    let kind = serde_json::to_value(pick.content.kind()).ok();
    let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let of = |read: &dyn Fn(&AnswerRecord) -> String| attempt.map(read).unwrap_or_default();
    [
        pick.number.to_string(),
        pick.picked_at.to_string(),
        escape_formulas(pick.content.text()),
        kind,
        of(&|attempt| escape_formulas(attempt.person.as_str())),
        of(&|attempt| escape_formulas(attempt.name.as_str())),
        of(&|attempt| escape_formulas(&words(pick, &attempt.answer))),
        of(&|attempt| score(pick, attempt)),
        of(&|attempt| attempt.changes().to_string()),
        of(&|attempt| attempt.at.to_string()),
    ]
}

fn words(pick: &Pick, answer: &Answer) -> String {
    match answer {
        Answer::Text(words) => words.clone(),
        Answer::Choices(choices) => {
            let text =
                |choice: &u8| pick.content.options().get(usize::from(*choice)).map(|option| option.text.as_str());
            choices.iter().filter_map(text).collect::<Vec<&str>>().join("; ")
        }
    }
}

/// The score in hundredths, if the question has one and its feedback was shown.
fn score(pick: &Pick, attempt: &AnswerRecord) -> String {
    if pick.phase != PickPhase::Closed {
        return String::new();
    }
    let correct: Vec<bool> = pick.content.options().iter().map(|option| option.is_correct).collect();
    Evaluation::of(pick.content.kind(), &correct, attempt.answer.choices())
        .map(|evaluation| evaluation.score().percent().to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::question::{Draft, QuestionOption};
    use domain::time::Timestamp;

    use super::*;

    #[test]
    fn a_session_is_one_line_for_each_answer() {
        let option =
            |text: &str, is_correct| QuestionOption { text: text.to_owned(), is_correct, ..QuestionOption::default() };
        let draft = Draft {
            text: "How many, \"really\"?".to_owned(),
            options: vec![option("seven", true), option("one", true)],
            ..Draft::default()
        };
        let room = || "k3j9x0a2bc".parse().unwrap();
        let words = Draft { text: "Why?".to_owned(), ..Draft::default() };
        let attempt = |person: &str, answer| AnswerRecord {
            pick: 1,
            person: person.parse().unwrap(),
            name: person.parse().unwrap(),
            answer,
            at: Timestamp::default(),
            rev: 2,
        };
        let attempts = [attempt("ann", Answer::Choices(vec![0, 1])), attempt("=cmd()", Answer::Choices(vec![1]))];
        let picks = [
            Pick::create(room(), 1, draft.check().unwrap(), Timestamp::default()).close(&attempts),
            Pick::create(room(), 2, words.check().unwrap(), Timestamp::default()),
        ];
        let lines = picks.iter().map(|pick| lines(pick, &attempts).unwrap());
        let text = std::iter::once(head().unwrap()).chain(lines).collect::<Vec<_>>().concat();
        let text = String::from_utf8(text).unwrap();
        let text = text.strip_prefix('\u{feff}').unwrap();
        insta::assert_snapshot!(text, @r#"
        "number","pickedAt","question","type","person","name","answer","score","changes","answeredAt"
        1,"1970-01-01T00:00:00.000Z","How many, ""really""?","multiple_answer","ann","ann","seven; one",100,1,"1970-01-01T00:00:00.000Z"
        1,"1970-01-01T00:00:00.000Z","How many, ""really""?","multiple_answer","'=cmd()","'=cmd()","one",50,1,"1970-01-01T00:00:00.000Z"
        2,"1970-01-01T00:00:00.000Z","Why?","discursive","","","","","",""
        "#);
    }
}
