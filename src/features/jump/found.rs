//! View model of the jump dialog: the matches of a search text.

/// The number of results that are shown of a group; a user who wants more types more.
const LIMIT: usize = 6;

/// Something that can be gone to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// What it is called.
    pub(super) name: String,
    /// Its address.
    pub(super) href: String,
}

/// The targets whose names have all words of a search, in any case; those that begin with it come first. Nothing typed finds all.
pub(super) fn search(targets: impl Iterator<Item = Target>, typed: &str) -> Vec<Target> {
    let typed = typed.trim().to_lowercase();
    let words: Vec<&str> = typed.split_whitespace().collect();
    let mut found: Vec<(bool, Target)> = targets
        .filter_map(|target| {
            let name = target.name.to_lowercase();
            words.iter().all(|word| name.contains(word)).then(|| (!name.starts_with(&typed), target))
        })
        .collect();
    // Stable: within each part they stay in their order.
    found.sort_by_key(|(is_later, _)| *is_later);
    found.into_iter().map(|(_, target)| target).take(LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(typed: &str) -> Vec<String> {
        let all = ["Main lobby", "Lobby", "Basement", "Élysée"];
        let targets = all.map(|name| Target { name: name.to_owned(), href: String::new() });
        search(targets.into_iter(), typed).into_iter().map(|target| target.name).collect()
    }

    #[test]
    fn what_begins_so_comes_first() {
        assert_eq!(names("lobby"), ["Lobby", "Main lobby"]);
        assert_eq!(names(" LOB main "), ["Main lobby"]);
        assert_eq!(names("ély"), ["Élysée"]);
        assert_eq!(names("attic"), Vec::<String>::new());
        assert_eq!(names("").len(), 4);
    }

    #[test]
    fn a_group_shows_a_few() {
        let targets = (0..100).map(|number| Target { name: format!("room {number}"), href: String::new() });
        assert_eq!(search(targets, "room").len(), LIMIT);
    }
}
