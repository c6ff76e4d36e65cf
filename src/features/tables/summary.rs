//! View models of the page of all tables: how many are free, and what has changed.

use domain::table::{Table, TableStatus};

use super::texts;

/// How many tables there are, and how many of them are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Summary {
    free: usize,
    all: usize,
}

impl Summary {
    /// Counts tables.
    pub(super) fn of(tables: &[Table]) -> Self {
        let free = tables.iter().filter(|table| table.status == TableStatus::Free).count();
        Self { free, all: tables.len() }
    }

    /// “2 of 4 free”.
    pub(super) fn sentence(self) -> String {
        match self {
            Self { all: 0, .. } => String::new(),
            Self { free: 0, all: 1 } => "Not free".to_owned(),
            Self { free: 1, all: 1 } => "Free".to_owned(),
            Self { free: 0, .. } => "None free".to_owned(),
            Self { free, all } if free == all => "All free".to_owned(),
            Self { free, all } => format!("{free} of {all} free"),
        }
    }

    /// The title in the browser's tab: “2 free”; nothing if there are no tables.
    pub(super) fn title(self) -> String {
        if self.all == 0 { String::new() } else { format!("{} free", self.free) }
    }
}

/// What has changed from one state of the tables to the next, a sentence for each table. New tables are no news: they are on the page.
pub(super) fn changes(before: &[Table], after: &[Table]) -> Vec<String> {
    let earlier = |table: &Table| before.iter().find(|earlier| earlier.id == table.id);
    let changed = after.iter().filter(|table| earlier(table).is_some_and(|earlier| earlier.status != table.status));
    let gone = before.iter().filter(|table| after.iter().all(|later| later.id != table.id));
    let changed = changed.map(|table| texts::status_changed(table.name(), table.status));
    changed.chain(gone.map(|table| texts::table_gone(table.name()))).collect()
}

#[cfg(test)]
mod tests {
    use TableStatus::{Busy, Free, NoSignal};
    use domain::time::Timestamp;

    use super::*;

    fn table(id: &str, status: TableStatus) -> Table {
        let description = String::new().parse().unwrap();
        Table { status, ..Table::register(id.parse().unwrap(), description, None, Timestamp::default()) }
    }

    fn tables(statuses: &[TableStatus]) -> Vec<Table> {
        statuses.iter().enumerate().map(|(number, status)| table(&format!("table-{number}"), *status)).collect()
    }

    #[test]
    fn the_summary_counts_free_tables() {
        let sentence = |statuses: &[TableStatus]| Summary::of(&tables(statuses)).sentence();
        assert_eq!(sentence(&[]), "");
        assert_eq!(sentence(&[Free, Busy, NoSignal, Free]), "2 of 4 free");
        assert_eq!(sentence(&[Busy, NoSignal]), "None free");
        assert_eq!(sentence(&[Free, Free]), "All free");
        assert_eq!(sentence(&[Free]), "Free");
        assert_eq!(sentence(&[NoSignal]), "Not free");
        assert_eq!(Summary::of(&tables(&[Free, Busy])).title(), "1 free");
        assert_eq!(Summary::default().title(), "");
    }

    #[test]
    fn changes_are_sentences() {
        let before = [table("lobby", Busy), table("attic", Free)];
        let after = [table("lobby", Free), table("attic", NoSignal)];
        assert_eq!(changes(&before, &after), ["lobby is free now.", "attic has no signal now."]);
        assert_eq!(changes(&before, &after[..1]), ["lobby is free now.", "attic is gone."]);
        assert!(changes(&before, &before).is_empty());
        assert!(changes(&[], &before).is_empty(), "what was there when the page came");
    }

    #[test]
    fn new_and_renamed_tables_are_not_announced() {
        let before = [table("lobby", Busy)];
        let renamed = Table { description: "By the window".parse().unwrap(), ..table("lobby", Busy) };
        assert!(changes(&before, &[renamed.clone(), table("attic", Free)]).is_empty());
        let freed = Table { status: Free, ..renamed };
        assert_eq!(changes(&before, &[freed]), ["By the window is free now."], "by its new name");
    }

    #[test]
    fn deleted_tables_are_announced_after_changed_ones() {
        let before = [table("attic", Free), table("lobby", Busy)];
        assert_eq!(changes(&before, &[table("lobby", Free)]), ["lobby is free now.", "attic is gone."]);
        assert_eq!(changes(&before, &[]), ["attic is gone.", "lobby is gone."]);
    }

    #[test]
    fn the_title_counts_whatever_the_sentence_says() {
        for (statuses, title) in
            [(vec![Busy], "0 free"), (vec![Free], "1 free"), (vec![Free, Free, NoSignal], "2 free")]
        {
            assert_eq!(Summary::of(&tables(&statuses)).title(), title);
        }
    }
}
