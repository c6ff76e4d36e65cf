//! What is known of a topic, as pages read it. Never asks for any.

use domain::live::Subscription;
use domain::table::Table;
use serde_json::Value;

/// What is known of what is on a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known<T> {
    /// Nothing yet.
    Loading,
    /// The server does not tell, and why.
    Refused(String),
    /// These, in the order of their ids.
    Told(Vec<T>),
}

/// What is known of the tables on a topic.
pub(crate) type Tables = Known<Table>;

impl<T> Known<T> {
    /// What is there, as far as it is known.
    pub(crate) fn list(&self) -> &[T] {
        match self {
            Self::Told(list) => list,
            _ => &[],
        }
    }

    /// Reads a subscription.
    pub(super) fn of(subscription: Option<&Subscription>, read: fn(&str, &Value) -> Option<T>) -> Self {
        let Some(known) = subscription else { return Self::Loading };
        if let Some(refusal) = &known.refused {
            return Self::Refused(refusal.message.clone());
        }
        if !known.replica.is_complete() {
            return Self::Loading;
        }
        Self::Told(known.replica.entities().filter_map(|(id, _, state)| read(id, state)).collect())
    }
}

impl Known<Table> {
    /// The tables, each with the name that tells it from the others.
    pub(crate) fn named(&self) -> Vec<(String, Table)> {
        self.list().iter().map(|table| (table.id.to_string(), table.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use domain::replica::Replica;
    use domain::wire::frames::{Entity, FrameError, FrameErrorCode};
    use domain::wire::read::Read;
    use serde_json::json;

    use super::*;

    fn read(_: &str, state: &Value) -> Option<Table> {
        Table::read(state)
    }

    fn subscription(states: Vec<Value>) -> Subscription {
        let mut replica = Replica::default();
        let entity = |(rev, state): (usize, Value)| Entity { id: format!("table-{rev}"), rev: 1, state };
        replica.begin();
        replica.handle_snapshot(1, 1, None, states.into_iter().enumerate().map(entity).collect());
        let mut known = Subscription::default();
        known.replica = replica;
        known
    }

    #[test]
    fn nothing_is_shown_before_the_snapshot() {
        assert_eq!(Tables::of(None, read), Tables::Loading);
        assert_eq!(Tables::of(Some(&Subscription::default()), read), Tables::Loading);
        assert_eq!(Tables::of(Some(&subscription(vec![])), read), Tables::Told(vec![]));
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let time = "2026-11-20T12:00:00.000Z";
        let table = json!({"id": "lobby", "status": "busy", "since": time, "updatedAt": time, "rev": 1});
        let known = subscription(vec![table, json!({"id": "lobby", "status": "on fire"})]);
        assert_eq!(Tables::of(Some(&known), read).list().len(), 1);
    }

    #[test]
    fn a_refusal_is_told() {
        let refused = Some(FrameError::new(FrameErrorCode::UnknownTopic, "There is no such topic."));
        let mut known = Subscription::default();
        known.refused = refused;
        assert_eq!(Tables::of(Some(&known), read), Tables::Refused("There is no such topic.".to_owned()));
    }
}
