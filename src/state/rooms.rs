//! What the pages of rooms show, worked out of what is known. Pure: never asks for anything.

use domain::answer::{Answer, Attempt, Presence};
use domain::person::PersonId;
use domain::pick::{PickPhase, PickView, Tally};
use domain::question::{BankQuestion, QuestionKind};
use domain::room::{Room, RoomState};
use domain::wire::read::Read;
use serde_json::Value;

use super::live::Known;

/// One entity of a room's topic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RoomEntity {
    /// The room itself.
    Room(Room),
    /// One of its picks.
    Pick(PickView),
    /// How many have answered.
    Tally(Tally),
}

impl RoomEntity {
    /// Reads an entity; what a newer server says and this version cannot read is left out.
    pub(crate) fn read(id: &str, state: &Value) -> Option<Self> {
        match id {
            "room" => Room::read(state).map(Self::Room),
            "tally" => Tally::read(state).map(Self::Tally),
            _ => PickView::read(state).map(Self::Pick),
        }
    }
}

/// A room as its pages show it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum RoomShown {
    /// Nothing is known yet.
    #[default]
    Loading,
    /// The server does not tell, and why.
    Refused(String),
    /// It was there, and was deleted.
    Deleted,
    /// Here it is.
    Open(Box<OpenRoom>),
}

/// A room that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OpenRoom {
    pub(crate) room: Room,
    /// The first one first.
    pub(crate) picks: Vec<PickView>,
    /// How many have answered the current one.
    pub(crate) answered: u32,
}

impl RoomShown {
    /// What is shown after what was shown `before`.
    pub(crate) fn of(known: &Known<RoomEntity>, before: &Self) -> Self {
        let entities = match known {
            Known::Loading => return Self::Loading,
            Known::Refused(_) if matches!(before, Self::Open(_) | Self::Deleted) => return Self::Deleted,
            Known::Refused(why) => return Self::Refused(why.clone()),
            Known::Told(entities) => entities,
        };
        let (mut room, mut picks, mut tally) = (None, Vec::new(), None);
        for entity in entities {
            match entity {
                RoomEntity::Room(known) => room = Some(known.clone()),
                RoomEntity::Pick(pick) => picks.push(pick.clone()),
                RoomEntity::Tally(known) => tally = Some(*known),
            }
        }
        let Some(room) = room else { return Self::Deleted };
        let answered = match picks.last() {
            Some(last) if last.phase != PickPhase::Open => last.answered,
            Some(last) => tally.filter(|tally| tally.pick == last.number).map_or(0, |tally| tally.answered),
            None => 0,
        };
        Self::Open(Box::new(OpenRoom { room, picks, answered }))
    }

    /// The room, if it is there.
    pub(crate) fn open(&self) -> Option<&OpenRoom> {
        match self {
            Self::Open(open) => Some(open),
            _ => None,
        }
    }

    /// The current question, if there is one: open, or with its feedback shown.
    pub(crate) fn current(&self) -> Option<&PickView> {
        let open = self.open()?;
        let asked = matches!(open.room.state, RoomState::QuestionOpen | RoomState::QuestionClosed);
        open.picks.last().filter(|_| asked)
    }

    /// The questions before the current one, the latest first.
    pub(crate) fn earlier(&self) -> Vec<&PickView> {
        let Some(open) = self.open() else { return Vec::new() };
        let current = self.current().map(|pick| pick.number);
        open.picks.iter().rev().filter(|pick| Some(pick.number) != current).collect()
    }
}

/// How far a room is, in words.
pub(crate) const fn state_words(state: RoomState) -> &'static str {
    match state {
        RoomState::NoQuestion => "No question yet",
        RoomState::QuestionOpen => "Question open",
        RoomState::QuestionClosed => "Feedback shown",
        RoomState::RoomClosed => "Closed",
    }
}

/// How far a room is, as attributes and style sheets name it.
pub(crate) const fn state_name(state: RoomState) -> &'static str {
    match state {
        RoomState::NoQuestion => "no_question",
        RoomState::QuestionOpen => "question_open",
        RoomState::QuestionClosed => "question_closed",
        RoomState::RoomClosed => "room_closed",
    }
}

/// How far a pick is, as attributes and style sheets name it.
pub(crate) const fn phase_name(phase: PickPhase) -> &'static str {
    match phase {
        PickPhase::Open => "open",
        PickPhase::Closed => "closed",
        PickPhase::Passed => "passed",
    }
}

/// How a question is answered, in words for its author.
pub(crate) const fn kind_words(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Discursive => "In words",
        QuestionKind::SingleAnswer => "One option",
        QuestionKind::MultipleAnswer => "Several options",
    }
}

/// The sizes in which a question is projected, the biggest first: how high it may be there, in hundredths of the type's
/// size, and how many characters a line of its text and one of an option hold. Measured at 1280 × 720.
const SIZES: [(&str, usize, usize, usize); 3] =
    [("large", 1_020, 36, 46), ("medium", 1_340, 48, 62), ("small", 1_770, 62, 84)];

