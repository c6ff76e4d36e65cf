//! The state of a topic in eight bytes, so that a lost message shows at the next heartbeat. It detects faults, not forgery.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use domain::hash::hash_with_number;

/// A sum of hashes of the ids and revisions of a topic's entities, in any order.
///
/// A sum is updated by adding and subtracting single entities, and needs no sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digest(u64);

impl Digest {
    /// The digest of entities, given by id and revision.
    pub fn of<'a>(entities: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        entities.into_iter().fold(Self::default(), |digest, (id, rev)| digest.with(id, rev))
    }

    /// The digest with one more entity.
    #[must_use]
    pub fn with(self, id: &str, rev: u64) -> Self {
        Self(self.0.wrapping_add(hash_with_number(id, rev)))
    }

    /// The digest without an entity that was in it.
    #[must_use]
    pub fn without(self, id: &str, rev: u64) -> Self {
        Self(self.0.wrapping_sub(hash_with_number(id, rev)))
    }
}

impl Digest {
    /// The eight bytes of it, for a store that keeps it.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The digest of which these are the eight bytes.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// The digest of all entities of both, if they have none in common.
impl Add for Digest {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

/// The digest without the entities of the other, all of which it has.
impl Sub for Digest {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }
}

impl fmt::Display for Digest {
    /// Sixteen hexadecimal digits. A JSON number would lose bits in a browser.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

/// A text that is not sixteen hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a digest is sixteen hexadecimal digits")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        if text.len() != 16 {
            return Err(NotADigest);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| NotADigest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_no_matter_but_ids_and_revisions_are() {
        let digest = Digest::of([("lobby", 1), ("attic", 2)]);
        assert_eq!(digest, Digest::of([("attic", 2), ("lobby", 1)]));
        assert_ne!(digest, Digest::of([("attic", 1), ("lobby", 2)]));
        assert_ne!(digest, Digest::of([("attic", 2)]));
        assert_eq!(digest.without("lobby", 1), Digest::of([("attic", 2)]));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(Digest::from_bits(digest.to_bits()), digest);
        let (lobby, attic) = (Digest::of([("lobby", 1)]), Digest::of([("attic", 2)]));
        assert_eq!((lobby + attic, digest - attic), (digest, lobby));
    }
}
