//! The caller of a request, and what it may do with tables, items and keys. [`crate::room`] decides what it may do with a room.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::device::Device;
use crate::item::ItemKey;
use crate::person::{Guest, Member, Person};
use crate::table::TableId;

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A caller on the server's own machine: may do everything with tables and keys, but has no name.
    Admin,
    /// A device that showed a valid key.
    Device(Device),
    /// A signed-in member.
    Member(Member),
    /// A room's guest.
    Guest(Guest),
    /// A caller without credentials.
    Visitor,
    /// A caller with a key that is unknown or revoked.
    InvalidKey,
}

/// What the caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'a> {
    /// Report a table's status.
    Report(&'a TableId),
    /// Register or delete a table.
    Manage(&'a TableId),
    /// Read an item, and its history.
    ReadItem(&'a ItemKey),
    /// Write an item.
    WriteItem(&'a ItemKey),
    /// Describe tables, or create, list and revoke keys.
    Administrate,
}

/// Why the caller may not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The caller is not authenticated.
    #[error("This needs a key in the header “x-api-key”, or an admin who is signed in.")]
    NoKey,
    /// The key is unknown, or was revoked.
    #[error("This key is not valid. It may have been revoked, or not been copied whole.")]
    UnknownKey,
    /// The key is for other tables.
    #[error("This key is for other tables.")]
    OtherTables,
    /// The key is for other items.
    #[error("This key is for other items.")]
    OtherItems,
    /// The item is for members of a group, of which the caller is not one.
    #[error("This item is for admins, and for members of the group that its key begins with.")]
    OtherGroups,
    /// The key is for reports only.
    #[error("This key may report a table's status and nothing else.")]
    ReportsOnly,
    /// Keys, members and guests cannot do this.
    #[error("Only an admin may do this.")]
    AdminOnly,
    /// This is for people with a name.
    #[error("Sign in first.")]
    NotSignedIn,
    /// Guests cannot do this.
    #[error("A guest may not do this. Sign in first.")]
    MembersOnly,
    /// This is for people, not for keys.
    #[error("A key may not do this: it is for people who are signed in.")]
    PeopleOnly,
    /// The deployment lets only admins and one group change the factory tree.
    #[error("Only admins and the members of one group may change factories here.")]
    NotTreeEditor,
}

/// The callers that may change the factory tree. Admins always may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TreeEditors {
    /// Every member.
    #[default]
    Members,
    /// Admins only.
    Admins,
    /// The members of this group, as the issuer calls it.
    Group(String),
}

impl From<String> for TreeEditors {
    fn from(text: String) -> Self {
        match text.as_str() {
            "" | "members" => Self::Members,
            "admins" => Self::Admins,
            _ => Self::Group(text),
        }
    }
}

impl fmt::Display for TreeEditors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Members => "members",
            Self::Admins => "admins",
            Self::Group(group) => group,
        })
    }
}

impl Actor {
    /// Whether this actor may do `action`.
    ///
    /// # Errors Why not, in a sentence.
    pub fn authorize(&self, action: Action<'_>) -> Result<(), Denied> {
        match (self, action) {
            (_, Action::ReadItem(key)) if !key.is_private() => Ok(()),
            (Self::Admin | Self::Member(Member { is_admin: true, .. }), _) => Ok(()),
            (Self::Visitor, _) => Err(Denied::NoKey),
            (Self::InvalidKey, _) => Err(Denied::UnknownKey),
            (Self::Member(member), Action::ReadItem(key) | Action::WriteItem(key)) if !member.is_of(key.owners()) => {
                Err(Denied::OtherGroups)
            }
            (Self::Member(_), Action::ReadItem(_) | Action::WriteItem(_)) => Ok(()),
            (Self::Member(_) | Self::Guest(_), _) | (Self::Device(_), Action::Administrate) => Err(Denied::AdminOnly),
            (Self::Device(device), Action::Report(table) | Action::Manage(table)) if !device.tables.contains(table) => {
                Err(Denied::OtherTables)
            }
            (Self::Device(device), Action::WriteItem(key) | Action::ReadItem(key)) if !device.items.contains(key) => {
                Err(Denied::OtherItems)
            }
            (Self::Device(device), Action::Manage(_)) if !device.can_manage => Err(Denied::ReportsOnly),
            (Self::Device(_), Action::Report(_) | Action::Manage(_) | Action::WriteItem(_) | Action::ReadItem(_)) => {
                Ok(())
            }
        }
    }

