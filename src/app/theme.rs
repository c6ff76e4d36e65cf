//! Light or dark: as the system has it, or as the user chose. `public/theme.js` shows the choice before the first paint.

use leptos::prelude::*;

use crate::platform::page;
use crate::platform::storage::{self, Area};

/// Where the choice is stored; public/theme.js reads it too.
const STORED_AS: &str = "rally-theme";

/// A choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// All choices, in the order in which they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As people read it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// As it is stored and as style sheets name it; the system's own has no name.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// The one that follows, when they are gone through one by one.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    fn from_name(name: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// The choice that holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThemeChoice {
    theme: RwSignal<Theme>,
}

impl ThemeChoice {
    /// What was chosen earlier.
    pub(crate) fn load() -> Self {
        Self { theme: RwSignal::new(Theme::from_name(storage::get(Area::Local, STORED_AS).as_deref())) }
    }

    /// The choice that holds.
    pub(crate) fn theme(self) -> ReadSignal<Theme> {
        self.theme.read_only()
    }

    /// Applies and stores a choice.
    pub(crate) fn choose(self, theme: Theme) {
        self.theme.set(theme);
        page::set_theme(theme.name());
        storage::set(Area::Local, STORED_AS, theme.name());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_read_as_it_was_stored() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_name(theme.name()), theme);
        }
        assert_eq!(Theme::from_name(Some("purple")), Theme::System);
    }

    #[test]
    fn each_choice_has_a_label_and_a_name_of_its_own() {
        for one in Theme::ALL {
            let same = |other: &&Theme| other.label() == one.label() || other.name() == one.name();
            assert_eq!(Theme::ALL.iter().filter(same).count(), 1, "{one:?}");
        }
        assert_eq!(Theme::from_name(None), Theme::System, "nothing was chosen");
        assert_eq!(Theme::ALL.map(Theme::next), [Theme::Light, Theme::Dark, Theme::System]);
    }
}
