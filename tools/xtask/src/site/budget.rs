//! The size limits of a page, in bytes over the network. Above a limit the tests fail, so that no change makes the site larger
//! unnoticed. The targets are lower: BENCHMARKS.md lists the differences.

use anyhow::{Result, bail};

use super::sizes::{Built, Page};
use crate::progress::thousands;

/// The first load of the front page.
const FRONT_PAGE_LIMIT: u64 = 298_500;

/// The first load of any other page.
const FIRST_LOAD_LIMIT: u64 = 524_000;

/// A page that is opened after another one.
const LATER_LOAD_LIMIT: u64 = 226_500;

/// The path of the front page.
const FRONT_PAGE: &str = "/";

/// Checks every page of the chunk table against its limits.
pub(crate) fn hold(built: &Built) -> Result<()> {
    let excesses: Vec<String> = built.pages.iter().flat_map(excesses_of).collect();
    if !excesses.is_empty() {
        bail!("The site is too large:\n{}", excesses.join("\n"));
    }
    if let Some(front) = built.pages.iter().find(|page| page.pattern == FRONT_PAGE) {
        eprintln!(
            "      The first load is {} bytes; {} are allowed.",
            thousands(front.first),
            thousands(FRONT_PAGE_LIMIT)
        );
    }
    Ok(())
}

fn excesses_of(page: &Page) -> Vec<String> {
    let first_limit = if page.pattern == FRONT_PAGE { FRONT_PAGE_LIMIT } else { FIRST_LOAD_LIMIT };
    let costs = [("as the first page", page.first, first_limit), ("as a later page", page.later, LATER_LOAD_LIMIT)];
    let above = costs.into_iter().filter(|(_, bytes, limit)| bytes > limit);
    above
        .map(|(how, bytes, limit)| {
            format!("  {} is {} bytes {how}; {} are allowed", page.pattern, thousands(bytes), thousands(limit))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(pattern: &str, first: u64, later: u64) -> Page {
        Page { pattern: pattern.to_owned(), first, later }
    }

    #[test]
    fn the_front_page_is_held_closest() {
        assert!(excesses_of(&page("/", FRONT_PAGE_LIMIT, 0)).is_empty());
        assert_eq!(excesses_of(&page("/", FRONT_PAGE_LIMIT + 1, 0)).len(), 1);
        assert!(excesses_of(&page("/rooms", FRONT_PAGE_LIMIT + 1, 0)).is_empty());
        assert_eq!(excesses_of(&page("/rooms", FIRST_LOAD_LIMIT + 1, LATER_LOAD_LIMIT + 1)).len(), 2);
    }

    #[test]
    fn every_page_that_is_too_large_is_named() {
        let pages =
            vec![page("/", 1, 1), page("/rooms", 1, LATER_LOAD_LIMIT + 1), page("/items", FIRST_LOAD_LIMIT + 1, 1)];
        let error = hold(&Built { files: Vec::new(), pages }).unwrap_err().to_string();
        let [later, later_limit, first] = [LATER_LOAD_LIMIT + 1, LATER_LOAD_LIMIT, FIRST_LOAD_LIMIT + 1].map(thousands);
        let later = format!("/rooms is {later} bytes as a later page; {later_limit} are allowed");
        let first = format!("/items is {first} bytes as the first page");
        assert!(error.contains(&later) && error.contains(&first), "{error}");
    }
}
