//! Checks every message before it is sent against its own model of who may receive what: it uses none of the product's authorization
//! rules. Never drops or delays a message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// The prefix of private items' values: no message to any other person contains it.
pub(crate) const STAFF_SECRET: &str = "for-staff-alone";

/// The prefix of every option's feedback, before the number of its pick.
pub(crate) const FEEDBACK_SECRET: &str = "feedback-of-pick-";

/// The identity of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// Anonymous.
    Visitor,
    /// A member, and whether they are in the group `staff`.
    Member {
        /// Their id.
        id: String,
        /// Whether they are in the group.
        is_staff: bool,
    },
    /// A guest of a room.
    Guest {
        /// Their id.
        id: String,
        /// The room's id.
        room: String,
    },
}

/// The model of the world, and the violations.
#[derive(Debug, Default)]
pub(crate) struct Guard(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    connections: BTreeMap<String, Who>,
    /// Rooms and who made them.
    creators: BTreeMap<String, String>,
    /// Picks whose feedback was opened.
    revealed: BTreeSet<u64>,
    looked: u64,
    violations: Vec<String>,
}

impl Guard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers the identity of a connection.
    pub(crate) fn know(&self, connection: &str, who: &Who) {
        self.state().connections.insert(connection.to_owned(), who.clone());
    }

    /// Registers the creator of a room.
    pub(crate) fn know_room(&self, room: &str, creator: &str) {
        self.state().creators.insert(room.to_owned(), creator.to_owned());
    }

    /// From now on all people in its room may receive the feedback of this pick. The pick numbers of each world are unique.
    pub(crate) fn reveal(&self, pick: u64) {
        self.state().revealed.insert(pick);
    }

    /// The number of checked messages, and the violations.
    pub(crate) fn report(&self) -> (u64, Vec<String>) {
        let state = self.state();
        (state.looked, state.violations.clone())
    }

    /// Whether an identity may subscribe to a topic.
    pub(crate) fn allows(&self, who: &Who, topic: &str) -> bool {
        self.state().may_hear(who, topic)
    }

    /// Checks a message to a connection.
    pub(crate) fn look(&self, connection: &str, message: &[u8]) {
        let mut state = self.state();
        state.looked += 1;
        let Some(who) = state.connections.get(connection).cloned() else { return };
        let text = String::from_utf8_lossy(message);
        let frame: Value = serde_json::from_str(&text).unwrap_or_default();
        let mut wrong = Vec::new();
        // These two only repeat the request.
        if frame["type"] != "error" && frame["type"] != "unsubscribed" {
            let topics = topics(&frame).into_iter().filter(|topic| !state.may_hear(&who, topic));
            wrong.extend(topics.map(|topic| format!("{who:?} is told of {topic}")));
        }
        let is_staff = matches!(who, Who::Member { is_staff: true, .. });
        if text.contains(STAFF_SECRET) && !is_staff {
            wrong.push(format!("{who:?} is told what is for the staff alone"));
        }
        for hidden in state.unrevealed(&text) {
            if !state.is_a_creator(&who) {
                wrong.push(format!("{who:?} is told the feedback of pick {hidden} before it is shown"));
            }
        }
        state.violations.extend(wrong.into_iter().map(|wrong| format!("{wrong}: {text}")));
    }
}

/// The topics in a message of the server.
fn topics(frame: &Value) -> BTreeSet<String> {
    let own = frame["topic"].as_str();
    let changed = frame["changes"].as_array().into_iter().flatten().filter_map(|change| change["topic"].as_str());
    let compared = frame["digests"].as_object().into_iter().flatten().map(|(topic, _)| topic.as_str());
    own.into_iter().chain(changed).chain(compared).map(str::to_owned).collect()
}

impl State {
    /// The picks whose feedback is in a text too early.
    fn unrevealed(&self, text: &str) -> BTreeSet<u64> {
        let after = text.split(FEEDBACK_SECRET).skip(1);
        let number = |rest: &str| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        };
        after.filter_map(number).filter(|pick| !self.revealed.contains(pick)).collect()
    }

    fn is_a_creator(&self, who: &Who) -> bool {
        matches!(who, Who::Member { id, .. } if self.creators.values().any(|creator| creator == id))
    }

    fn may_hear(&self, who: &Who, topic: &str) -> bool {
        let parts: Vec<&str> = topic.split('/').collect();
        let is = |id: &str| match who {
            Who::Visitor => false,
            Who::Member { id: own, .. } | Who::Guest { id: own, .. } => own == id,
        };
        let creator = |room: &str| self.creators.get(room).is_some_and(|creator| is(creator));
        let inside = |room: &str| match who {
            Who::Visitor => false,
            Who::Member { .. } => true,
            Who::Guest { room: own, .. } => own == room,
        };
        match parts.as_slice() {
            ["tables" | "factories" | "items"] | ["table", _] => true,
            ["rooms"] => matches!(who, Who::Member { .. }),
            // No page creates a private room in these worlds, but a member may list its own.
            ["rooms", person] => matches!(who, Who::Member { .. }) && is(person),
            ["items" | "item", name] => {
                !name.starts_with('@')
                    || matches!(who, Who::Member { is_staff: true, .. } if name.starts_with("@staff"))
            }
            ["room", room] => inside(room),
            ["room", room, "people"] | ["room", room, "attempts", _] => creator(room),
            ["room", room, "person", person] => inside(room) && is(person),
            // Guests write no questions.
            ["questions", person] => matches!(who, Who::Member { .. }) && is(person),
            _ => false,
        }
    }
}
