//! Light or dark: as the system has it, or as the person chose. public/early.js shows the choice before the site starts.

use crate::browser::storage::Kept;
use crate::browser::{page, storage};
use crate::reactive::*;

/// Where the choice is stored; public/early.js reads it too.
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
            Self::System => "As the system has it",
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

    fn from_name(name: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// The choice that holds.
#[derive(Clone, Copy)]
pub(crate) struct ThemeChoice {
    theme: RwSignal<Theme>,
}

impl ThemeChoice {
    /// What was chosen earlier.
    pub(crate) fn load() -> Self {
        Self { theme: RwSignal::new(Theme::from_name(storage::get(Kept::Always, STORED_AS).as_deref())) }
    }

    /// What holds.
    pub(crate) fn theme(self) -> ReadSignal<Theme> {
        self.theme.read_only()
    }

    /// Chooses, shows and remembers.
    pub(crate) fn choose(self, theme: Theme) {
        self.theme.set(theme);
        page::set_theme(theme.name());
        storage::set(Kept::Always, STORED_AS, theme.name());
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
}
