//! What is said aloud when tables change, for those who do not see the page. Never says what was there when they came.

use domain::table::{Table, TableStatus};

use super::live::Tables;
use super::words::Count;
use crate::reactive::*;

/// More changes than this at once are summed up.
const TOLD_SINGLY: usize = 3;

/// The sentence that is said next, whatever page is shown.
#[derive(Clone, Copy)]
pub(crate) struct News {
    sentence: RwSignal<String>,
}

impl News {
    /// Nothing to say yet.
    pub(crate) fn new() -> Self {
        Self { sentence: RwSignal::new(String::new()) }
    }

    /// What is said.
    pub(crate) fn sentence(self) -> ReadSignal<String> {
        self.sentence.read_only()
    }

    /// Says this.
    pub(crate) fn say(self, sentence: &str) {
        self.sentence.set(sentence.to_owned());
    }

    /// Says what changes of these tables, for as long as this part of the page is there.
    pub(crate) fn tell(self, tables: ReadSignal<Tables>) {
        let mut before = Vec::new();
        follow(move || {
            let after = tables.with(|tables| tables.list().to_vec());
            if let Some(sentence) = between(&before, &after) {
                self.sentence.set(sentence);
            }
            before = after;
        });
    }
}

/// What has changed from one state of the tables to the next; `None` if nothing that is to be said.
pub(crate) fn between(before: &[Table], after: &[Table]) -> Option<String> {
    let earlier = |table: &Table| before.iter().find(|earlier| earlier.id == table.id);
    let changed = after.iter().filter(|table| earlier(table).is_some_and(|earlier| earlier.status != table.status));
    let mut sentences: Vec<String> = changed.map(|table| format!("{} {}.", table.name(), now(table.status))).collect();
    let gone = before.iter().filter(|table| after.iter().all(|later| later.id != table.id));
    sentences.extend(gone.map(|table| format!("{} is gone.", table.name())));
    match sentences.len() {
        0 => None,
        1..=TOLD_SINGLY => Some(sentences.join(" ")),
        many => Some(format!("{many} tables have changed. {}.", Count::of(after).summary())),
    }
}

const fn now(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "is free now",
        TableStatus::Busy => "is busy now",
        TableStatus::NoSignal => "has no signal now",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    fn table(id: &str, status: TableStatus) -> Table {
        let description = String::new().parse().unwrap();
        Table { status, ..Table::register(id.parse().unwrap(), description, None, Timestamp::default()) }
    }

    #[test]
    fn changes_are_told_in_words() {
        let before = [table("lobby", TableStatus::Busy), table("attic", TableStatus::Free)];
        let after = [table("lobby", TableStatus::Free), table("attic", TableStatus::NoSignal)];
        assert_eq!(between(&before, &after).as_deref(), Some("lobby is free now. attic has no signal now."));
        assert_eq!(between(&before, &after[..1]).as_deref(), Some("lobby is free now. attic is gone."));
    }

    #[test]
    fn what_has_not_changed_is_not_told() {
        let tables = [table("lobby", TableStatus::Busy)];
        assert_eq!(between(&tables, &tables), None);
        assert_eq!(between(&[], &tables), None, "what was there when they came, or is new and free");
    }

    #[test]
    fn many_changes_are_summed_up() {
        let tables = |status: TableStatus| ["one", "two", "three", "four"].map(|id| table(id, status));
        let (before, after) = (tables(TableStatus::Busy), tables(TableStatus::Free));
        assert_eq!(between(&before, &after).as_deref(), Some("4 tables have changed. All free."));
    }
}
