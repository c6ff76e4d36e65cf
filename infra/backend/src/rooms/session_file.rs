//! A room's session as a CSV file (RFC 4180) for spreadsheets: one line for each answer.

use domain::answer::{Answer, AnswerRecord};
use domain::grading::Grade;
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
pub fn lines(pick: &Pick, answers: &[AnswerRecord]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = spreadsheet::continuation_writer();
    let of_pick: Vec<&AnswerRecord> = answers.iter().filter(|answer| answer.pick == pick.number).collect();
    if of_pick.is_empty() {
        writer.write_record(row(pick, None))?;
    }
    for answer in of_pick {
        writer.write_record(row(pick, Some(answer)))?;
    }
    writer.into_inner().map_err(|fault| fault.into_error().into())
}

fn row(pick: &Pick, answer: Option<&AnswerRecord>) -> [String; 10] {
    let kind = serde_json::to_value(pick.content.kind()).ok();
    let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let of = |read: &dyn Fn(&AnswerRecord) -> String| answer.map(read).unwrap_or_default();
    [
        pick.number.to_string(),
        pick.picked_at.to_string(),
        escape_formulas(pick.content.text()),
        kind,
        of(&|answer| escape_formulas(answer.person.as_str())),
        of(&|answer| escape_formulas(answer.name.as_str())),
        of(&|answer| escape_formulas(&answer_text(pick, &answer.answer))),
        of(&|answer| score(pick, answer)),
        of(&|answer| answer.changes().to_string()),
        of(&|answer| answer.at.to_string()),
    ]
}

fn answer_text(pick: &Pick, answer: &Answer) -> String {
    match answer {
        Answer::Text(text) => text.clone(),
        Answer::Choices(choices) => {
            let text =
                |choice: &u8| pick.content.options().get(usize::from(*choice)).map(|option| option.text.as_str());
            choices.iter().filter_map(text).collect::<Vec<&str>>().join("; ")
        }
    }
}

/// The score in hundredths, if the question has one and its feedback was shown.
fn score(pick: &Pick, answer: &AnswerRecord) -> String {
    if pick.phase != PickPhase::Closed {
        return String::new();
    }
    let correct: Vec<bool> = pick.content.options().iter().map(|option| option.is_correct).collect();
    Grade::of(pick.content.kind(), &correct, answer.answer.choices())
        .map(|grade| grade.score().percent().to_string())
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
        let answer_text = Draft { text: "Why?".to_owned(), ..Draft::default() };
        let answer = |person: &str, answer| AnswerRecord {
            pick: 1,
            person: person.parse().unwrap(),
            name: person.parse().unwrap(),
            answer,
            at: Timestamp::default(),
            rev: 2,
        };
        let answers = [answer("ann", Answer::Choices(vec![0, 1])), answer("=cmd()", Answer::Choices(vec![1]))];
        let picks = [
            Pick::create(room(), 1, draft.check().unwrap(), Timestamp::default()).close(&answers),
            Pick::create(room(), 2, answer_text.check().unwrap(), Timestamp::default()),
        ];
        let lines = picks.iter().map(|pick| lines(pick, &answers).unwrap());
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