/// How big a question can be projected without leaving the screen.
pub(crate) fn projected_size(pick: &PickView) -> &'static str {
    let fits = |(_, limit, wide, option): &&(&str, usize, usize, usize)| {
        let bar = if pick.phase == PickPhase::Closed { 65 } else { 0 };
        let of_option = |text: &str| 55 + 130 * text.chars().count().div_ceil(*option).max(1) + bar;
        let options: usize = pick.options.iter().map(|option| of_option(&option.text)).sum();
        lines(&pick.html, *wide) * 170 + options <= *limit
    };
    SIZES.iter().find(fits).map_or("tiny", |(name, ..)| name)
}

/// How many lines HTML takes, about, where one holds so many characters.
fn lines(html: &str, width: usize) -> usize {
    let (mut lines, mut length, mut in_tag) = (0, 0_usize, false);
    for character in html.chars() {
        match character {
            '<' => in_tag = true,
            '>' => in_tag = false,
            '\n' => lines += std::mem::take(&mut length).div_ceil(width),
            _ if !in_tag => length += 1,
            _ => {}
        }
    }
    lines + length.div_ceil(width)
}

/// “0:42” until a deadline, or that it has passed; both in seconds that are left.
pub(crate) fn countdown(left: u64) -> String {
    if left == 0 {
        return "Time is up".to_owned();
    }
    let (minutes, seconds) = (left / 60, left % 60);
    let zero = if seconds < 10 { "0" } else { "" };
    [&minutes.to_string(), ":", zero, &seconds.to_string()].concat()
}

/// An answer as a form keeps it: words, or the places of options with commas between.
pub(crate) fn typed(answer: &Answer) -> String {
    match answer {
        Answer::Text(words) => words.clone(),
        Answer::Choices(choices) => choices.iter().map(u8::to_string).collect::<Vec<_>>().join(","),
    }
}

/// The answer that a form keeps so.
pub(crate) fn answer(kind: QuestionKind, typed: &str) -> Answer {
    match kind {
        QuestionKind::Discursive => Answer::Text(typed.to_owned()),
        _ => Answer::Choices(typed.split(',').filter_map(|place| place.parse().ok()).collect()),
    }
}

/// What a form keeps when an option is ticked or no longer.
pub(crate) fn ticked(kind: QuestionKind, typed: &str, place: usize, on: bool) -> String {
    let place = place.to_string();
    if kind == QuestionKind::SingleAnswer {
        return if on { place } else { String::new() };
    }
    let mut places: Vec<&str> = typed.split(',').filter(|one| !one.is_empty() && *one != place).collect();
    if on {
        places.push(&place);
    }
    order(&mut places, |one, other| one < other);
    places.join(",")
}

/// Whether a question fits what is searched for: every word of it stands somewhere in the text or an option.
pub(crate) fn fits(question: &BankQuestion, search: &str) -> bool {
    let contains = |word: &str| {
        let has = |text: &str| lower(text).contains(word);
        has(question.content.text()) || question.content.options().iter().any(|option| has(&option.text))
    };
    lower(search).split_whitespace().all(contains)
}

/// In lower case, as far as a search needs it: the browser's own does it for every script.
fn lower(text: &str) -> String {
    crate::browser::words::lower_case(text)
}

/// A question's text in one line without its markup, for lists.
pub(crate) fn plain(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("```"));
    let words = lines.flat_map(str::split_whitespace).map(|word| word.replace(['*', '`', '#', '_'], ""));
    words.filter(|word| !word.is_empty()).collect::<Vec<String>>().join(" ")
}

/// Those who are here and have not answered, without the creator.
pub(crate) fn not_answered<'a>(people: &'a [Presence], attempts: &[Attempt], creator: &PersonId) -> Vec<&'a Presence> {
    // Both are in the order of the people's ids.
    let answered = |person: &PersonId| attempts.binary_search_by(|attempt| attempt.person.cmp(person)).is_ok();
    people.iter().filter(|one| one.person != *creator && !answered(&one.person)).collect()
}

/// Puts a short list in order: what the standard library does for long ones would cost each page that shows a list.
pub(crate) fn order<T>(list: &mut [T], comes_first: impl Fn(&T, &T) -> bool) {
    for end in 1..list.len() {
        let mut place = end;
        while place > 0 && comes_first(&list[place], &list[place - 1]) {
            list.swap(place, place - 1);
            place -= 1;
        }
    }
}

