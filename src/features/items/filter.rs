//! View models of the list of items: the filter by key, the groups, and how many rows are rendered.

use domain::item::{ItemGroup, ItemKey};
use domain::topic::Topic;

/// The most groups that are offered.
const GROUPS: usize = 12;

/// How many rows are rendered at a time: a frame has time for them.
const BATCH: usize = 50;

/// The number of rows that are shown before the user requests more.
const PAGE: usize = 1_000;

/// The topic that has all items that the filter lets through: a private group's, if the filter names one, since its items are on no other.
pub(super) fn topic(filter: &str) -> Topic {
    let group = filter.split_once(':').and_then(|(group, _)| group.parse::<ItemGroup>().ok());
    group.filter(ItemGroup::is_private).map_or(Topic::Items, Topic::Group)
}

/// The keys that have the filter's text anywhere, in their order; those of one group only, if the filter begins with a group and a colon.
/// Capital letters make no difference.
pub(super) fn matching(keys: Vec<String>, filter: &str) -> Vec<String> {
    if filter.is_empty() {
        return keys;
    }
    let wanted = filter.to_ascii_lowercase();
    let is_of_group = group(filter).is_some_and(|wanted| keys.iter().any(|key| group(key) == Some(wanted)));
    let is_match = |key: &String| {
        let key = key.to_ascii_lowercase();
        if is_of_group { key.starts_with(&wanted) } else { key.contains(&wanted) }
    };
    keys.into_iter().filter(is_match).collect()
}

/// A group of items, and how many there are of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupCount {
    /// What stands before the first colon of their keys.
    pub(super) name: String,
    /// How many items there are.
    pub(super) count: usize,
}

/// The largest groups, in the order of their names, so that a new item moves none of them. None, if all items are of one group.
pub(super) fn groups(keys: &[String]) -> Vec<GroupCount> {
    let mut groups: Vec<GroupCount> = Vec::new();
    // The keys of a group mostly follow each other.
    for name in keys.iter().filter_map(|key| group(key)) {
        match groups.iter_mut().rev().find(|group| group.name == name) {
            Some(group) => group.count += 1,
            None => groups.push(GroupCount { name: name.to_owned(), count: 1 }),
        }
    }
    if groups.len() == 1 && groups.iter().all(|group| group.count == keys.len()) {
        return Vec::new();
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups.truncate(GROUPS);
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    groups
}

/// What stands before the first colon of a key.
fn group(key: &str) -> Option<&str> {
    key.split_once(':').map(|(group, _)| group)
}

/// Why no key can match, if that is the case.
pub(super) fn error(filter: &str) -> Option<String> {
    if filter.is_empty() { None } else { filter.parse::<ItemKey>().err().map(|violation| violation.message()) }
}

/// How many rows are rendered: [`BATCH`] more in each frame, so that no task is long, up to a limit that the user can raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    rendered: usize,
    limit: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self { rendered: BATCH, limit: PAGE }
    }
}

impl Window {
    /// How many of `all` rows are rendered.
    pub(super) fn shown(self, all: usize) -> usize {
        self.rendered.min(self.limit).min(all)
    }

    /// How many of `all` rows are not shown until the user requests more.
    pub(super) const fn left(self, all: usize) -> usize {
        all.saturating_sub(self.limit)
    }

    /// Whether another batch is to be rendered.
    pub(super) fn is_growing(self, all: usize) -> bool {
        self.shown(all) < self.limit.min(all)
    }

    /// One more batch is rendered.
    pub(super) const fn grow(&mut self) {
        self.rendered += BATCH;
    }

    /// Of rows that are gone, those that come again are rendered in batches, too.
    pub(super) fn shrink(&mut self, all: usize) {
        self.rendered = self.rendered.min(all.max(BATCH));
    }

