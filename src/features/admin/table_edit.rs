//! View model of the edit of a table's name: the request to send, and the message about a concurrent change.

use domain::table::{Description, Table, TableId};

use super::texts;

/// What a submitted name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// It is the name that the table has: nothing is sent.
    Unchanged,
    /// It is not valid, for this reason.
    Invalid(String),
    /// It is sent, for the table as the admin sees it.
    Send {
        /// The table.
        id: TableId,
        /// Its new name.
        description: Description,
        /// The revision that the table has now.
        revision: u64,
    },
}

impl Edit {
    /// The edit of a table, as it is now, to a name that was typed.
    pub(super) fn of(table: &Table, typed: &str) -> Self {
        match typed.parse::<Description>() {
            Err(violation) => Self::Invalid(violation.message()),
            Ok(description) if description == table.description => Self::Unchanged,
            Ok(description) => Self::Send { id: table.id.clone(), description, revision: table.rev },
        }
    }
}

/// What is to be said if another admin has renamed the table since the edit began.
pub(super) fn conflict(before: &Description, now: &Description) -> Option<String> {
    (before != now).then(|| texts::renamed_meanwhile(now.as_str()))
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn description(text: &str) -> Description {
        text.parse().unwrap()
    }

    #[test]
    fn only_a_change_is_sent_for_the_revision_that_is_seen() {
        let table = Table::register("lobby".parse().unwrap(), description("Lobby"), Some(6), Timestamp::default());
        assert_eq!(Edit::of(&table, " Lobby "), Edit::Unchanged);
        assert!(matches!(Edit::of(&table, &"x".repeat(281)), Edit::Invalid(why) if why.contains("280")));
        let sent = Edit::Send { id: table.id.clone(), description: description("Attic"), revision: 7 };
        assert_eq!(Edit::of(&table, "Attic"), sent);
        assert!(matches!(Edit::of(&table, ""), Edit::Send { .. }), "the id is the name then");
    }

    #[test]
    fn a_name_that_was_changed_meanwhile_is_a_conflict() {
        assert_eq!(conflict(&description("Lobby"), &description("Lobby")), None);
        let message = conflict(&description("Lobby"), &description("Attic")).unwrap();
        assert!(message.contains("“Attic”"), "{message}");
        assert!(conflict(&description("Lobby"), &description("")).unwrap().contains("removed"));
    }

    #[test]
    fn a_name_can_be_removed_and_given_again() {
        let named = Table::register("lobby".parse().unwrap(), description("Lobby"), None, Timestamp::default());
        let unnamed = Table { description: description(""), ..named.clone() };
        assert!(matches!(Edit::of(&named, "  "), Edit::Send { description, .. } if description.as_str().is_empty()));
        assert_eq!(Edit::of(&unnamed, " "), Edit::Unchanged);
        assert!(matches!(Edit::of(&unnamed, "lobby"), Edit::Send { .. }), "a name is no id, even if it reads the same");
    }

    #[test]
    fn a_name_with_a_line_break_is_not_sent() {
        let table = Table::register("lobby".parse().unwrap(), description("Lobby"), None, Timestamp::default());
        assert!(matches!(Edit::of(&table, "Lobby\nground floor"), Edit::Invalid(_)));
    }
}
