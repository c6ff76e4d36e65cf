//! The factory tree: factories under one root, each with bounds and the integers that were generated between them. Random numbers come as
//! arguments.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::room_id::short_id;
use crate::time::Timestamp;
use crate::validation::{Violation, checked_text, line};

/// A factory has at most this many children.
pub const CHILDREN_LIMIT: usize = 15;

/// There are at most this many factories under the root.
pub const FACTORIES_LIMIT: usize = 500;

/// The farthest that a bound lies from zero.
pub const FARTHEST: i64 = 1_000_000_000;

short_id! {
    /// A factory's name in addresses: ten lower-case letters and digits.
    FactoryId
}

/// The name of a factory: one line of 1 to 80 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FactoryName(String);

checked_text!(FactoryName, crate::schema::line(1, 80));

impl FromStr for FactoryName {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        line("name", "A name", text, 1, 80).map(Self)
    }
}

/// The integers between which children are generated, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    lower: i64,
    upper: i64,
}

impl Bounds {
    /// Bounds of which the lower is not above the upper.
    ///
    /// # Errors
    /// It is, or one is farther from zero than [`FARTHEST`].
    pub fn new(lower: i64, upper: i64) -> Result<Self, Violation> {
        for (property, bound) in [("lower", lower), ("upper", upper)] {
            if !(-FARTHEST..=FARTHEST).contains(&bound) {
                let message = format!("A bound lies between -{FARTHEST} and {FARTHEST}.");
                return Err(Violation::new(property, &bound.to_string(), "range", message));
            }
        }
        if lower > upper {
            let message = format!("The lower bound, {lower}, is above the upper one, {upper}.");
            return Err(Violation::of_rule("lower", &lower.to_string(), "order", message));
        }
        Ok(Self { lower, upper })
    }

    /// The lower bound.
    pub const fn lower(self) -> i64 {
        self.lower
    }

    /// The upper bound.
    pub const fn upper(self) -> i64 {
        self.upper
    }

    fn contains(self, child: i64) -> bool {
        (self.lower..=self.upper).contains(&child)
    }

    /// The integer between the bounds for this random number: each is as likely as the others, to one part in 2³³.
    fn pick(self, chance: u64) -> i64 {
        let count = self.upper.abs_diff(self.lower) + 1;
        let offset = (u128::from(chance) * u128::from(count)) >> 64;
        self.lower + i64::try_from(offset).unwrap_or_default()
    }
}

/// A factory's whole state, as HTTP and live frames carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Factory {
    /// Ten lower-case letters and digits.
    pub id: FactoryId,
    /// 1 to 80 characters on one line.
    pub name: FactoryName,
    /// The bounds, `lower` and `upper`: integers.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    #[serde(flatten)]
    pub bounds: Bounds,
    /// 1 to 15 integers between the bounds.
    pub children: Vec<i64>,
    /// Grows with each write.
    pub rev: u64,
    /// When it was written (RFC 3339, UTC).
    pub updated_at: Timestamp,
}

/// How many children: 1 to [`CHILDREN_LIMIT`].
///
/// # Errors
/// It is another number.
pub fn check_count(count: i64) -> Result<usize, Violation> {
    let number = usize::try_from(count).ok().filter(|count| (1..=CHILDREN_LIMIT).contains(count));
    number.ok_or_else(|| {
        let message = format!("A factory has 1 to {CHILDREN_LIMIT} children; {count} is none of these numbers.");
        Violation::new("count", &count.to_string(), "range", message)
    })
}

impl Factory {
    /// A new factory with one child for each random number.
    pub fn create(id: FactoryId, name: FactoryName, bounds: Bounds, chances: &[u64], now: Timestamp) -> Self {
        let children = chances.iter().map(|chance| bounds.pick(*chance)).collect();
        Self { id, name, bounds, children, rev: 1, updated_at: now }
    }

