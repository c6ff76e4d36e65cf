//! A table-tennis table: free, busy or without signal.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::validation::{Violation, checked_text, line, not_allowed};

/// After this long without any report a table has no signal: five missed heartbeats of a minute each.
pub const SILENCE_LIMIT: Duration = Duration::from_secs(5 * 60);

/// How long a status change is remembered.
pub const HISTORY_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// A table's name in addresses: 3 to 64 letters, digits and hyphens (ASCII).
///
/// PingPongfy's implementations disagreed (3 to 5, 5 to 20); every id that any of them allowed is allowed here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TableId(String);

checked_text!(TableId, crate::schema::text("^[A-Za-z0-9-]{3,64}$"));

impl FromStr for TableId {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let length = text.chars().count();
        if !(3..=64).contains(&length) {
            let message = format!("An id has 3 to 64 characters; this one has {length}.");
            return Err(Violation::new("id", text, "length", message));
        }
        if let Some(odd) = text.chars().find(|character| !character.is_ascii_alphanumeric() && *character != '-') {
            let message = format!("Use only a–z, 0–9 and hyphens. {}", not_allowed(odd));
            return Err(Violation::new("id", text, "characters", message));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Where a table stands, in its owner's words: at most 280 characters, no line breaks or control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

checked_text!(Description, crate::schema::line(0, 280));

impl FromStr for Description {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        line("description", "A description", text, 0, 280).map(Self)
    }
}

/// What is known of a table now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TableStatus {
    /// No one plays.
    Free,
    /// People play.
    Busy,
    /// No report for [`SILENCE_LIMIT`]: the status is unknown.
    NoSignal,
}

impl From<bool> for TableStatus {
    fn from(is_free: bool) -> Self {
        if is_free { Self::Free } else { Self::Busy }
    }
}

/// A table's whole public state, as HTTP and live frames carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "TableBody", into = "TableBody")]
pub struct Table {
    /// Its name in addresses; never changes.
    pub id: TableId,
    /// Where it stands.
    pub description: Description,
    /// What is known of it.
    pub status: TableStatus,
    /// Since when the status holds.
    pub since: Timestamp,
    /// The number of people who wait in its queue: at most [`crate::queue::MAX_ENTRIES`].
    pub waiting: u32,
    /// When anything of this was last written.
    pub updated_at: Timestamp,
    /// Grows by one with each write, beyond a removal too.
    pub rev: u64,
}

/// A table's JSON: PingPongfy's four fields, and ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Table))]
#[serde(rename_all = "camelCase")]
pub struct TableBody {
    /// 3 to 64 letters, digits and hyphens.
    id: TableId,
    /// Where it stands: at most 280 characters.
    #[serde(default)]
    description: Description,
    /// True only when the table is known to be free: a table without signal is not.
    #[serde(default)]
    is_free: bool,
    /// What is known of it.
    status: TableStatus,
    /// Since when the status holds (RFC 3339, UTC).
    since: Timestamp,
    /// The number of people who wait in its queue.
    #[cfg_attr(feature = "openapi", schema(maximum = 20))]
    #[serde(default)]
    waiting: u32,
    /// When anything of this was last written (RFC 3339, UTC).
    updated_at: Timestamp,
    /// Grows by one with each write.
    rev: u64,
}

impl From<TableBody> for Table {
    fn from(body: TableBody) -> Self {
        Self {
            id: body.id,
            description: body.description,
            status: body.status,
            since: body.since,
            waiting: body.waiting,
            updated_at: body.updated_at,
            rev: body.rev,
        }
    }
}

impl From<Table> for TableBody {
    fn from(table: Table) -> Self {
        Self {
            is_free: table.status == TableStatus::Free,
            id: table.id,
            description: table.description,
            status: table.status,
            since: table.since,
            waiting: table.waiting,
            updated_at: table.updated_at,
            rev: table.rev,
        }
    }
}

/// The last report of a table. It is stored apart from the table, so that a heartbeat changes nothing that clients see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastReport {
    /// When it came.
    pub at: Timestamp,
    /// The status in the report.
    pub is_free: bool,
}

/// The effect of a sensor's report on a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The status is another one: this is the table's next state.
    Changed(Table),
    /// The status is the same: store the time of the heartbeat, publish nothing.
    Heartbeat,
}

impl Table {
    /// A new table is free, as in PingPongfy. `last_rev` is that of an earlier table of this id, so that no screen takes
    /// the new one for something older than the removal it has seen.
    pub fn register(id: TableId, description: Description, last_rev: Option<u64>, now: Timestamp) -> Self {
        Self {
            id,
            description,
            status: TableStatus::Free,
            since: now,
            waiting: 0,
            updated_at: now,
            rev: last_rev.unwrap_or(0) + 1,
        }
    }

    /// The display name: its description, or its id if it has none.
    pub fn name(&self) -> &str {
        let description = self.description.as_str();
        if description.is_empty() { self.id.as_str() } else { description }
    }

    /// A sensor reports whether the table is free.
    pub fn report(&self, is_free: bool, now: Timestamp) -> Report {
        let status = TableStatus::from(is_free);
        if status == self.status { Report::Heartbeat } else { Report::Changed(self.with_status(status, now)) }
    }

    /// A new description; `None` if it is the same.
    pub fn describe(&self, description: Description, now: Timestamp) -> Option<Self> {
        (description != self.description).then(|| Self {
            description,
            updated_at: now,
            rev: self.rev + 1,
            ..self.clone()
        })
    }