    /// The person that makes the request, if it has a name.
    ///
    /// # Errors Why this actor has no name.
    pub fn person(&self) -> Result<Person, Denied> {
        match self {
            Self::Member(member) => Ok(Person::Member(member.clone())),
            Self::Guest(guest) => Ok(Person::Guest(guest.clone())),
            Self::Admin | Self::Visitor => Err(Denied::NotSignedIn),
            Self::Device(_) => Err(Denied::PeopleOnly),
            Self::InvalidKey => Err(Denied::UnknownKey),
        }
    }

    /// Whether this actor may change the factory tree.
    ///
    /// # Errors
    /// Why not.
    pub fn authorize_tree(&self, editors: &TreeEditors) -> Result<(), Denied> {
        if *self == Self::Admin {
            return Ok(());
        }
        let member = self.member()?;
        match editors {
            TreeEditors::Members => Ok(()),
            TreeEditors::Admins if member.is_admin => Ok(()),
            TreeEditors::Admins => Err(Denied::AdminOnly),
            TreeEditors::Group(group) if member.is_of(group) => Ok(()),
            TreeEditors::Group(_) => Err(Denied::NotTreeEditor),
        }
    }

    /// The member that makes the request.
    ///
    /// # Errors Why this actor is no member.
    pub fn member(&self) -> Result<&Member, Denied> {
        match self {
            Self::Member(member) => Ok(member),
            Self::Guest(_) => Err(Denied::MembersOnly),
            Self::Admin | Self::Visitor => Err(Denied::NotSignedIn),
            Self::Device(_) => Err(Denied::PeopleOnly),
            Self::InvalidKey => Err(Denied::UnknownKey),
        }
    }

    /// Their role.
    pub const fn role(&self) -> Role {
        match self {
            Self::Admin | Self::Member(Member { is_admin: true, .. }) => Role::Admin,
            Self::Member(_) => Role::Member,
            Self::Guest(_) => Role::Guest,
            Self::Device(_) => Role::Device,
            Self::Visitor | Self::InvalidKey => Role::Visitor,
        }
    }
}

