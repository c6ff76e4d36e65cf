//! Every address of the site. Knows no page: `routes` says which page is at which address.

use std::borrow::Cow;
use std::fmt;

use domain::item::ItemKey;
use domain::room::RoomId;
use domain::table::TableId;
use percent_encoding::percent_decode_str;

use crate::auth::RETURN_PATH;

/// What stands after the `#` in the address of a host panel that opens the room's settings.
pub(crate) const SETTINGS_FRAGMENT: &str = "settings";

/// The address of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Path {
    /// All tables.
    Tables,
    /// One table.
    Table(TableId),
    /// All rooms.
    Rooms,
    /// One room, for its participants.
    Room(RoomId),
    /// One room, for its host.
    Host(RoomId),
    /// One room, for the projector.
    Projector(RoomId),
    /// A member's question library.
    Questions,
    /// All items.
    Items,
    /// One item.
    Item(ItemKey),
    /// The factory tree.
    Factories,
    /// Where the issuer leads back to.
    SignedIn,
    /// What admins do.
    Admin,
    /// The user's settings.
    Settings,
}

impl Path {
    /// The page at a path as the browser gives it; a slash at its end makes no difference. `None` if there is no such page.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        // Links that other people write may encode what needs no encoding: `%40staff%3Arota`.
        let decoded = path.trim_matches('/').split('/').map(|part| percent_decode_str(part).decode_utf8().ok());
        let parts = decoded.collect::<Option<Vec<_>>>()?;
        let mut parts = parts.iter().map(Cow::as_ref);
        match (parts.next()?, parts.next(), parts.next(), parts.next()) {
            ("", None, ..) => Some(Self::Tables),
            ("rooms", None, ..) => Some(Self::Rooms),
            ("questions", None, ..) => Some(Self::Questions),
            ("items", None, ..) => Some(Self::Items),
            ("factories", None, ..) => Some(Self::Factories),
            ("admin", None, ..) => Some(Self::Admin),
            ("settings", None, ..) => Some(Self::Settings),
            (RETURN_SEGMENT, None, ..) => Some(Self::SignedIn),
            ("tables", Some(id), None, _) => id.parse().ok().map(Self::Table),
            ("items", Some(key), None, _) => key.parse().ok().map(Self::Item),
            ("rooms", Some(id), None, _) => id.parse().ok().map(Self::Room),
            ("rooms", Some(id), Some("control"), None) => id.parse().ok().map(Self::Host),
            ("rooms", Some(id), Some("screen"), None) => id.parse().ok().map(Self::Projector),
            _ => None,
        }
    }

    /// The room that the page is of.
    pub(crate) const fn room(&self) -> Option<&RoomId> {
        match self {
            Self::Room(id) | Self::Host(id) | Self::Projector(id) => Some(id),
            _ => None,
        }
    }

    /// Whether what the page shows depends on the user, so that its connection must be theirs.
    pub(crate) const fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::Rooms
                | Self::Room(_)
                | Self::Host(_)
                | Self::Projector(_)
                | Self::Questions
                | Self::Items
                | Self::Item(_)
                | Self::SignedIn
        )
    }

    /// The page of the section that the page belongs to: of a table's, all tables.
    pub(crate) fn section(&self) -> Self {
        match self {
            Self::Table(_) => Self::Tables,
            Self::Room(_) | Self::Host(_) | Self::Projector(_) => Self::Rooms,
            Self::Item(_) => Self::Items,
            other => other.clone(),
        }
    }

    /// Whether the page fills the screen, without the site's navigation.
    pub(crate) const fn is_bare(&self) -> bool {
        matches!(self, Self::Room(_) | Self::Host(_) | Self::Projector(_))
    }
}

