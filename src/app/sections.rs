//! The sections of the site, as the navigation and the jump dialog name them.

use super::texts;
use crate::paths::Path;

/// A section.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section {
    /// Its name, and that of its icon in style/app/header.css.
    pub(crate) icon: &'static str,
    /// As people read it.
    pub(crate) text: &'static str,
    /// Its page.
    pub(crate) path: fn() -> Path,
    /// Whether it has no place in the bar at the bottom of a phone, but in the list behind *More*.
    pub(crate) is_more: bool,
}

/// All sections but *Admin*, which only admins see, in the order in which they stand. The first three have a place in the bar of a phone.
pub(crate) const SECTIONS: [Section; 6] = [
    Section { icon: "tables", text: texts::TABLES, path: || Path::Tables, is_more: false },
    Section { icon: "rooms", text: texts::ROOMS, path: || Path::Rooms, is_more: false },
    Section { icon: "questions", text: texts::QUESTIONS, path: || Path::Questions, is_more: true },
    Section { icon: "items", text: texts::ITEMS, path: || Path::Items, is_more: false },
    Section { icon: "factories", text: texts::FACTORIES, path: || Path::Factories, is_more: true },
    Section { icon: "settings", text: texts::SETTINGS, path: || Path::Settings, is_more: true },
];

/// The section of admins.
pub(crate) const ADMIN: Section = Section { icon: "admin", text: texts::ADMIN, path: || Path::Admin, is_more: true };

impl Section {
    /// Whether a page belongs to the section: a table's page to *Tables*.
    pub(crate) fn holds(self, page: &Path) -> bool {
        page.section() == (self.path)()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_belongs_to_one_section_at_most() {
        for (path, section) in [
            ("/", Some("tables")),
            ("/tables/lobby", Some("tables")),
            ("/rooms/k3j9x0a2bc/control", Some("rooms")),
            ("/items/a", Some("items")),
            ("/admin", Some("admin")),
            ("/signed-in", None),
        ] {
            let page = Path::parse(path).unwrap();
            let all = SECTIONS.into_iter().chain([ADMIN]);
            let found: Vec<&str> = all.filter(|one| one.holds(&page)).map(|one| one.icon).collect();
            assert_eq!(found, section.into_iter().collect::<Vec<_>>(), "{path}");
        }
    }
}