/// The role of a caller, as `GET /v1/me` returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Admin,
    /// Is signed in.
    Member,
    /// Is one room's guest.
    Guest,
    /// Reports tables.
    Device,
    /// Reads public data.
    Visitor,
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Guest => "guest",
            Self::Device => "device",
            Self::Visitor => "visitor",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn device(tables: &[&str], can_manage: bool) -> Actor {
        let names: Vec<String> = tables.iter().map(|name| (*name).to_owned()).collect();
        Actor::Device(Device {
            id: "k1".to_owned(),
            name: "kitchen".to_owned(),
            tables: names.try_into().unwrap(),
            items: vec!["vehicle:".to_owned()].try_into().unwrap(),
            can_manage,
            created_at: Timestamp::default(),
        })
    }

    fn member(is_admin: bool) -> Actor {
        Actor::Member(Member {
            id: "ada".parse().unwrap(),
            name: "Ada".parse().unwrap(),
            is_admin,
            groups: vec!["gate".to_owned()],
        })
    }

    fn guest() -> Actor {
        let room = "k3j9x0a2bc".parse().unwrap();
        Actor::Guest(Guest { id: "g1".parse().unwrap(), name: "Bo".parse().unwrap(), room })
    }

    #[test]
    fn a_device_reports_only_its_own_tables() {
        let (lobby, attic): (TableId, TableId) = ("lobby".parse().unwrap(), "attic".parse().unwrap());
        let sensor = device(&["lobby"], false);
        assert_eq!(sensor.authorize(Action::Report(&lobby)), Ok(()));
        assert_eq!(sensor.authorize(Action::Report(&attic)), Err(Denied::OtherTables));
        assert_eq!(sensor.authorize(Action::Manage(&lobby)), Err(Denied::ReportsOnly));
        assert_eq!(sensor.authorize(Action::Administrate), Err(Denied::AdminOnly));
        let installer = device(&["*"], true);
        assert_eq!(installer.authorize(Action::Manage(&attic)), Ok(()));
        assert_eq!(Actor::Visitor.authorize(Action::Report(&lobby)), Err(Denied::NoKey));
        assert_eq!(Actor::InvalidKey.authorize(Action::Report(&lobby)), Err(Denied::UnknownKey));
        assert_eq!(Actor::Admin.authorize(Action::Administrate), Ok(()));
    }

    #[test]
    fn a_device_writes_its_own_items_and_people_none() {
        let (own, other): (ItemKey, ItemKey) = ("vehicle:3".parse().unwrap(), "gate:1".parse().unwrap());
        let tracker = device(&[], false);
        assert_eq!(tracker.authorize(Action::WriteItem(&own)), Ok(()));
        assert_eq!(tracker.authorize(Action::WriteItem(&other)), Err(Denied::OtherItems));
        assert_eq!(member(false).authorize(Action::WriteItem(&own)), Err(Denied::OtherGroups));
        assert_eq!(member(true).authorize(Action::WriteItem(&other)), Ok(()));
        assert_eq!(Actor::Visitor.authorize(Action::WriteItem(&own)), Err(Denied::NoKey));
    }

    #[test]
    fn a_group_writes_its_own_items_and_reads_its_private_ones() {
        let key = |text: &str| text.parse::<ItemKey>().unwrap();
        let (public, private) = (key("gate:1"), key("@gate:1"));
        let may = |actor: &Actor, key: &ItemKey| {
            (actor.authorize(Action::ReadItem(key)).is_ok(), actor.authorize(Action::WriteItem(key)).is_ok())
        };
        for (actor, on_public, on_private) in [
            (Actor::Visitor, (true, false), (false, false)),
            (Actor::InvalidKey, (true, false), (false, false)),
            (guest(), (true, false), (false, false)),
            (member(false), (true, true), (true, true)),
            (member(true), (true, true), (true, true)),
            (device(&[], false), (true, false), (false, false)),
            (Actor::Admin, (true, true), (true, true)),
        ] {
            assert_eq!(may(&actor, &public), on_public, "{actor:?}");
            assert_eq!(may(&actor, &private), on_private, "{actor:?}");
        }
        for (odd, allowed) in [
            ("gate", (true, false)),
            ("@gate", (true, true)),
            ("@other:1", (false, false)),
            ("@", (false, false)),
            ("@gatekeeper:1", (false, false)),
        ] {
            assert_eq!(may(&member(false), &key(odd)), allowed, "{odd}");
        }
    }

    #[test]
    fn tables_and_keys_are_an_admins_however_they_came() {
        assert_eq!(member(true).authorize(Action::Administrate), Ok(()));
        assert_eq!(member(false).authorize(Action::Administrate), Err(Denied::AdminOnly));
        assert_eq!(guest().authorize(Action::Administrate), Err(Denied::AdminOnly));
    }

    #[test]
    fn only_people_with_a_name_are_people() {
        assert!(member(false).member().is_ok() && member(false).person().is_ok());
        assert_eq!(guest().member(), Err(Denied::MembersOnly));
        assert!(guest().person().is_ok());
        assert_eq!(Actor::Visitor.person(), Err(Denied::NotSignedIn));
        assert_eq!(Actor::Admin.member(), Err(Denied::NotSignedIn));
        assert_eq!(device(&["*"], true).person(), Err(Denied::PeopleOnly));
    }

    #[test]
    fn the_tree_is_changed_by_the_configured_editors() {
        let group = |name: &str| TreeEditors::Group(name.to_owned());
        for (editors, of_a_member) in [
            (TreeEditors::Members, Ok(())),
            (TreeEditors::Admins, Err(Denied::AdminOnly)),
            (group("gate"), Ok(())),
            (group("planners"), Err(Denied::NotTreeEditor)),
        ] {
            assert_eq!(member(false).authorize_tree(&editors), of_a_member, "{editors}");
            assert_eq!(member(true).authorize_tree(&editors), Ok(()), "{editors}");
            assert_eq!(Actor::Admin.authorize_tree(&editors), Ok(()), "{editors}");
            assert_eq!(Actor::Visitor.authorize_tree(&editors), Err(Denied::NotSignedIn), "{editors}");
            assert_eq!(guest().authorize_tree(&editors), Err(Denied::MembersOnly), "{editors}");
            assert_eq!(device(&["*"], true).authorize_tree(&editors), Err(Denied::PeopleOnly), "{editors}");
            assert_eq!(TreeEditors::from(editors.to_string()), editors, "it is read as it is written");
        }
    }
}
