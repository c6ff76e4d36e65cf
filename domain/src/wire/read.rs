//! Reads what the server says by hand. What serde derives for the same types would make the site's first load a quarter
//! larger; tests hold both to the same reading. Never more lenient than serde but in one way: fields that are not needed
//! may be of any kind.

mod notifications;
mod things;

use std::str::FromStr;

use serde_json::Value;

use crate::actor::Role;
use crate::answer::{Answer, Attempt, Presence};
use crate::device::Device;
use crate::pick::{OptionView, PickPhase, PickView, Tally};
use crate::question::{BankQuestion, Content, Draft, QuestionKind, QuestionOption};
use crate::results::ScoreRow;
use crate::room::{Room, RoomState};
use crate::table::{Table, TableStatus};
use crate::usage::{StatusChange, Usage};
use crate::wire::endpoints::Me;
use crate::wire::rooms::PersonView;
use crate::wire::settings::Settings;

/// Something that can be read by hand.
pub trait Read: Sized {
    /// Reads it; nothing if it is not what it should be.
    fn read(value: &Value) -> Option<Self>;
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn parsed<T: FromStr>(value: &Value, name: &str) -> Option<T> {
    text(value, name)?.parse().ok()
}

fn owned(value: &Value, name: &str) -> String {
    text(value, name).unwrap_or_default().to_owned()
}

fn number<T: TryFrom<u64>>(value: &Value, name: &str) -> Option<T> {
    value.get(name)?.as_u64()?.try_into().ok()
}

fn flag(value: &Value, name: &str) -> Option<bool> {
    value.get(name)?.as_bool()
}

fn list<T>(value: &Value, name: &str, read: fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.get(name)?.as_array()?.iter().map(read).collect()
}

fn small(value: &Value) -> Option<u32> {
    value.as_u64()?.try_into().ok()
}

/// A value of a few that have names.
fn named<T: Copy>(value: &Value, name: &str, all: &[(&str, T)]) -> Option<T> {
    let text = text(value, name)?;
    all.iter().find(|(one, _)| *one == text).map(|(_, value)| *value)
}

impl Read for Value {
    fn read(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::read).collect()
    }
}

impl Read for Settings {
    fn read(value: &Value) -> Option<Self> {
        let default = Self::default();
        Some(Self {
            live: text(value, "live").map_or(default.live, str::to_owned),
            broker: value["broker"].as_bool().unwrap_or(default.broker),
            visible_ping_seconds: number(value, "visiblePingSeconds").unwrap_or(default.visible_ping_seconds),
            hidden_ping_seconds: number(value, "hiddenPingSeconds").unwrap_or(default.hidden_ping_seconds),
            issuer: owned(value, "issuer"),
            client_id: owned(value, "clientId"),
        })
    }
}

impl Read for PersonView {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { id: parsed(value, "id")?, name: parsed(value, "name")? })
    }
}

impl Read for Me {
    fn read(value: &Value) -> Option<Self> {
        let roles = [
            ("admin", Role::Admin),
            ("member", Role::Member),
            ("guest", Role::Guest),
            ("device", Role::Device),
            ("visitor", Role::Visitor),
        ];
        Some(Self { role: named(value, "role", &roles)?, person: value.get("person").and_then(PersonView::read) })
    }
}

const STATUSES: [(&str, TableStatus); 3] =
    [("free", TableStatus::Free), ("busy", TableStatus::Busy), ("no_signal", TableStatus::NoSignal)];

impl Read for Table {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: parsed(value, "id")?,
            description: text(value, "description").unwrap_or_default().parse().ok()?,
            status: named(value, "status", &STATUSES)?,
            since: parsed(value, "since")?,
            updated_at: parsed(value, "updatedAt")?,
            rev: number(value, "rev")?,
        })
    }
}

