//! A device's key: which tables it may speak for. Never holds the secret itself, only what its hash unlocks.

use serde::{Deserialize, Serialize};

use crate::table::TableId;
use crate::time::Timestamp;
use crate::validation::Violation;

/// A key names at most so many tables; one that needs more is for any table.
pub const TABLES_PER_KEY: usize = 50;

/// The tables that a key speaks for. Travels as a list of ids, or `["*"]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub enum TableScope {
    /// Whatever table there is or will be.
    Any,
    /// These alone: 1 to [`TABLES_PER_KEY`].
    Only(Vec<TableId>),
}

impl TableScope {
    /// Whether `table` is in it.
    pub fn contains(&self, table: &TableId) -> bool {
        match self {
            Self::Any => true,
            Self::Only(tables) => tables.contains(table),
        }
    }
}

impl TryFrom<Vec<String>> for TableScope {
    type Error = Violation;

    fn try_from(names: Vec<String>) -> Result<Self, Violation> {
        if names == ["*"] {
            return Ok(Self::Any);
        }
        if names.is_empty() || names.len() > TABLES_PER_KEY {
            let message = format!("A key is for 1 to {TABLES_PER_KEY} tables, or for [\"*\"]: any table.");
            return Err(Violation::new("tables", &names.len().to_string(), "length", message));
        }
        let tables: Result<Vec<TableId>, Violation> = names.iter().map(|name| name.parse()).collect();
        tables.map(Self::Only).map_err(|violation| Violation { property: "tables".to_owned(), ..violation })
    }
}

impl From<TableScope> for Vec<String> {
    fn from(scope: TableScope) -> Self {
        match scope {
            TableScope::Any => vec!["*".to_owned()],
            TableScope::Only(tables) => tables.into_iter().map(String::from).collect(),
        }
    }
}

/// A registered device, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// The part of the key that is no secret.
    pub id: String,
    /// What people call it; at most 80 characters.
    pub name: String,
    /// The tables that it speaks for: ids, or `["*"]` for any.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub tables: TableScope,
    /// Whether it may also register and delete those tables, as PingPongfy's keys could.
    pub can_manage: bool,
    /// When it was made (RFC 3339, UTC).
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_names_tables_or_any() {
        assert!(TableScope::try_from(vec![]).is_err());
        assert!(TableScope::try_from(vec!["*".to_owned(), "lobby".to_owned()]).is_err());
        assert!(TableScope::try_from(vec!["lobby".to_owned(); TABLES_PER_KEY + 1]).is_err());
        assert_eq!(TableScope::try_from(vec!["*".to_owned()]), Ok(TableScope::Any));
    }
}