    /// The factory under another name, with other bounds, or both: a child that no longer fits is generated again, from the
    /// random number at its place. None, if nothing changes.
    pub fn changed(
        &self,
        name: Option<FactoryName>,
        bounds: Option<Bounds>,
        chances: &[u64],
        now: Timestamp,
    ) -> Option<Self> {
        let (name, bounds) = (name.unwrap_or_else(|| self.name.clone()), bounds.unwrap_or(self.bounds));
        if name == self.name && bounds == self.bounds {
            return None;
        }
        let fit = |(child, chance): (&i64, &u64)| if bounds.contains(*child) { *child } else { bounds.pick(*chance) };
        let children = self.children.iter().zip(chances.iter().chain(std::iter::repeat(&0))).map(fit).collect();
        Some(Self { id: self.id.clone(), name, bounds, children, rev: self.rev + 1, updated_at: now })
    }

    /// The factory with other children: one for each random number.
    #[must_use]
    pub fn generated(&self, chances: &[u64], now: Timestamp) -> Self {
        let children = chances.iter().map(|chance| self.bounds.pick(*chance)).collect();
        Self { children, rev: self.rev + 1, updated_at: now, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn factory(bounds: Bounds, chances: &[u64]) -> Factory {
        let (id, name) = ("k3j9x0a2bc".parse().unwrap(), "F1".parse().unwrap());
        Factory::create(id, name, bounds, chances, Timestamp::default())
    }

    #[test]
    fn bounds_are_in_order_and_near() {
        assert!(Bounds::new(1, 100).is_ok() && Bounds::new(5, 5).is_ok() && Bounds::new(-7, -3).is_ok());
        assert_eq!(Bounds::new(2, 1).unwrap_err().property, "lower");
        assert_eq!(Bounds::new(0, FARTHEST + 1).unwrap_err().property, "upper");
        assert_eq!(Bounds::new(i64::MIN, i64::MAX).unwrap_err().property, "lower");
    }

    #[test]
    fn a_factory_has_one_to_fifteen_children() {
        assert_eq!((check_count(1), check_count(15)), (Ok(1), Ok(15)));
        for odd in [0, 16, -1, i64::MAX, i64::MIN] {
            assert_eq!(check_count(odd).unwrap_err().property, "count", "{odd}");
        }
    }

    #[test]
    fn the_ends_of_chance_are_the_bounds() {
        let bounds = Bounds::new(-3, 4).unwrap();
        assert_eq!(factory(bounds, &[0, u64::MAX]).children, [-3, 4]);
    }

    #[test]
    fn what_still_fits_stays() {
        let before = factory(Bounds::new(1, 100).unwrap(), &[0, u64::MAX / 2, u64::MAX]);
        assert_eq!(before.children, [1, 50, 100]);
        let narrow =
            before.changed(None, Some(Bounds::new(40, 60).unwrap()), &[0, 0, u64::MAX], Timestamp::default()).unwrap();
        assert_eq!((narrow.children, narrow.rev), (vec![40, 50, 60], 2));
        assert_eq!(before.changed(Some("F1".parse().unwrap()), None, &[], Timestamp::default()), None);
        let renamed = before.changed(Some("F2".parse().unwrap()), None, &[], Timestamp::default()).unwrap();
        assert_eq!((renamed.name.as_str(), renamed.children), ("F2", before.children.clone()));
        assert_eq!(before.generated(&[0; 5], Timestamp::default()).children, [1; 5]);
    }

    proptest! {
        #[test]
        fn every_child_lies_between_the_bounds(a in -FARTHEST..=FARTHEST, b in -FARTHEST..=FARTHEST, chances in prop::collection::vec(any::<u64>(), 1..=15), c in -FARTHEST..=FARTHEST) {
            let bounds = Bounds::new(a.min(b), a.max(b)).unwrap();
            let factory = factory(bounds, &chances);
            prop_assert!(factory.children.iter().all(|child| bounds.contains(*child)));
            let other = Bounds::new(b.min(c), b.max(c)).unwrap();
            if let Some(changed) = factory.changed(None, Some(other), &chances, Timestamp::default()) {
                prop_assert!(changed.children.iter().all(|child| other.contains(*child)));
                prop_assert_eq!(changed.children.len(), factory.children.len());
            }
        }
    }
}