/// How often each option was chosen.
pub(crate) fn counts(options: usize, attempts: &[Attempt]) -> Vec<u32> {
    let mut counts = vec![0; options];
    for choice in attempts.iter().flat_map(|attempt| attempt.answer.choices()) {
        if let Some(count) = counts.get_mut(usize::from(*choice)) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use domain::pick::OptionView;
    use domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    fn room(state: &str, picks: u32) -> RoomEntity {
        let room = json!({"id": "k3j9x0a2bc", "name": "Biology", "creator": "ada", "creatorName": "Ada", "guestsAllowed": true,
            "state": state, "picks": picks, "createdAt": "2026-11-20T12:00:00.000Z", "rev": 1});
        RoomEntity::read("room", &room).unwrap()
    }

    fn pick(number: u32, phase: &str) -> RoomEntity {
        let pick = json!({"number": number, "phase": phase, "html": "<p>?</p>", "type": "single_answer",
            "options": [{"text": "a"}], "answered": 5, "rev": 1});
        RoomEntity::read("pick/001", &pick).unwrap()
    }

    #[test]
    fn a_room_shows_its_current_question_and_those_before() {
        let tally = RoomEntity::Tally(Tally { pick: 2, answered: 3 });
        let known = Known::Told(vec![pick(1, "closed"), pick(2, "open"), room("question_open", 2), tally]);
        let shown = RoomShown::of(&known, &RoomShown::Loading);
        assert_eq!(shown.current().map(|pick| pick.number), Some(2));
        assert_eq!(shown.earlier().len(), 1);
        assert_eq!(shown.open().unwrap().answered, 3);
        let closed = Known::Told(vec![pick(1, "closed"), pick(2, "passed"), room("room_closed", 2)]);
        let shown = RoomShown::of(&closed, &shown);
        assert_eq!((shown.current(), shown.earlier().len()), (None, 2));
    }

    #[test]
    fn a_room_that_vanishes_was_deleted() {
        let open = RoomShown::of(&Known::Told(vec![room("no_question", 0)]), &RoomShown::Loading);
        assert_eq!(RoomShown::of(&Known::Told(vec![]), &open), RoomShown::Deleted);
        assert_eq!(RoomShown::of(&Known::Refused("gone".to_owned()), &open), RoomShown::Deleted);
        let refused = RoomShown::of(&Known::Refused("no".to_owned()), &RoomShown::Loading);
        assert_eq!(refused, RoomShown::Refused("no".to_owned()));
    }

    #[test]
    fn a_countdown_reads_like_a_clock() {
        assert_eq!([0, 5, 42, 60, 605].map(countdown), ["Time is up", "0:05", "0:42", "1:00", "10:05"]);
    }

    #[test]
    fn a_long_question_is_projected_smaller() {
        let size = |html: &str, options: &[&str], phase: &str| {
            let RoomEntity::Pick(mut pick) = pick(1, phase) else { unreachable!() };
            let option =
                |text: &&str| OptionView { text: (*text).to_owned(), is_correct: None, feedback: String::new() };
            (pick.html, pick.options) = (html.to_owned(), options.iter().map(option).collect());
            projected_size(&pick)
        };
        assert_eq!(size("<p>How many?</p>\n", &["Seven"; 4], "open"), "large");
        assert_eq!(size("<p>How many?</p>\n", &["Seven"; 4], "closed"), "medium", "its bars want room");
        let code = "<p>What is x?</p>\n<pre><code>let x = 1;\nlet y = 2;\nlet z = 3;\n</code></pre>\n";
        assert_eq!(size(code, &["1"; 4], "open"), "small");
        assert_eq!(size("<p>How many?</p>\n", &["Seven"; 10], "closed"), "tiny");
    }

    #[test]
    fn a_form_keeps_an_answer_as_text() {
        use QuestionKind::{Discursive, MultipleAnswer, SingleAnswer};
        assert_eq!(ticked(SingleAnswer, "0", 2, true), "2");
        let both = ticked(MultipleAnswer, &ticked(MultipleAnswer, "", 2, true), 0, true);
        assert_eq!((both.as_str(), ticked(MultipleAnswer, &both, 2, false).as_str()), ("0,2", "0"));
        assert_eq!(answer(MultipleAnswer, &both), Answer::Choices(vec![0, 2]));
        assert_eq!(answer(Discursive, "so"), Answer::Text("so".to_owned()));
        assert_eq!(typed(&Answer::Choices(vec![0, 2])), "0,2");
    }

    #[test]
    fn who_has_not_answered_is_told_apart() {
        let here = |id: &str| Presence { person: id.parse().unwrap(), name: id.parse().unwrap(), rev: 1 };
        let attempt = Attempt {
            pick: 1,
            person: "bo".parse().unwrap(),
            name: "bo".parse().unwrap(),
            answer: Answer::Choices(vec![1]),
            at: Timestamp::default(),
            rev: 1,
        };
        let people = [here("ada"), here("bo"), here("cy")];
        let missing = not_answered(&people, std::slice::from_ref(&attempt), &"ada".parse().unwrap());
        assert_eq!(missing.len(), 1);
        assert_eq!(counts(2, &[attempt]), [0, 1]);
    }

    #[test]
    fn a_search_finds_by_words_in_text_and_options() {
        let question: BankQuestion =
            serde_json::from_value(json!({"id": "k3j9x0a2bc", "updatedAt": "2026-11-20T12:00:00.000Z",
            "rev": 1, "content": {"text": "How *many* continents?", "options": [{"text": "Seven"}]}}))
            .unwrap();
        assert!(fits(&question, "") && fits(&question, "MANY seven") && !fits(&question, "many eight"));
        assert_eq!(plain(question.content.text()), "How many continents?");
        assert_eq!(plain("Prints?\n```rust\nlet  x;\n```\n## So"), "Prints? let x; So");
    }
}
