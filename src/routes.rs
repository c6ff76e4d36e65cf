//! Every path of the site, once. Never knows what a page looks like.

use std::fmt;

use domain::item::ItemKey;
use domain::room::RoomId;
use domain::table::TableId;

/// A page's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// All tables.
    Tables,
    /// One table.
    Table(TableId),
    /// All rooms.
    Rooms,
    /// One room, as its participants see it.
    Room(RoomId),
    /// One room, as its creator runs it.
    Control(RoomId),
    /// One room, as it is projected.
    Screen(RoomId),
    /// A member's bank of questions.
    Questions,
    /// All items.
    Items,
    /// One item.
    Item(ItemKey),
    /// The factory tree.
    Factories,
    /// Where the issuer leads back to.
    SignedIn,
    /// What an admin does.
    Admin,
    /// What a visitor may set.
    Settings,
    /// No page has this address.
    NotFound,
}

impl Route {
    /// The page at a path, as the browser tells it; a slash at its end makes no difference.
    pub(crate) fn parse(path: &str) -> Self {
        match path.trim_matches('/') {
            "" => Self::Tables,
            "rooms" => Self::Rooms,
            "questions" => Self::Questions,
            "signed-in" => Self::SignedIn,
            "admin" => Self::Admin,
            "settings" => Self::Settings,
            "items" => Self::Items,
            "factories" => Self::Factories,
            other => Self::parse_thing(other).unwrap_or(Self::NotFound),
        }
    }

    fn parse_thing(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
            ("tables", id, None, _) => id.parse().ok().map(Self::Table),
            ("items", key, None, _) => key.parse().ok().map(Self::Item),
            ("rooms", id, None, _) => id.parse().ok().map(Self::Room),
            ("rooms", id, Some("control"), None) => id.parse().ok().map(Self::Control),
            ("rooms", id, Some("screen"), None) => id.parse().ok().map(Self::Screen),
            _ => None,
        }
    }

    /// The room that the page is of.
    pub(crate) const fn room(&self) -> Option<&RoomId> {
        match self {
            Self::Room(id) | Self::Control(id) | Self::Screen(id) => Some(id),
            _ => None,
        }
    }

    /// Whether what the page shows depends on who looks.
    pub(crate) const fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::Room(_)
                | Self::Control(_)
                | Self::Screen(_)
                | Self::Questions
                | Self::Items
                | Self::Item(_)
                | Self::SignedIn
        )
    }

    /// Whether the page fills the screen, without the site's header.
    pub(crate) const fn is_bare(&self) -> bool {
        matches!(self, Self::Screen(_))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables | Self::NotFound => formatter.write_str("/"),
            Self::Table(id) => write!(formatter, "/tables/{id}"),
            Self::Rooms => formatter.write_str("/rooms"),
            Self::Room(id) => write!(formatter, "/rooms/{id}"),
            Self::Control(id) => write!(formatter, "/rooms/{id}/control"),
            Self::Screen(id) => write!(formatter, "/rooms/{id}/screen"),
            Self::Questions => formatter.write_str("/questions"),
            Self::Items => formatter.write_str("/items"),
            Self::Item(key) => write!(formatter, "/items/{key}"),
            Self::Factories => formatter.write_str("/factories"),
            Self::SignedIn => formatter.write_str("/signed-in"),
            Self::Admin => formatter.write_str("/admin"),
            Self::Settings => formatter.write_str("/settings"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_they_are_written() {
        for path in [
            "/",
            "/tables/lobby-2",
            "/rooms",
            "/rooms/k3j9x0a2bc",
            "/rooms/k3j9x0a2bc/control",
            "/rooms/k3j9x0a2bc/screen",
            "/questions",
            "/signed-in",
            "/admin",
            "/settings",
            "/items",
            "/items/vehicle:3",
            "/factories",
        ] {
            assert_eq!(Route::parse(path).to_string(), path);
        }
    }

    #[test]
    fn a_page_is_in_the_document_that_has_it() {
        use domain::wire::documents::{DESK, FRONT, OFFICE, of};
        let room = "/rooms/k3j9x0a2bc";
        for path in ["/", "/rooms", room, "/signed-in", "/tables/lobby"] {
            assert_eq!(of(&Route::parse(path).to_string()), FRONT, "{path}");
        }
        let desk = [Route::Admin, Route::Questions]
            .into_iter()
            .chain(["/control", "/screen"].map(|page| Route::parse(&[room, page].concat())));
        for route in desk {
            assert_eq!(of(&route.to_string()), DESK, "{route}");
        }
        for path in ["/settings", "/items", "/items/vehicle:3", "/factories"] {
            assert_eq!(of(&Route::parse(path).to_string()), OFFICE, "{path}");
        }
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        assert_eq!(Route::parse("/settings/"), Route::Settings);
        assert_eq!(Route::parse("/tables/lobby/"), Route::parse("/tables/lobby"));
    }

    #[test]
    fn what_is_no_page_is_not_found() {
        for path in [
            "/tables",
            "/tables/",
            "/tables/a%20b",
            "/tables/lobby/x",
            "/Admin",
            "/nothing",
            "/rooms/x",
            "/rooms/k3j9x0a2bc/x",
        ] {
            assert_eq!(Route::parse(path), Route::NotFound, "{path}");
        }
    }
}
