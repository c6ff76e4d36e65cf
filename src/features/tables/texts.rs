//! The texts of tables.

use domain::table::TableStatus;

/// The page of all tables.
pub(super) const TABLES: &str = "Tables";
/// The topic is denied.
pub(super) const DENIED: &str = "The tables can't be shown";
/// There is no table.
pub(super) const EMPTY: &str = "No tables yet";
/// What an admin does then.
pub(super) const EMPTY_ADMIN: &str = "Add the first one, then create a key for its sensor. Its status appears here.";
/// What others can do then.
pub(super) const EMPTY_OTHERS: &str = "As soon as an admin adds a table, it appears here.";
/// The way there.
pub(super) const ADD_TABLE: &str = "Add a table";

/// The status in a word.
pub(super) const fn status(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "Free",
        TableStatus::Busy => "Busy",
        TableStatus::NoSignal => "No signal",
    }
}

/// A change of a table's status, as a sentence.
pub(super) fn status_changed(name: &str, status: TableStatus) -> String {
    let now = match status {
        TableStatus::Free => "is free now",
        TableStatus::Busy => "is busy now",
        TableStatus::NoSignal => "has no signal now",
    };
    format!("{name} {now}.")
}

/// A table is deleted.
pub(super) fn table_gone(name: &str) -> String {
    format!("{name} is gone.")
}

/// What a bell is for, after its label.
pub(super) fn bell_purpose(name: &str) -> String {
    format!(" when {name} is free")
}
