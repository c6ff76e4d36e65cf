//! View models of the list of items: the filter by key, and how many rows are rendered.

use domain::item::{ItemGroup, ItemKey};
use domain::topic::Topic;

/// How many rows are rendered at a time: a frame has time for them.
const BATCH: usize = 50;

/// How many rows are shown before the user asks for more.
const PAGE: usize = 1_000;

/// The topic that has all items whose keys begin so: a group's, if the filter names one, since the other groups then need not be sent.
pub(super) fn topic(filter: &str) -> Topic {
    let group = filter.split_once(':').and_then(|(group, _)| group.parse::<ItemGroup>().ok());
    group.map_or(Topic::Items, Topic::Group)
}

/// The keys that begin as the filter says, in their order.
pub(super) fn matching(keys: Vec<String>, filter: &str) -> Vec<String> {
    if filter.is_empty() { keys } else { keys.into_iter().filter(|key| key.starts_with(filter)).collect() }
}

/// Why no key can begin so, if that is the case.
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

    /// How many of `all` rows are not shown until the user asks for more.
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

    /// The user asks for more; gives how many rows were shown before.
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
    fn a_filter_that_names_a_group_needs_only_its_topic() {
        let name = |filter: &str| topic(filter).to_string();
        assert_eq!((name(""), name("vehicle")), ("items".to_owned(), "items".to_owned()));
        assert_eq!((name("vehicle:"), name("vehicle:1:a")), ("items/vehicle".to_owned(), "items/vehicle".to_owned()));
        assert_eq!(name("@staff:"), "items/@staff");
        assert_eq!((name(":"), name("a b:")), ("items".to_owned(), "items".to_owned()), "no group is called so");
    }

    #[test]
    fn keys_match_by_their_beginning() {
        let keys = || ["gate:1", "vehicle:1", "vehicle:10"].map(str::to_owned).to_vec();
        assert_eq!(matching(keys(), "").len(), 3);
        assert_eq!(matching(keys(), "vehicle:1"), ["vehicle:1", "vehicle:10"]);
        assert!(matching(keys(), "1").is_empty());
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
                other => prop_assert_eq!(other, Topic::Items),
            }
        }

        #[test]
        fn matching_keys_keep_their_order(
            keys in prop::collection::btree_set("[ab]{1,4}", 0..20),
            filter in "[ab]{0,2}",
        ) {
            let found = matching(keys.iter().cloned().collect(), &filter);
            prop_assert!(found.is_sorted() && found.iter().all(|key| key.starts_with(&filter)));
            prop_assert_eq!(found.len(), keys.iter().filter(|key| key.starts_with(&filter)).count());
        }

        /// Whatever comes, goes and is asked for: no row is shown that is not there, and growing ends with all rows up to the limit.
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