impl Read for Usage {
    fn read(value: &Value) -> Option<Self> {
        let change =
            |one: &Value| Some(StatusChange { at: parsed(one, "at")?, status: named(one, "status", &STATUSES)? });
        // Null is an hour of which nothing is known.
        let hour = |one: &Value| match one {
            Value::Null => Some(None),
            one => u8::try_from(one.as_u64()?).ok().map(Some),
        };
        Some(Self {
            at: parsed(value, "at")?,
            day: list(value, "day", change)?,
            first_hour: parsed(value, "firstHour")?,
            hours: list(value, "hours", hour)?,
        })
    }
}

impl Read for Device {
    fn read(value: &Value) -> Option<Self> {
        let tables = list(value, "tables", |one| one.as_str().map(str::to_owned))?;
        Some(Self {
            id: text(value, "id")?.to_owned(),
            name: text(value, "name")?.to_owned(),
            tables: tables.try_into().ok()?,
            items: list(value, "items", |one| one.as_str().map(str::to_owned)).unwrap_or_default().try_into().ok()?,
            can_manage: flag(value, "canManage")?,
            created_at: parsed(value, "createdAt")?,
        })
    }
}

impl Read for Room {
    fn read(value: &Value) -> Option<Self> {
        let states = [
            ("no_question", RoomState::NoQuestion),
            ("question_open", RoomState::QuestionOpen),
            ("question_closed", RoomState::QuestionClosed),
            ("room_closed", RoomState::RoomClosed),
        ];
        Some(Self {
            id: parsed(value, "id")?,
            name: parsed(value, "name")?,
            creator: parsed(value, "creator")?,
            creator_name: parsed(value, "creatorName")?,
            guests_allowed: flag(value, "guestsAllowed")?,
            state: named(value, "state", &states)?,
            picks: number(value, "picks")?,
            code: parsed(value, "code"),
            created_at: parsed(value, "createdAt")?,
            rev: number(value, "rev")?,
        })
    }
}

const KINDS: [(&str, QuestionKind); 3] = [
    ("discursive", QuestionKind::Discursive),
    ("single_answer", QuestionKind::SingleAnswer),
    ("multiple_answer", QuestionKind::MultipleAnswer),
];

impl Read for PickView {
    fn read(value: &Value) -> Option<Self> {
        let phases = [("open", PickPhase::Open), ("closed", PickPhase::Closed), ("passed", PickPhase::Passed)];
        let option = |one: &Value| {
            let text = text(one, "text")?.to_owned();
            Some(OptionView { text, is_correct: flag(one, "isCorrect"), feedback: owned(one, "feedback") })
        };
        Some(Self {
            number: number(value, "number")?,
            phase: named(value, "phase", &phases)?,
            html: text(value, "html")?.to_owned(),
            kind: named(value, "type", &KINDS)?,
            options: list(value, "options", option)?,
            deadline: parsed(value, "deadline"),
            bars: list(value, "bars", small).unwrap_or_default(),
            answered: number(value, "answered")?,
            rev: number(value, "rev")?,
        })
    }
}

impl Read for Tally {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { pick: number(value, "pick")?, answered: number(value, "answered")? })
    }
}

impl Read for Attempt {
    fn read(value: &Value) -> Option<Self> {
        let given = value.get("answer")?;
        let choice = |one: &Value| u8::try_from(one.as_u64()?).ok();
        let answer = match text(given, "text") {
            Some(words) => Answer::Text(words.to_owned()),
            None => Answer::Choices(list(given, "choices", choice)?),
        };
        Some(Self {
            pick: number(value, "pick")?,
            person: parsed(value, "person")?,
            name: parsed(value, "name")?,
            answer,
            at: parsed(value, "at")?,
            rev: number(value, "rev")?,
        })
    }
}

impl Read for Presence {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { person: parsed(value, "person")?, name: parsed(value, "name")?, rev: number(value, "rev")? })
    }
}

impl Read for Draft {
    fn read(value: &Value) -> Option<Self> {
        let option = |one: &Value| {
            let is_correct = flag(one, "isCorrect").unwrap_or_default();
            Some(QuestionOption { text: owned(one, "text"), is_correct, feedback: owned(one, "feedback") })
        };
        Some(Self {
            text: owned(value, "text"),
            kind: named(value, "type", &KINDS),
            options: list(value, "options", option).unwrap_or_default(),
            time_limit_seconds: number(value, "timeLimitSeconds"),
        })
    }
}