/// The path segment that the issuer leads back to.
const RETURN_SEGMENT: &str = "signed-in";

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables => formatter.write_str("/"),
            Self::Table(id) => write!(formatter, "/tables/{id}"),
            Self::Rooms => formatter.write_str("/rooms"),
            Self::Room(id) => write!(formatter, "/rooms/{id}"),
            Self::Host(id) => write!(formatter, "/rooms/{id}/control"),
            Self::Projector(id) => write!(formatter, "/rooms/{id}/screen"),
            Self::Questions => formatter.write_str("/questions"),
            Self::Items => formatter.write_str("/items"),
            Self::Item(key) => write!(formatter, "/items/{key}"),
            Self::Factories => formatter.write_str("/factories"),
            Self::SignedIn => formatter.write_str(RETURN_PATH),
            Self::Admin => formatter.write_str("/admin"),
            Self::Settings => formatter.write_str("/settings"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::prop_assert_eq;
    use proptest::proptest;

    use super::*;

    #[test]
    fn paths_parse_as_they_are_written() {
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
            assert_eq!(Path::parse(path).map(|path| path.to_string()).as_deref(), Some(path));
        }
    }

    #[test]
    fn every_item_has_an_address_that_parses_back() {
        for key in ["s3:photos.2026.json", "@staff:rota", "~a_b-c:1@2", ".hidden", "a..b", "%", "..."] {
            let Ok(key) = key.parse::<ItemKey>() else { continue };
            let path = Path::Item(key);
            assert_eq!(Path::parse(&path.to_string()), Some(path));
        }
        let rota = Path::Item("@staff:rota.v2".parse().unwrap());
        assert_eq!(Path::parse("/items/%40staff%3Arota%2Ev2"), Some(rota), "what another program encodes");
        for broken in ["/items/a%2Fb", "/items/a%", "/items/%ff"] {
            assert_eq!(Path::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        assert_eq!(Path::parse("/settings/"), Some(Path::Settings));
        assert_eq!(Path::parse("/tables/lobby/"), Path::parse("/tables/lobby"));
    }

    #[test]
    fn what_is_no_page_is_not_found() {
        for path in [
            "/tables",
            "/tables/",
            "/tables/a%20b",
            "/tables/lobby/x",
            "/rooms/short",
            "/rooms/k3j9x0a2bc/x",
            "/nothing",
        ] {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }

    /// An address of each page.
    const ADDRESSES: [&str; 13] = [
        "/",
        "/tables/lobby",
        "/rooms",
        "/rooms/k3j9x0a2bc",
        "/rooms/k3j9x0a2bc/control",
        "/rooms/k3j9x0a2bc/screen",
        "/questions",
        "/items",
        "/items/vehicle:3",
        "/factories",
        "/signed-in",
        "/admin",
        "/settings",
    ];

    /// The addresses of pages for which a rule holds.
    fn addresses_with(rule: impl Fn(&Path) -> bool) -> Vec<&'static str> {
        ADDRESSES.into_iter().filter(|address| rule(&Path::parse(address).unwrap())).collect()
    }

    #[test]
    fn three_pages_are_of_one_room() {
        let id: RoomId = "k3j9x0a2bc".parse().unwrap();
        let of_room = ["/rooms/k3j9x0a2bc", "/rooms/k3j9x0a2bc/control", "/rooms/k3j9x0a2bc/screen"];
        assert_eq!(addresses_with(|path| path.room() == Some(&id)), of_room);
        assert_eq!(addresses_with(|path| path.room().is_some()), of_room);
    }

    #[test]
    fn public_pages_are_not_personal() {
        assert_eq!(
            addresses_with(|path| !path.is_personal()),
            ["/", "/tables/lobby", "/factories", "/admin", "/settings"]
        );
    }

    #[test]
    fn a_session_is_run_and_followed_without_the_navigation() {
        let rooms = ["/rooms/k3j9x0a2bc", "/rooms/k3j9x0a2bc/control", "/rooms/k3j9x0a2bc/screen"];
        assert_eq!(addresses_with(Path::is_bare), rooms);
        // What is seen until the site has started knows them, too.
        assert!(include_str!("../public/theme.js").contains(r"/^\/rooms\/./.test(location.pathname)"));
    }

    #[test]
    fn segments_are_neither_skipped_nor_left_over() {
        for path in
            ["/tables//lobby", "/rooms//control", "/rooms/k3j9x0a2bc/control/x", "/items/a/b", "/admin/x", "/Rooms"]
        {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn every_id_has_an_address_that_parses_back(
            table in "[A-Za-z0-9-]{3,64}",
            room in "[a-z0-9]{10}",
            key in "[A-Za-z0-9._:@~-]{1,64}",
        ) {
            let room: RoomId = room.parse().unwrap();
            let pages = [
                Path::Table(table.parse().unwrap()),
                Path::Room(room.clone()),
                Path::Host(room.clone()),
                Path::Projector(room),
                Path::Item(key.parse().unwrap()),
            ];
            for page in pages {
                prop_assert_eq!(Path::parse(&page.to_string()), Some(page));
            }
        }

        #[test]
        fn an_encoded_key_is_the_same_item(key in "[A-Za-z0-9._:@~-]{1,64}") {
            let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(Path::parse(&format!("/items/{encoded}")), Some(Path::Item(key.parse().unwrap())));
        }

        /// Whatever is typed as an address: a page that it leads to has an address that leads to the same page.
        #[test]
        fn what_is_typed_leads_to_one_page(
            typed in "/?(tables|rooms|items|admin|\\PC{0,8})(/[a-z0-9%:.]{0,10}){0,3}/?",
        ) {
            if let Some(page) = Path::parse(&typed) {
                prop_assert_eq!(Path::parse(&page.to_string()), Some(page));
            }
        }
    }
}
