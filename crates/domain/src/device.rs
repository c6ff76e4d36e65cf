//! A device's key, and the tables and items that it may write. Only the hash of the secret is stored.

use serde::{Deserialize, Serialize};

use crate::item::ItemKey;
use crate::table::TableId;
use crate::time::Timestamp;
use crate::validation::{Violation, checked_text, line};

/// A key names at most this many tables; one that needs more is for any table.
pub const TABLES_PER_KEY: usize = 50;

/// The tables that a key may report. Travels as a list of ids, or `["*"]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub enum TableScope {
    /// Any table, present or future.
    Any,
    /// These only: at most [`TABLES_PER_KEY`].
    Only(Vec<TableId>),
}

impl TableScope {
    /// Whether it includes `table`.
    pub fn contains(&self, table: &TableId) -> bool {
        match self {
            Self::Any => true,
            Self::Only(tables) => tables.contains(table),
        }
    }
}

#[cfg(feature = "openapi")]
crate::described!(TableScope, crate::schema::texts("^(\\*|[A-Za-z0-9-]{3,64})$", TABLES_PER_KEY));

impl TryFrom<Vec<String>> for TableScope {
    type Error = Violation;

    fn try_from(names: Vec<String>) -> Result<Self, Violation> {
        if names == ["*"] {
            return Ok(Self::Any);
        }
        if names.len() > TABLES_PER_KEY {
            let message = format!("A key is for at most {TABLES_PER_KEY} tables, or for [\"*\"]: any table.");
            return Err(Violation::new("tables", &names.len().to_string(), "length", message));
        }
        if names.iter().any(|name| name == "*") {
            let message = "“*” is any table: name it alone, or tables by their ids.";
            return Err(Violation::of_rule("tables", "*", "alone", message));
        }
        let tables: Result<Vec<TableId>, Violation> = names.iter().map(|name| name.parse()).collect();
        tables.map(Self::Only).map_err(|violation| Violation { property: "tables".to_owned(), ..violation })
    }
}

/// The items that a key may write, by the beginnings of their keys; `*` stands for all. None, if the key is for tables only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct ItemScope(Vec<String>);

impl ItemScope {
    /// Whether it includes an item of this key.
    pub fn contains(&self, key: &ItemKey) -> bool {
        self.0.iter().any(|prefix| prefix == "*" || key.as_str().starts_with(prefix.as_str()))
    }

    /// Whether it includes no item.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(feature = "openapi")]
crate::described!(ItemScope, crate::schema::texts("^(\\*|[A-Za-z0-9._:@~-]{1,256})$", TABLES_PER_KEY));

impl TryFrom<Vec<String>> for ItemScope {
    type Error = Violation;

    fn try_from(prefixes: Vec<String>) -> Result<Self, Violation> {
        if prefixes.len() > TABLES_PER_KEY {
            let message = format!("A key is for at most {TABLES_PER_KEY} beginnings of items' keys.");
            return Err(Violation::new("items", &prefixes.len().to_string(), "length", message));
        }
        for prefix in prefixes.iter().filter(|prefix| *prefix != "*") {
            let checked: Result<ItemKey, Violation> = prefix.parse();
            checked.map_err(|violation| Violation { property: "items".to_owned(), ..violation })?;
        }
        Ok(Self(prefixes))
    }
}

impl From<ItemScope> for Vec<String> {
    fn from(scope: ItemScope) -> Self {
        scope.0
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

/// The name of a device: one line of at most 80 characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceName(String);

checked_text!(DeviceName, crate::schema::line(0, 80));

impl std::str::FromStr for DeviceName {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        line("name", "A name", text, 0, 80).map(Self)
    }
}

/// A registered device, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// The public part of the key.
    pub id: String,
    /// Its display name; at most 80 characters.
    pub name: String,
    /// The tables that it may report: ids, or `["*"]` for any.
    pub tables: TableScope,
    /// The items that it may write: how their keys begin, or `["*"]` for any.
    #[serde(default, skip_serializing_if = "ItemScope::is_empty")]
    pub items: ItemScope,
    /// Whether it may also register and delete those tables, as PingPongfy's keys could.
    pub can_manage: bool,
    /// When it was created (RFC 3339, UTC).
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_names_tables_or_any() {
        assert_eq!(TableScope::try_from(vec![]), Ok(TableScope::Only(vec![])));
        assert!(TableScope::try_from(vec!["*".to_owned(), "lobby".to_owned()]).is_err());
        assert!(TableScope::try_from(vec!["lobby".to_owned(); TABLES_PER_KEY + 1]).is_err());
        assert_eq!(TableScope::try_from(vec!["*".to_owned()]), Ok(TableScope::Any));
    }

    #[test]
    fn a_scope_of_items_goes_by_how_their_keys_begin() {
        let scope =
            |prefixes: &[&str]| ItemScope::try_from(prefixes.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        let key = |key: &str| key.parse::<ItemKey>().unwrap();
        let vehicles = scope(&["vehicle:", "gate-1"]).unwrap();
        assert!(vehicles.contains(&key("vehicle:3")) && vehicles.contains(&key("gate-1")));
        assert!(!vehicles.contains(&key("vehicles:3")) && !vehicles.contains(&key("gate-")));
        assert!(scope(&["*"]).unwrap().contains(&key("x")) && !ItemScope::default().contains(&key("x")));
        assert!(scope(&["a b"]).is_err() && scope(&[""]).is_err() && scope(&["x"; TABLES_PER_KEY + 1]).is_err());
    }
}
