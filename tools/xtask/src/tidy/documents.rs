//! Checks that a document which names tests as its proof names existing tests.

use std::collections::BTreeSet;

use super::Finding;

/// The document whose tables name tests in their last column.
pub(super) const SECURITY: &str = "docs/security.md";

/// The tests in the tables that no file contains. `sources` are all Rust files: their paths and texts.
pub(super) fn check(document: &str, sources: &[(String, String)]) -> Vec<Finding> {
    let tests: BTreeSet<&str> = sources.iter().flat_map(|(_, source)| functions(source)).collect();
    let lines = document.lines().enumerate();
    let named = lines.flat_map(|(at, line)| named_tests(line).into_iter().map(move |name| (at + 1, name)));
    named
        .filter(|(_, name)| !tests.contains(name))
        .map(|(line, name)| Finding { path: SECURITY.to_owned(), line, says: format!("there is no test `{name}`") })
        .collect()
}

/// The names in code spans in the last of three columns: lowercase letters, digits and underscores.
fn named_tests(line: &str) -> Vec<&str> {
    let cells: Vec<&str> = line.trim().trim_matches('|').split('|').collect();
    let Some(last) = cells.get(2).filter(|_| line.starts_with('|') && cells.len() == 3) else { return Vec::new() };
    let codes = last.split('`').skip(1).step_by(2);
    codes.filter(|code| code.contains('_') && !code.contains(['/', '.', ':'])).collect()
}

/// The names of the functions of a file.
fn functions(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let (_, rest) = line.split_once("fn ")?;
        rest.split_once('(').map(|(name, _)| name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "    #[test]\n    fn a_ticket_is_good_once() {\n";

    #[test]
    fn a_test_that_is_named_exists() {
        let sources = [("a.rs".to_owned(), SOURCE.to_owned())];
        assert_eq!(check("| 4.4.3 | tickets | `a_ticket_is_good_once`, template |", &sources), []);
        let findings = check("text\n| 4.4.3 | tickets | `a_ticket_is_good_twice` |", &sources);
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].line, findings[0].says.as_str()), (2, "there is no test `a_ticket_is_good_twice`"));
    }

    #[test]
    fn other_code_is_no_test() {
        assert_eq!(check("`not_in_a_table` | `aud` | `crates/a_path`", &[]), []);
        assert_eq!(check("| a | `how_it_is_met` | reason |", &[]), []);
    }
}