    /// Sets the number of people in its queue; `None` if it is the same.
    pub fn with_waiting(&self, waiting: u32, now: Timestamp) -> Option<Self> {
        (waiting != self.waiting).then(|| Self { waiting, updated_at: now, rev: self.rev + 1, ..self.clone() })
    }

    /// Called by the scheduled sweep. Returns the table's next state: without signal, if the last report is older than
    /// [`SILENCE_LIMIT`]; with the status of the last report, if that came later; `None` if nothing changes.
    pub fn sweep(&self, last_report: Option<LastReport>, now: Timestamp) -> Option<Self> {
        let last_seen_at = last_report.map_or(self.since, |last_report| last_report.at.max(self.since));
        let is_silent = now.since(last_seen_at) >= SILENCE_LIMIT;
        match (self.status, last_report) {
            (TableStatus::NoSignal, Some(last_report)) if last_report.at > self.since && !is_silent => {
                Some(self.with_status(TableStatus::from(last_report.is_free), now))
            }
            (TableStatus::Free | TableStatus::Busy, _) if is_silent => {
                Some(self.with_status(TableStatus::NoSignal, now))
            }
            _ => None,
        }
    }

    fn with_status(&self, status: TableStatus, now: Timestamp) -> Self {
        Self { status, since: now, updated_at: now, rev: self.rev + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1_000)
    }

    fn table() -> Table {
        Table::register("lobby".parse().unwrap(), Description::default(), None, at(0))
    }

    #[test]
    fn ids_have_3_to_64_letters_digits_and_hyphens() {
        for good in ["abc", "Table-1", "123", &"a".repeat(64)] {
            assert!(good.parse::<TableId>().is_ok(), "{good}");
        }
        for bad in ["", "ab", &"a".repeat(65), "a b", "tisch_1", "tïsch", "../etc", "a/b", "abc\n"] {
            assert!(bad.parse::<TableId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn descriptions_are_one_line_of_at_most_280_characters() {
        assert_eq!("  2nd floor ".parse::<Description>().unwrap().as_str(), "2nd floor");
        assert!("ü".repeat(280).parse::<Description>().is_ok());
        assert!("x".repeat(281).parse::<Description>().is_err());
        assert!("one\ntwo".parse::<Description>().is_err());
    }

    #[test]
    fn a_repeated_status_is_a_heartbeat() {
        assert_eq!(table().report(true, at(9)), Report::Heartbeat);
        let Report::Changed(taken) = table().report(false, at(9)) else { panic!("a change expected") };
        assert_eq!((taken.status, taken.since, taken.rev), (TableStatus::Busy, at(9), 2));
    }

    #[test]
    fn silence_of_five_minutes_is_no_signal_once() {
        assert_eq!(table().sweep(None, at(299)), None);
        let lost = table().sweep(None, at(300)).unwrap();
        assert_eq!((lost.status, lost.rev), (TableStatus::NoSignal, 2));
        assert_eq!(lost.sweep(None, at(360)), None);
    }

    #[test]
    fn a_heartbeat_keeps_a_table_and_brings_it_back_once() {
        let last_report = |seconds| Some(LastReport { at: at(seconds), is_free: false });
        assert_eq!(table().sweep(last_report(200), at(450)), None);
        let lost = table().sweep(last_report(200), at(500)).unwrap();
        assert_eq!(lost.sweep(last_report(200), at(560)), None);
        let back = lost.sweep(last_report(600), at(620)).unwrap();
        assert_eq!((back.status, back.since, back.rev), (TableStatus::Busy, at(620), 3));
        assert_eq!(back.sweep(last_report(600), at(680)), None);
    }

    #[test]
    fn a_report_brings_a_silent_table_back_at_once() {
        let lost = table().sweep(None, at(300)).unwrap();
        assert!(matches!(lost.report(true, at(301)), Report::Changed(back) if back.status == TableStatus::Free));
    }

    #[test]
    fn the_number_of_waiting_people_changes_neither_the_status_nor_since() {
        assert_eq!(table().with_waiting(0, at(9)), None);
        let wanted = table().with_waiting(2, at(9)).unwrap();
        assert_eq!((wanted.waiting, wanted.since, wanted.updated_at, wanted.rev), (2, at(0), at(9), 2));
        let Report::Changed(taken) = wanted.report(false, at(10)) else { panic!("a change expected") };
        assert_eq!(taken.waiting, 2);
    }

    #[test]
    fn a_table_of_a_server_without_waiting_counts_has_no_one_waiting() {
        let mut json = serde_json::to_value(table()).unwrap();
        assert_eq!(json.as_object_mut().unwrap().remove("waiting"), Some(0.into()));
        assert_eq!(serde_json::from_value::<Table>(json).unwrap(), table());
    }

    #[test]
    fn a_new_table_of_an_old_id_goes_on_counting() {
        let again = Table::register("lobby".parse().unwrap(), Description::default(), Some(7), at(0));
        assert_eq!(again.rev, 8);
    }

    #[test]
    fn json_has_pingpongfys_fields_and_ours() {
        insta::assert_json_snapshot!(table(), @r#"
        {
          "id": "lobby",
          "description": "",
          "isFree": true,
          "status": "free",
          "since": "1970-01-01T00:00:00.000Z",
          "waiting": 0,
          "updatedAt": "1970-01-01T00:00:00.000Z",
          "rev": 1
        }
        "#);
        let json = serde_json::to_string(&table()).unwrap();
        assert_eq!(serde_json::from_str::<Table>(&json).unwrap(), table());
    }
}
