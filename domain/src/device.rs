//! A device's key: which tables it may speak for. Never holds the secret itself, only what its hash unlocks.

use std::fmt;

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

/// Who asks for a change of the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// May do everything.
    Admin,
    /// A device that showed a valid key.
    Device(Device),
    /// Showed nothing.
    Visitor,
    /// Showed a key that is unknown or revoked.
    Stranger,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'a> {
    /// To report a table's status.
    Report(&'a TableId),
    /// To register or delete a table.
    Manage(&'a TableId),
    /// To describe tables, or to make, list and revoke keys.
    Administrate,
}

/// Why somebody may not do what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody knows who asks.
    #[error("This needs a key in the header “x-api-key”.")]
    NoKey,
    /// The key is none of ours, or no longer.
    #[error("This key is not valid. It may have been revoked, or not been copied whole.")]
    UnknownKey,
    /// The key is for something else.
    #[error("This key is for other tables.")]
    OtherTables,
    /// The key is for reports alone.
    #[error("This key may report a table's status and nothing else.")]
    ReportsOnly,
    /// Keys cannot do this.
    #[error("Only an admin may do this.")]
    AdminOnly,
}

impl Actor {
    /// Whether this actor may do `action`.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn authorize(&self, action: Action<'_>) -> Result<(), Refused> {
        match (self, action) {
            (Self::Admin, _) => Ok(()),
            (Self::Visitor, _) => Err(Refused::NoKey),
            (Self::Stranger, _) => Err(Refused::UnknownKey),
            (Self::Device(_), Action::Administrate) => Err(Refused::AdminOnly),
            (Self::Device(device), Action::Report(table) | Action::Manage(table)) if !device.tables.contains(table) => {
                Err(Refused::OtherTables)
            }
            (Self::Device(device), Action::Manage(_)) if !device.can_manage => Err(Refused::ReportsOnly),
            (Self::Device(_), Action::Report(_) | Action::Manage(_)) => Ok(()),
        }
    }
}

/// What kind of actor asks, as `GET /v1/me` tells the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Admin,
    /// Shows a device's key.
    Device,
    /// Looks.
    Visitor,
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Admin => "admin",
            Self::Device => "device",
            Self::Visitor => "visitor",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(tables: &[&str], can_manage: bool) -> Actor {
        let names: Vec<String> = tables.iter().map(|name| (*name).to_owned()).collect();
        Actor::Device(Device {
            id: "k1".to_owned(),
            name: "kitchen".to_owned(),
            tables: names.try_into().unwrap(),
            can_manage,
            created_at: Timestamp::default(),
        })
    }

    #[test]
    fn a_device_speaks_for_its_own_tables_alone() {
        let (lobby, attic): (TableId, TableId) = ("lobby".parse().unwrap(), "attic".parse().unwrap());
        let sensor = device(&["lobby"], false);
        assert_eq!(sensor.authorize(Action::Report(&lobby)), Ok(()));
        assert_eq!(sensor.authorize(Action::Report(&attic)), Err(Refused::OtherTables));
        assert_eq!(sensor.authorize(Action::Manage(&lobby)), Err(Refused::ReportsOnly));
        assert_eq!(sensor.authorize(Action::Administrate), Err(Refused::AdminOnly));
        let installer = device(&["*"], true);
        assert_eq!(installer.authorize(Action::Manage(&attic)), Ok(()));
        assert_eq!(Actor::Visitor.authorize(Action::Report(&lobby)), Err(Refused::NoKey));
        assert_eq!(Actor::Stranger.authorize(Action::Report(&lobby)), Err(Refused::UnknownKey));
        assert_eq!(Actor::Admin.authorize(Action::Administrate), Ok(()));
    }

    #[test]
    fn a_scope_names_tables_or_any() {
        assert!(TableScope::try_from(vec![]).is_err());
        assert!(TableScope::try_from(vec!["*".to_owned(), "lobby".to_owned()]).is_err());
        assert!(TableScope::try_from(vec!["lobby".to_owned(); TABLES_PER_KEY + 1]).is_err());
        assert_eq!(TableScope::try_from(vec!["*".to_owned()]), Ok(TableScope::Any));
    }
}