impl Read for BankQuestion {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: parsed(value, "id")?,
            content: Content::try_from(Draft::read(value.get("content")?)?).ok()?,
            updated_at: parsed(value, "updatedAt")?,
            rev: number(value, "rev")?,
        })
    }
}

impl Read for ScoreRow {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            person: parsed(value, "person")?,
            name: parsed(value, "name")?,
            answered: number(value, "answered")?,
            percents: list(value, "percents", |one| Some(small(one)))?,
            total: number(value, "total"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    /// Reads `value` by hand and by serde, and with each of its fields taken away or put wrong.
    pub(super) fn same<T: Read + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &Value) {
        let by_hand = T::read(value);
        assert!(by_hand.is_some(), "{value}");
        assert_eq!(by_hand, serde_json::from_value(value.clone()).ok(), "{value}");
        for name in value.as_object().unwrap().keys() {
            let mut without = value.clone();
            without.as_object_mut().unwrap().remove(name);
            assert_eq!(T::read(&without), serde_json::from_value(without.clone()).ok(), "without {name}: {value}");
        }
    }

    #[test]
    fn by_hand_as_by_serde() {
        let at = "2026-11-20T12:00:00.000Z";
        same::<Settings>(
            &json!({"live": "/x", "broker": true, "visiblePingSeconds": 3, "hiddenPingSeconds": 4, "issuer": "/oidc", "clientId": "c"}),
        );
        same::<Me>(&json!({"role": "guest", "person": {"id": "g1", "name": "Eve"}}));
        same::<Table>(
            &json!({"id": "lobby", "description": "Lobby", "status": "no_signal", "since": at, "updatedAt": at, "rev": 3}),
        );
        same::<Usage>(
            &json!({"at": at, "day": [{"at": at, "status": "busy"}], "firstHour": at, "hours": [null, 0, 60]}),
        );
        same::<Device>(
            &json!({"id": "k", "name": "n", "tables": ["*"], "items": ["vehicle:"], "canManage": true, "createdAt": at}),
        );
        same::<Room>(
            &json!({"id": "k3j9x0a2bc", "name": "Biology", "creator": "ada", "creatorName": "Ada", "guestsAllowed": true,
            "state": "question_closed", "picks": 3, "code": "ABC234", "createdAt": at, "rev": 9}),
        );
        same::<PickView>(&json!({"number": 2, "phase": "closed", "html": "<p>?</p>", "type": "multiple_answer",
            "options": [{"text": "a", "isCorrect": true, "feedback": "f"}, {"text": "b"}], "deadline": at, "bars": [1, 2],
            "answered": 3, "rev": 4}));
        same::<Tally>(&json!({"pick": 1, "answered": 2}));
        for answer in [json!({"choices": [0, 2]}), json!({"text": "so"})] {
            same::<Attempt>(&json!({"pick": 1, "person": "bo", "name": "Bo", "answer": answer, "at": at, "rev": 2}));
        }
        same::<Presence>(&json!({"person": "bo", "name": "Bo", "rev": 2}));
        same::<BankQuestion>(
            &json!({"id": "k3j9x0a2bc", "updatedAt": at, "rev": 1, "content": {"text": "?", "type": "single_answer",
            "options": [{"text": "a", "isCorrect": true, "feedback": "f"}], "timeLimitSeconds": 30}}),
        );
        same::<ScoreRow>(&json!({"person": "bo", "name": "Bo", "answered": 2, "percents": [null, 50], "total": 50}));
    }

    #[test]
    fn what_is_wrong_is_nothing() {
        assert_eq!(Room::read(&json!({"id": "short"})), None);
        assert_eq!(PickView::read(&json!([])), None);
        assert_eq!(Attempt::read(&json!({"answer": {"choices": [300]}})), None);
    }
}
