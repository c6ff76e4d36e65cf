//! Every path of the site, once. Never knows what a page looks like.

use std::fmt;

use domain::table::TableId;

/// A page's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// All tables.
    Tables,
    /// One table.
    Table(TableId),
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
            "admin" => Self::Admin,
            "settings" => Self::Settings,
            other => other.strip_prefix("tables/").and_then(|id| id.parse().ok()).map_or(Self::NotFound, Self::Table),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables | Self::NotFound => formatter.write_str("/"),
            Self::Table(id) => write!(formatter, "/tables/{id}"),
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
        for path in ["/", "/tables/lobby-2", "/admin", "/settings"] {
            assert_eq!(Route::parse(path).to_string(), path);
        }
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        assert_eq!(Route::parse("/settings/"), Route::Settings);
        assert_eq!(Route::parse("/tables/lobby/"), Route::parse("/tables/lobby"));
    }

    #[test]
    fn what_is_no_page_is_not_found() {
        for path in ["/tables", "/tables/", "/tables/a%20b", "/tables/lobby/x", "/Admin", "/nothing"] {
            assert_eq!(Route::parse(path), Route::NotFound, "{path}");
        }
    }
}
