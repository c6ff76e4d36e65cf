//! The texts of the frame around the pages.

/// The first link of the page.
pub(crate) const SKIP: &str = "Skip to content";
/// The navigation's name.
pub(crate) const PAGES: &str = "Pages";
/// An entry of the navigation.
pub(crate) const TABLES: &str = "Tables";
/// An entry of the navigation.
pub(crate) const ROOMS: &str = "Rooms";
/// An entry of the navigation.
pub(crate) const ITEMS: &str = "Items";
/// An entry of the navigation.
pub(crate) const FACTORIES: &str = "Factories";
/// An entry of the navigation.
pub(crate) const QUESTIONS: &str = "Questions";
/// An entry of the navigation.
pub(crate) const SETTINGS: &str = "Settings";
/// An entry of the navigation.
pub(crate) const ADMIN: &str = "Admin";
/// What has no place in the bar of a phone.
pub(crate) const MORE: &str = "More";
/// Goes to anything by its name.
pub(crate) const JUMP: &str = "Go to…";
/// The connection's states.
pub(crate) const LIVE: &str = "Live";
/// The first connection is being opened.
pub(crate) const CONNECTING: &str = "Connecting";
/// The connection is being opened again.
pub(crate) const RECONNECTING: &str = "Reconnecting";
/// Connects at once.
pub(crate) const TRY_NOW: &str = "Try now";
/// A deployment has a newer site.
pub(crate) const NEW_VERSION: &str = "A new version is available.";
/// This page cannot understand the server.
pub(crate) const OUTDATED: &str = "The server is newer than this page. The page reloads.";
/// Loads it.
pub(crate) const RELOAD: &str = "Reload";
/// Keeps the present one for now.
pub(crate) const LATER: &str = "Later";
/// A page is being loaded.
pub(crate) const LOADING_PAGE: &str = "Loading page";

/// The theme that is chosen, on the button that chooses the next.
pub(crate) fn theme(label: &str) -> String {
    format!("Theme: {label}")
}

/// The seconds until the next try.
pub(crate) fn reconnecting_in(seconds: u64) -> String {
    format!("Reconnecting in {seconds} s")
}

/// There is no network; the page is as of this time.
pub(crate) fn offline(as_of: &str) -> String {
    format!("Offline, as of {as_of}")
}

/// The same, announced.
pub(crate) fn offline_announced(as_of: &str) -> String {
    format!("No network. What is shown is from {as_of}.")
}

/// The connection is lost, announced.
pub(crate) fn lost_announced(as_of: &str) -> String {
    format!("Connection lost, trying again. What is shown is from {as_of}.")
}
