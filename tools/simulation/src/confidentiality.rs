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
pub(crate) enum Identity {
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

/// The model of the simulation, and the violations.
#[derive(Debug, Default)]
pub(crate) struct ConfidentialityOracle(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    connections: BTreeMap<String, Identity>,
    /// The creators of rooms and the hosts of meetups.
    creators: BTreeMap<String, String>,
    /// Picks whose feedback was opened.
    revealed: BTreeSet<u64>,
    checked_messages: u64,
    violations: Vec<String>,
}

impl ConfidentialityOracle {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers the identity of a connection.
    pub(crate) fn register_connection(&self, connection: &str, identity: &Identity) {
        self.state().connections.insert(connection.to_owned(), identity.clone());
    }

    /// Registers the creator of a room or the host of a meetup.
    pub(crate) fn register_creator(&self, id: &str, creator: &str) {
        self.state().creators.insert(id.to_owned(), creator.to_owned());
    }

    /// From now on all people in its room may receive the feedback of this pick. The pick numbers of each simulation are unique.
    pub(crate) fn reveal(&self, pick: u64) {
        self.state().revealed.insert(pick);
    }

    /// The number of checked messages, and the violations.
    pub(crate) fn report(&self) -> (u64, Vec<String>) {
        let state = self.state();
        (state.checked_messages, state.violations.clone())
    }

    /// Whether an identity may subscribe to a topic.
    pub(crate) fn allows(&self, identity: &Identity, topic: &str) -> bool {
        self.state().may_receive(identity, topic)
    }

    /// Checks a message to a connection.
    pub(crate) fn check(&self, connection: &str, message: &[u8]) {
        let mut state = self.state();
        state.checked_messages += 1;
        let Some(identity) = state.connections.get(connection).cloned() else { return };
        let text = String::from_utf8_lossy(message);
        let frame: Value = serde_json::from_str(&text).unwrap_or_default();
        let mut wrong = Vec::new();
        // These two only repeat the request.
        if frame["type"] != "error" && frame["type"] != "unsubscribed" {
            let topics = topics(&frame).into_iter().filter(|topic| !state.may_receive(&identity, topic));
            wrong.extend(topics.map(|topic| format!("{identity:?} received {topic}")));
        }
        let is_staff = matches!(identity, Identity::Member { is_staff: true, .. });
        if text.contains(STAFF_SECRET) && !is_staff {
            wrong.push(format!("{identity:?} received a value that only the staff may read"));
        }
        for hidden in state.early_feedback(&text) {
            if !state.is_a_creator(&identity) {
                wrong.push(format!("{identity:?} received the feedback of pick {hidden} before it is shown"));
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
    fn early_feedback(&self, text: &str) -> BTreeSet<u64> {
        let after = text.split(FEEDBACK_SECRET).skip(1);
        let number = |rest: &str| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        };
        after.filter_map(number).filter(|pick| !self.revealed.contains(pick)).collect()
    }

    fn is_a_creator(&self, identity: &Identity) -> bool {
        matches!(identity, Identity::Member { id, .. } if self.creators.values().any(|creator| creator == id))
    }

    fn may_receive(&self, identity: &Identity, topic: &str) -> bool {
        let parts: Vec<&str> = topic.split('/').collect();
        let is = |id: &str| match identity {
            Identity::Visitor => false,
            Identity::Member { id: own, .. } | Identity::Guest { id: own, .. } => own == id,
        };
        let creator = |room: &str| self.creators.get(room).is_some_and(|creator| is(creator));
        let inside = |room: &str| match identity {
            Identity::Visitor => false,
            Identity::Member { .. } => true,
            Identity::Guest { room: own, .. } => own == room,
        };
        match parts.as_slice() {
            ["tables" | "factories" | "items"] | ["table", _] => true,
            // The meetup of the simulations is public.
            ["meetups"] | ["meetup", _] => true,
            ["meetups", person] => matches!(identity, Identity::Member { .. }) && is(person),
            ["meetup", meetup, "guests"] => creator(meetup),
            ["rooms"] => matches!(identity, Identity::Member { .. }),
            // No page creates a private room in the simulations, but a member may list its own.
            ["rooms", person] => matches!(identity, Identity::Member { .. }) && is(person),
            ["items" | "item", name] => {
                !name.starts_with('@')
                    || matches!(identity, Identity::Member { is_staff: true, .. } if name.starts_with("@staff"))
            }
            ["room", room] => inside(room),
            ["room", room, "people"] | ["room", room, "attempts", _] => creator(room),
            ["room", room, "person", person] => inside(room) && is(person),
            // Guests write no questions.
            ["questions", person] => matches!(identity, Identity::Member { .. }) && is(person),
            _ => false,
        }
    }
}
