//! How things are put in words. Never asks for anything.

use std::time::Duration;

use domain::table::{Table, TableStatus};

/// The id, for those who set up sensors; a table without a description has it as its name already.
pub(crate) fn id_beside_name(table: &Table) -> &str {
    if table.description.as_str().is_empty() { "" } else { table.id.as_str() }
}

/// The big word.
pub(crate) const fn status(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "Free",
        TableStatus::Busy => "Busy",
        TableStatus::NoSignal => "No signal",
    }
}

/// The status as attributes and style sheets name it.
pub(crate) const fn status_name(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "free",
        TableStatus::Busy => "busy",
        TableStatus::NoSignal => "no_signal",
    }
}

/// A length of time: “just now” for less than a minute, then “for 4 min”, “for 2 h 5 min”, “for 3 days”.
pub(crate) fn lasting(length: Duration) -> String {
    let minutes = length.as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("for {minutes} min"),
        60..1_440 => match minutes % 60 {
            0 => format!("for {} h", minutes / 60),
            rest => format!("for {} h {rest} min", minutes / 60),
        },
        1_440..2_880 => "for a day".to_owned(),
        _ => format!("for {} days", minutes / 1_440),
    }
}

/// “45 min”, “2 h 5 min”: how long something took in all.
pub(crate) fn amount(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// How many tables there are, and how many of them are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    free: usize,
    all: usize,
}

impl Count {
    /// Counts.
    pub(crate) fn of(tables: &[Table]) -> Self {
        let free = tables.iter().filter(|table| table.status == TableStatus::Free).count();
        Self { free, all: tables.len() }
    }

    /// “2 of 4 free”.
    pub(crate) fn summary(self) -> String {
        match self {
            Self { all: 0, .. } => String::new(),
            Self { free: 0, all: 1 } => "Not free".to_owned(),
            Self { free: 1, all: 1 } => "Free".to_owned(),
            Self { free: 0, .. } => "None free".to_owned(),
            Self { free, all } if free == all => "All free".to_owned(),
            Self { free, all } => format!("{free} of {all} free"),
        }
    }

    /// The title in the browser's tab: “2 free · Rally”.
    pub(crate) fn title(self) -> String {
        if self.all == 0 { "Rally".to_owned() } else { format!("{} free · Rally", self.free) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    fn tables(statuses: &[TableStatus]) -> Vec<Table> {
        let table = |(number, status): (usize, &TableStatus)| Table {
            status: *status,
            ..Table::register(
                format!("table-{number}").parse().unwrap(),
                String::new().parse().unwrap(),
                None,
                Timestamp::default(),
            )
        };
        statuses.iter().enumerate().map(table).collect()
    }

    #[test]
    fn lengths_of_time() {
        let minutes = |minutes: u64| lasting(Duration::from_secs(minutes * 60 + 59));
        assert_eq!(minutes(0), "just now");
        assert_eq!(minutes(4), "for 4 min");
        assert_eq!(minutes(60), "for 1 h");
        assert_eq!(minutes(125), "for 2 h 5 min");
        assert_eq!(minutes(1_439), "for 23 h 59 min");
        assert_eq!(minutes(1_440), "for a day");
        assert_eq!(minutes(5_000), "for 3 days");
    }

    #[test]
    fn amounts() {
        assert_eq!(amount(0), "0 min");
        assert_eq!(amount(45), "45 min");
        assert_eq!(amount(120), "2 h");
        assert_eq!(amount(125), "2 h 5 min");
    }

    #[test]
    fn counts() {
        use TableStatus::{Busy, Free, NoSignal};
        let summary = |statuses: &[TableStatus]| Count::of(&tables(statuses)).summary();
        assert_eq!(summary(&[]), "");
        assert_eq!(summary(&[Free, Busy, NoSignal, Free]), "2 of 4 free");
        assert_eq!(summary(&[Busy, NoSignal]), "None free");
        assert_eq!(summary(&[Free, Free]), "All free");
        assert_eq!(summary(&[Free]), "Free");
        assert_eq!(summary(&[NoSignal]), "Not free");
        assert_eq!(Count::of(&tables(&[Free, Busy])).title(), "1 free · Rally");
        assert_eq!(Count::default().title(), "Rally");
    }

    #[test]
    fn a_table_without_a_description_is_called_by_its_id() {
        let table = &tables(&[TableStatus::Free])[0];
        assert_eq!(table.name(), "table-0");
        let described = Table { description: "Lobby".parse().unwrap(), ..table.clone() };
        assert_eq!(described.name(), "Lobby");
    }
}
