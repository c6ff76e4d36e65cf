//! The texts of the jump dialog.

/// The heading, and the name of the field.
pub(super) const HEADING: &str = "Go to a page, table, room, item or question";
/// What the field shows while it is empty.
pub(super) const PLACEHOLDER: &str = "Type a name";
/// The group of the site's sections.
pub(super) const PAGES: &str = "Pages";
/// The group of tables.
pub(super) const TABLES: &str = "Tables";
/// The group of rooms.
pub(super) const ROOMS: &str = "Rooms";
/// The group of items.
pub(super) const ITEMS: &str = "Items";
/// The group of the member's questions.
pub(super) const QUESTIONS: &str = "Your questions";
/// Nothing has such a name.
pub(super) const NO_MATCHES: &str = "No matches";
