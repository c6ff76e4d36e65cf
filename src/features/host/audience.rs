//! View model: the people of a room who have answered the current question, and those who have not.

/// The people of a room without its host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Audience {
    /// How many are in the room now.
    pub(super) here: usize,
    /// The ids of those who are in the room and have not answered, in order.
    pub(super) missing: Vec<String>,
}

impl Audience {
    /// The ids of those who are here and of those who have answered are in order; `host` does not count.
    pub(super) fn of(here: &[String], answered: &[String], host: &str) -> Self {
        let guests = here.iter().filter(|person| *person != host);
        let missing = guests.clone().filter(|person| answered.binary_search(person).is_err()).cloned().collect();
        Self { here: guests.count(), missing }
    }

    /// The number of people if `answered` have answered: it includes those who answered and left.
    pub(super) const fn all(&self, answered: usize) -> usize {
        answered + self.missing.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn audience(here: &[&str], answered: &[&str]) -> Audience {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        Audience::of(&ids(here), &ids(answered), "ada")
    }

    #[test]
    fn those_without_an_answer_are_named_and_the_host_is_not() {
        let audience = audience(&["ada", "bo", "cy", "di"], &["bo", "di"]);
        assert_eq!((audience.here, audience.missing.as_slice()), (3, ["cy".to_owned()].as_slice()));
        assert_eq!(audience.all(2), 3);
    }

    #[test]
    fn a_person_who_answered_and_left_still_counts() {
        let audience = audience(&["ada", "cy"], &["bo"]);
        assert_eq!((audience.here, audience.all(1)), (1, 2), "1 of 2 answered, never 1 of 1");
    }

    #[test]
    fn a_host_alone_has_no_audience() {
        assert_eq!(audience(&["ada"], &[]), Audience::default());
    }

    #[test]
    fn an_answer_of_the_host_is_not_counted() {
        let audience = audience(&["ada", "bo"], &["ada"]);
        assert_eq!((audience.here, audience.missing.as_slice()), (1, ["bo".to_owned()].as_slice()));
    }

    proptest! {
        #[test]
        fn each_person_is_counted_once(
            here in prop::collection::btree_set("[a-d]{1,2}", 0..8),
            answered in prop::collection::btree_set("[a-d]{1,2}", 0..8),
        ) {
            let (here, answered): (Vec<String>, Vec<String>) = (here.into_iter().collect(), answered.into_iter().collect());
            let audience = Audience::of(&here, &answered, "a");
            prop_assert!(audience.missing.iter().all(|id| here.contains(id) && !answered.contains(id) && id != "a"));
            prop_assert!(audience.missing.is_sorted());
            let guests = here.iter().filter(|id| *id != "a");
            let of_the_present = guests.filter(|id| answered.contains(id)).count();
            prop_assert_eq!(audience.here, audience.missing.len() + of_the_present);
            prop_assert!(audience.all(answered.len()) >= answered.len().max(audience.here));
        }
    }
}
