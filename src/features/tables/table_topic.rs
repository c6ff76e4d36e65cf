//! The entities of a table's topic, and the state of the table for its page.

use domain::queue::QueueView;
use domain::table::Table;
use serde::Deserialize;
use serde_json::Value;

use crate::live::TopicState;

/// The id of the queue's entity in the topic of a table.
pub(super) const QUEUE_ENTITY: &str = "line";

/// An entity of the topic `table/{id}`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TableEntity {
    /// The table itself.
    Table(Table),
    /// Its queue.
    Queue(QueueView),
}

impl TableEntity {
    /// Reads an entity. One with the queue's id that is no queue is a table that is called so.
    pub(super) fn read(id: &str, state: &Value) -> Option<Self> {
        let queue = || QueueView::deserialize(state).ok().filter(|_| id == QUEUE_ENTITY).map(Self::Queue);
        queue().or_else(|| Table::deserialize(state).ok().map(Self::Table))
    }

    /// The table, if it is one.
    pub(super) fn table(self) -> Option<Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Queue(_) => None,
        }
    }

    /// The queue, if it is one.
    pub(super) fn queue(self) -> Option<QueueView> {
        match self {
            Self::Queue(queue) => Some(queue),
            Self::Table(_) => None,
        }
    }
}

/// What the page knows of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Nothing yet.
    Loading,
    /// There is no table of this id.
    Unknown,
    /// The table is there.
    Present,
    /// The table was there and is deleted.
    Deleted,
}

impl Presence {
    /// What is known now, after what was known before.
    pub(super) fn next(before: Option<Self>, has_table: bool, topic: &TopicState) -> Self {
        let was_there = matches!(before, Some(Self::Present | Self::Deleted));
        match topic {
            _ if has_table => Self::Present,
            TopicState::Loading if was_there => Self::Deleted,
            TopicState::Loading => Self::Loading,
            TopicState::Denied(_) | TopicState::Ready if was_there => Self::Deleted,
            TopicState::Denied(_) | TopicState::Ready => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use domain::time::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::live::Denial;

    #[test]
    fn the_topic_holds_the_table_and_its_queue() {
        let queue = json!({"waiting": [], "isCalled": false});
        assert_eq!(TableEntity::read("line", &queue), Some(TableEntity::Queue(QueueView::default())));
        let table = Table::register("line".parse().unwrap(), "".parse().unwrap(), None, Timestamp::default());
        let state = serde_json::to_value(&table).unwrap();
        let read = TableEntity::read("line", &state);
        assert_eq!(read, Some(TableEntity::Table(table)), "a table may be called like the queue's entity");
        assert_eq!(TableEntity::read("lobby", &queue), None);
        assert_eq!(TableEntity::read("line", &json!("on fire")), None);
    }

    #[test]
    fn a_table_that_was_there_is_deleted_and_another_is_unknown() {
        use Presence::{Deleted, Loading, Present, Unknown};
        let denied = TopicState::Denied(Denial::new("There is no such topic."));
        for (before, has_table, topic, expected) in [
            (None, false, &TopicState::Loading, Loading),
            (Some(Loading), false, &TopicState::Ready, Unknown),
            (Some(Loading), false, &denied, Unknown),
            (Some(Loading), true, &TopicState::Ready, Present),
            // The connection is lost: what was shown stays.
            (Some(Present), true, &TopicState::Loading, Present),
            (Some(Present), false, &TopicState::Ready, Deleted),
            (Some(Deleted), false, &TopicState::Loading, Deleted),
            (Some(Deleted), false, &denied, Deleted),
            (Some(Unknown), true, &TopicState::Ready, Present),
        ] {
            assert_eq!(Presence::next(before, has_table, topic), expected, "{before:?}, {has_table}, {topic:?}");
        }
    }

    #[test]
    fn an_entity_is_a_table_or_a_queue_and_never_both() {
        let table = Table::register("lobby".parse().unwrap(), "".parse().unwrap(), None, Timestamp::default());
        let entity = TableEntity::Table(table.clone());
        assert_eq!((entity.clone().table(), entity.queue()), (Some(table), None));
        let entity = TableEntity::Queue(QueueView::default());
        assert_eq!((entity.clone().table(), entity.queue()), (None, Some(QueueView::default())));
    }

    proptest! {
        /// Whatever becomes of the topic and in whichever order: the page never says of a table that it has shown that there is none.
        #[test]
        fn a_table_that_was_shown_is_there_or_deleted(
            steps in prop::collection::vec((any::<bool>(), 0..3_usize), 1..12),
        ) {
            let topics = [TopicState::Loading, TopicState::Denied(Denial::new("gone")), TopicState::Ready];
            let (mut presence, mut was_there) = (None, false);
            for (has_table, topic) in steps {
                let next = Presence::next(presence, has_table, &topics[topic]);
                was_there |= has_table;
                prop_assert_eq!(next == Presence::Present, has_table);
                prop_assert_eq!(matches!(next, Presence::Present | Presence::Deleted), was_there);
                presence = Some(next);
            }
        }
    }
}
