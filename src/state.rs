//! What the site knows and how it changes. Never draws.

pub(crate) mod api;
pub(crate) mod attempt;
pub(crate) mod charts;
pub(crate) mod draft;
#[cfg(feature = "office")]
pub(crate) mod factories;
#[cfg(feature = "office")]
pub(crate) mod item_news;
#[cfg(feature = "office")]
pub(crate) mod items;
pub(crate) mod live;
pub(crate) mod local_time;
pub(crate) mod news;
pub(crate) mod notices;
#[cfg(any(feature = "front", feature = "office"))]
pub(crate) mod notifications;
pub(crate) mod preview;
pub(crate) mod question_checks;
pub(crate) mod question_draft;
pub(crate) mod rooms;
pub(crate) mod rooms_api;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod theme;
pub(crate) mod this_browser;
pub(crate) mod ticking;
pub(crate) mod wall_code;
pub(crate) mod words;

use self::live::Live;
use self::news::News;
#[cfg(any(feature = "front", feature = "office"))]
use self::notifications::Notifications;
use self::session::Session;
use self::theme::ThemeChoice;
use self::ticking::Clock;

/// What all pages share.
#[derive(Clone, Copy)]
pub(crate) struct Shared {
    /// The time.
    pub(crate) clock: Clock,
    /// The live connection.
    pub(crate) live: Live,
    /// What is said aloud.
    pub(crate) news: News,
    /// What they want to be told of.
    #[cfg(any(feature = "front", feature = "office"))]
    pub(crate) notifications: Notifications,
    /// Who looks.
    pub(crate) session: Session,
    /// Light or dark.
    pub(crate) theme: ThemeChoice,
}