    /// The user requests more; gives how many rows were shown before.
    pub(super) const fn show_more(&mut self) -> usize {
        let before = self.limit;
        self.limit += PAGE;
        self.rendered = before + BATCH;
        before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_a_private_group_has_a_topic_that_the_list_needs() {
        let name = |filter: &str| topic(filter).to_string();
        assert_eq!((name(""), name("vehicle")), ("items".to_owned(), "items".to_owned()));
        assert_eq!((name("vehicle:"), name("@staff")), ("items".to_owned(), "items".to_owned()));
        assert_eq!(name("@staff:"), "items/@staff");
        assert_eq!((name(":"), name("a b:")), ("items".to_owned(), "items".to_owned()), "no group is called so");
    }

    #[test]
    fn keys_match_anywhere_and_by_their_group() {
        let keys = || ["gate:1", "my-vehicle:2", "vehicle:1", "vehicle:10"].map(str::to_owned).to_vec();
        assert_eq!(matching(keys(), "").len(), 4);
        assert_eq!(matching(keys(), "10"), ["vehicle:10"]);
        assert_eq!(matching(keys(), "VEHICLE"), ["my-vehicle:2", "vehicle:1", "vehicle:10"]);
        assert_eq!(matching(keys(), "vehicle:"), ["vehicle:1", "vehicle:10"], "a group");
        assert_eq!(matching(keys(), "hicle:1"), ["vehicle:1", "vehicle:10"], "no group is called so");
        assert!(matching(keys(), "boat").is_empty());
    }

    #[test]
    fn groups_are_counted_and_keep_their_order() {
        let of = |keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            groups(&keys).into_iter().map(|group| (group.name, group.count)).collect::<Vec<_>>()
        };
        assert_eq!(of(&["a", "van:1", "vehicle:1", "vehicle:2"]), [("van".to_owned(), 1), ("vehicle".to_owned(), 2)]);
        assert_eq!(of(&["a", "van:1"]), [("van".to_owned(), 1)], "what has no group is another one");
        assert!(of(&["van:1", "van:2"]).is_empty(), "there is nothing to choose from");
        assert!(of(&["a", "b"]).is_empty() && of(&[]).is_empty());
        let many: Vec<String> =
            (0..30).map(|number| format!("g{number:02}:x")).chain(["z:1".to_owned(), "z:2".to_owned()]).collect();
        let offered = groups(&many);
        assert_eq!((offered.len(), offered.last().map(|group| group.name.as_str())), (GROUPS, Some("z")));
    }

    #[test]
    fn a_filter_that_no_key_can_match_says_why() {
        assert_eq!((error(""), error("vehicle:")), (None, None));
        assert!(error("a b").unwrap().contains("Spaces aren't allowed."));
    }

    #[test]
    fn rows_are_rendered_in_batches_up_to_the_limit() {
        let mut window = Window::default();
        assert_eq!((window.shown(7), window.is_growing(7)), (7, false));
        assert_eq!((window.shown(2_500), window.is_growing(2_500)), (BATCH, true));
        let mut batches = 1;
        while window.is_growing(2_500) {
            let before = window.shown(2_500);
            window.grow();
            assert!(window.shown(2_500) - before <= BATCH);
            batches += 1;
        }
        assert_eq!((window.shown(2_500), batches, window.left(2_500)), (PAGE, PAGE / BATCH, 1_500));
        assert_eq!(window.show_more(), PAGE);
        assert_eq!((window.shown(2_500), window.left(2_500)), (PAGE + BATCH, 500), "the first batch at once");
        assert!(window.is_growing(2_500));
    }

    #[test]
    fn rows_that_come_again_come_in_batches_again() {
        let mut window = Window::default();
        while window.is_growing(1_000) {
            window.grow();
        }
        window.shrink(0);
        assert_eq!((window.shown(1_000), window.is_growing(1_000)), (BATCH, true));
        window.shrink(1_000);
        assert_eq!(window.shown(1_000), BATCH, "nothing that was not rendered is");
    }

    proptest! {
        /// While a key is typed, the topic that is read has this key, and no error is shown.
        #[test]
        fn a_key_is_found_while_it_is_typed(key in "@?[a-z]{1,4}(:[a-z0-9]{1,4}){0,2}", typed in 0..14_usize) {
            let filter = &key[..typed.min(key.len())];
            prop_assert_eq!(error(filter), None);
            prop_assert_eq!(matching(vec![key.clone()], filter), [key.clone()]);
            let group = key.parse::<ItemKey>().unwrap().group();
            match topic(filter) {
                Topic::Group(named) => prop_assert_eq!(Some(named), group),
                other => prop_assert!(other == Topic::Items && !(filter.starts_with('@') && filter.contains(':'))),
            }
        }

        #[test]
        fn matching_keys_keep_their_order(
            keys in prop::collection::btree_set("[ab]{1,4}", 0..20),
            filter in "[ab]{0,2}",
        ) {
            let found = matching(keys.iter().cloned().collect(), &filter);
            prop_assert!(found.is_sorted() && found.iter().all(|key| key.contains(&filter)));
            prop_assert_eq!(found.len(), keys.iter().filter(|key| key.contains(&filter)).count());
        }

        /// For every sequence of changes and requests: only existing rows are shown, and growing ends with all rows up to the limit.
        #[test]
        fn a_window_grows_up_to_its_limit(steps in prop::collection::vec((0..3_u8, 0..4_000_usize), 0..20)) {
            let mut window = Window::default();
            for (step, all) in steps {
                match step {
                    0 => window.grow(),
                    1 => window.shrink(all),
                    _ => _ = window.show_more(),
                }
                prop_assert!(window.shown(all) <= all && window.shown(all) + window.left(all) <= all);
                let mut grown = window;
                while grown.is_growing(all) {
                    grown.grow();
                }
                prop_assert_eq!(grown.shown(all) + grown.left(all), all);
            }
        }
    }
}
